"""Goal: what `cis2ctl doctor` prints about a clock that nobody keeps has it kept.

Here, since the clock is the kernel's: in a container whoever set it would set that of the machine around it.
"""

import ctypes
import os
import unittest

import server
import test_server
from harness.process import eventually
from server import sh, systemctl

NOT_KEPT = "clock.not_synchronised"
NTP_SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ntp_server.py")
# Whom Debian's systemd-timesyncd asks unless it is told otherwise.
POOL = [f"{number}.debian.pool.ntp.org" for number in range(4)]


class Timex(ctypes.Structure):
    """adjtimex(2), as far as it is needed."""
    _fields_ = [("modes", ctypes.c_uint), ("values", ctypes.c_long * 4), ("status", ctypes.c_int), ("rest", ctypes.c_char * 256)]


def nobody_keeps_the_clock():
    """The kernel takes its clock for a clock without NTP, as it does once NTP has been away for long."""
    adj_status, sta_unsync = 0x10, 0x40
    if ctypes.CDLL(None).adjtimex(ctypes.byref(Timex(modes=adj_status, status=sta_unsync))) < 0:
        raise OSError("adjtimex")


class Clock(unittest.TestCase):
    longMessage = True

    def mend(self):
        found = test_server.Story().mend_of(NOT_KEPT)
        self.assertIsNotNone(found, "doctor finds nothing")
        return found

    def is_kept(self):
        eventually(lambda: test_server.Story().mend_of(NOT_KEPT) is None, "the clock is kept", 60, pause=1)

    def start_ntp_server(self):
        sh(f"systemd-run --unit=ntp-server /usr/bin/python3 {NTP_SERVER}")
        eventually(lambda: "127.0.0.1:123" in server.run(["ss", "-Hlun"]).stdout, "the NTP server listens", 10)

    def test_70_a_host_without_an_ntp_client(self):
        with open("/etc/hosts") as hosts:
            self.__class__.hosts = hosts.read()
        with open("/etc/hosts", "a") as hosts:
            hosts.write("".join(f"127.0.0.1 {name}\n" for name in POOL))
        self.start_ntp_server()
        mend = self.mend()
        self.assertEqual(mend, {"command": "apt-get install systemd-timesyncd"})
        sh(mend["command"])
        self.is_kept()

    def test_71_a_client_that_is_switched_off(self):
        systemctl("stop", "systemd-timedated")  # it knows the clients that were there at its start, and else ends half a minute later
        sh("timedatectl set-ntp false")
        nobody_keeps_the_clock()
        mend = self.mend()
        self.assertEqual(mend, {"command": "timedatectl set-ntp true"})
        sh(mend["command"])
        self.is_kept()

    def test_72_a_client_that_reaches_no_server(self):
        server.write("/etc/hosts", self.hosts)
        systemctl("restart", "systemd-timesyncd")
        nobody_keeps_the_clock()
        said = self.mend()["elsewhere"]
        self.assertRegex(said, "NTP= in /etc/systemd/timesyncd.conf, and restart it")
        server.write("/etc/systemd/timesyncd.conf", "[Time]\nNTP=127.0.0.1\n")
        systemctl("restart", "systemd-timesyncd")
        self.is_kept()
