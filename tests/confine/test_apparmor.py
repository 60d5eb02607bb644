"""Goal: AppArmor holds the broker and the front to what they need, and neither misses anything.

It goes on where the chapters of tests/boot/test_server.py that run.py chose have ended: logins work.
"""

import os
import re
import unittest

import server
import test_server
from harness import documents
from harness.machine import ROOT
from harness.process import clean_environment, eventually, run
from server import SOCKETS, UNITS, sh, shown, systemctl

PROGRAMS = {"cis2-broker.service": "cis2-brokerd", "cis2-front.service": "cis2-front"}
BROKER, FRONT = "/usr/sbin/cis2-brokerd", "/usr/libexec/cis2-broker/cis2-front"
REFUSED = "confinement.apparmor"
ACTIVATE = os.path.join(ROOT, "tests/system/harness/activate.py")


def label(pid):
    with open(f"/proc/{pid}/attr/current") as text:
        return text.read().strip("\0\n")


def denials():
    """(profile, operation, name) of everything that was refused to our profiles since the kernel started."""
    run(["journalctl", "--sync"])
    text = run(["journalctl", "--no-pager", "-o", "cat", "_TRANSPORT=kernel", "+", "_TRANSPORT=audit"]).stdout
    found = [dict(re.findall(r'(\w+)="([^"]*)"', line)) for line in text.splitlines() if 'apparmor="DENIED"' in line]
    return [(one.get("profile", ""), one.get("operation", ""), one.get("name", "")) for one in found if "cis2" in one.get("profile", "")]


def block(number):
    return documents.blocks("docs/confinement.md", "AppArmor", "sh")[number]


class AppArmor(unittest.TestCase):
    longMessage = True

    def refuses(self, profile, operation, name, argv, **options):
        """The program ends without success, and the kernel says what it refused."""
        done = run(argv, check=False, timeout=30, **options)
        self.assertNotEqual(done.returncode, 0, done)
        wanted = (profile, operation, name)
        eventually(lambda: wanted in denials(), f"the kernel refuses {wanted}; the program said: {done.stdout}", 10)

    def test_80_both_run_confined(self):
        for unit, profile in PROGRAMS.items():
            self.assertEqual(label(shown(unit, "MainPID")), f"{profile} (enforce)")

    def test_81_nothing_was_refused_to_them(self):
        self.assertTrue(test_server.here.audit.outcomes(outcome="allowed"), "nobody has logged in")
        self.assertEqual(denials(), [])

    def test_82_a_login_without_systemd(self):
        test_server.here.without_drop_in("credential")  # what the chapters left
        for name in ("key", "metrics"):
            os.unlink(os.path.join(server.DROP_INS, name + ".toml"))
        systemctl("stop", "cis2-broker-metrics.socket", *SOCKETS, *UNITS)
        systemctl("reset-failed")
        run(["systemd-run", "--unit=by-hand", BROKER, "--config", server.CONFIG])
        try:
            test_server.here.serves()
            for program in ("cis2-brokerd", "cis2-front"):
                labels = {label(pid) for pid in run(["pidof", program]).stdout.split()}
                self.assertEqual(labels, {"cis2-brokerd (enforce)"}, program)
            test_server.Story().log_in()
        finally:
            systemctl("stop", "by-hand")
        self.assertEqual(denials(), [])

    def test_83_what_the_document_says_shows_it(self):
        systemctl("start", *UNITS)
        test_server.here.serves()
        said = sh(block(0)).stdout
        self.assertRegex(said, r"cis2-brokerd \(enforce\)")
        self.assertRegex(said, r"(?m)^ +cis2-front$")

    def test_84_a_map_elsewhere_needs_a_line(self):
        path = "/srv/cis2/operators.map"
        sh("mkdir -p /srv/cis2; cp /etc/cis2-broker/operators.map /srv/cis2/operators.map")
        config = open(server.CONFIG).read()
        self.addCleanup(server.write, server.CONFIG, config)
        server.write(server.CONFIG, config.replace("/etc/cis2-broker/operators.map", path))
        self.assertNotEqual(systemctl("restart", "cis2-broker", check=False).returncode, 0)
        self.assertIn(("cis2-brokerd", path), [(profile, name) for profile, _, name in denials()])
        self.assertEqual(test_server.Story().mend_of(REFUSED)["line"], f"{path} r,")
        sh(block(1))
        self.assertIsNone(test_server.Story().mend_of(REFUSED))
        systemctl("reset-failed")
        systemctl("restart", *UNITS)
        test_server.here.serves()
        test_server.Story().log_in()

    def test_85_doctor_tells_the_line(self):
        path, story = "/srv/our files/ca.pem", test_server.Story()
        sh(f"install -D -m 0644 {test_server.TEST_CA} '{path}'")
        test_server.here.configure("elsewhere", f'[provider]\nca_file = "{path}"\n')
        self.addCleanup(os.unlink, os.path.join(server.DROP_INS, "elsewhere.toml"))
        mend = story.mend_of(REFUSED)
        self.assertEqual((mend["file"], mend["action"]), ("/etc/apparmor.d/local/cis2-brokerd", "append"))
        with open(mend["file"], "a") as local:
            local.write(mend["line"] + "\n")
        sh(mend["then"])
        self.assertIsNone(story.mend_of(REFUSED))
        test_server.here.serves()
        story.log_in()

    def test_86_complain_mode_and_back(self):
        for line, mode in zip(block(2).splitlines(), ("complain", "enforce")):
            sh(line)
            self.assertEqual(label(shown("cis2-broker", "MainPID")), f"cis2-brokerd ({mode})")

    def test_90_the_broker_reads_no_file_of_others(self):
        path = "/root/elsewhere.toml"
        server.write(path, "")
        self.refuses("cis2-brokerd", "open", path, [BROKER, "--config", path])

    def test_91_the_broker_starts_no_other_program(self):
        systemctl("stop", *SOCKETS, *UNITS)
        self.refuses("cis2-brokerd", "exec", "/usr/bin/id", ["timeout", "5", BROKER, "--front", "/usr/bin/id"])

    def test_92_the_front_reads_no_configuration_no_accounts_and_no_key(self):
        # As root, to whom no file is closed but by the profile. OpenSSL's configuration is the one file that it can be told.
        front = ["timeout", "5", "/usr/bin/python3", ACTIVATE, "root", "web=127.0.0.1:9443", "--", FRONT, "--broker-socket", "/run/none"]
        for path in (server.CONFIG, "/etc/shadow", "/etc/cis2-broker/client-key.pem"):
            self.refuses("cis2-front", "open", path, front, env=clean_environment(OPENSSL_CONF=path))
