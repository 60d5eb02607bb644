"""Goal: a login that waits costs nothing. Nobody asks again and again; everything is told.

The system calls of broker and front are counted with strace while a hundred logins wait. A program that asked once a
second would make thirty a program in that time, a login that asked once a second three thousand.
"""

import os
import re
import time

from harness import wire
from harness.process import Program, eventually, run
from harness.scenario import Scenario

LOGINS = 100
SECONDS = 30  # watched, not waited for
AT_MOST = 10


class NoPolling(Scenario):
    options = {"limits": {"pending_per_account_and_address": 200}, "host": {"login_lifetime": "5m"}}
    parts = ("syslog", "sim", "broker")

    def test_a_hundred_logins_that_wait_make_no_system_calls(self):
        links = []
        for _ in range(LOGINS):
            link = self.stack.pam_link()
            self.addCleanup(link.close)
            link.send(wire.login_request())
            kind, _ = link.receive()
            self.assertEqual(kind, wire.SCREEN)
            links.append(link)
        self.assertEqual(len(self.stack.logins()), LOGINS)
        front, = self.front_pids()
        watched = {name: self.strace(name, pid) for name, pid in
                   (("broker", self.stack.broker.process.pid), ("front", front))}
        time.sleep(SECONDS)
        counts = {name: self.calls(strace) for name, strace in watched.items()}
        print(f"    {LOGINS} logins pending, {SECONDS} s: {counts}", flush=True)
        for name, calls in counts.items():
            self.assertLessEqual(sum(calls.values()), AT_MOST, (name, calls))
        self.assertEqual(len(self.stack.logins()), LOGINS)

    def front_pids(self):
        return [int(pid) for pid in run(["pgrep", "-x", "cis2-front"]).stdout.split()]

    def strace(self, name, pid):
        """strace on every thread of the process, attached."""
        out = self.stack.path(name + ".strace")
        program = Program("strace-" + name, ["strace", "-f", "-c", "-o", out, "-p", str(pid)], self.stack.logs)
        program.says(r"attached")
        tasks = os.listdir(f"/proc/{pid}/task")
        eventually(lambda: all(self.traced(pid, task) for task in tasks), f"every thread of {name} is traced")
        return program, out

    @staticmethod
    def traced(pid, task):
        with open(f"/proc/{pid}/task/{task}/status") as status:
            return re.search(r"^TracerPid:\t([0-9]+)$", status.read(), re.M)[1] != "0"

    @staticmethod
    def calls(strace):
        program, out = strace
        program.process.send_signal(2)
        program.process.wait(20)
        with open(out) as table:
            rows = [line.split() for line in table if re.match(r"\s*[0-9.]+\s", line)]
        # "% time, seconds, usecs/call, calls, [errors], syscall"; the last row is the sum.
        return {row[-1]: int(row[3]) for row in rows if row[-1] != "total"}
