"""Goal: clients without a person end at once and leave nothing behind; one login serves many transfers."""

import os
import subprocess
import time

from harness.process import clean_environment, run
from harness.scenario import Scenario


class NobodyThere(Scenario):
    def _ends_soon(self, *arguments):
        began = time.monotonic()
        done = subprocess.run(self.stack.ssh_argv("op1", *arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=clean_environment(), timeout=20, start_new_session=True)
        took = time.monotonic() - began
        self.assertEqual(done.returncode, 255, done.stdout)
        self.assertLess(took, 2)
        self.nothing_pending()
        return done.stdout.decode("utf-8", "replace")

    def test_batch_mode(self):
        self._ends_soon("-o", "BatchMode=yes")
        # sshd never asks the module, so there is no login to have an outcome.
        self.assertEqual(self.stack.audit.outcomes(), [])

    def test_no_terminal(self):
        mark = self.stack.broker.mark()
        self._ends_soon("-T")
        # One line for the administrator, of the broker, and one outcome.
        self.assertEqual(self.outcome()["reason"], "login.nobody_there")
        self.assertEqual(len(self.stack.audit.outcomes()), 1)
        self.stack.broker.says(r"login\.nobody_there", since=mark)
        self.assertEqual(self.stack.broker.count(r"login\.nobody_there", mark), 1,
                         "\n".join(self.stack.broker.lines[mark:]))

    def test_a_person_who_presses_enter_slowly_is_a_person(self):
        terminal = self.stack.ssh("op1")
        terminal.sees_login()
        for _ in range(4):
            terminal.types("")
            terminal.sees("Code: $")
            time.sleep(1.05)  # the rule is about time: three within two seconds
        self.assertEqual(len(self.stack.logins()), 1)


class Transfers(Scenario):
    def test_scp_through_a_control_master(self):
        control = "/tmp/cis2-control"  # a socket's path must be short
        master = self.stack.ssh("op1", "-M", "-S", control)
        self.allowed(master)
        source = self.stack.path("to-copy")
        with open(source, "wb") as out:
            out.write(os.urandom(300_000))
        argv = self.stack.ssh_argv("op1", "-o", f"ControlPath={control}", program="scp")
        run([*argv, source, "op1@127.0.0.1:copied"])
        run([*argv, "op1@127.0.0.1:copied", source + ".back"])
        with open(source, "rb") as one, open(source + ".back", "rb") as other:
            self.assertEqual(one.read(), other.read())
        # One journey served all three.
        self.assertEqual(len(self.stack.audit.outcomes(outcome="allowed")), 1)
        self.assertEqual(self.stack.sim.requests()["authorize"], 1)

    def test_scp_alone_is_one_journey_and_copies(self):
        source = self.stack.path("to-copy")
        with open(source, "w") as out:
            out.write("content\n")
        terminal = self.stack.terminal([*self.stack.ssh_argv("op1", program="scp"), source, "op1@127.0.0.1:alone"])
        browser = self.signed_in(terminal)
        terminal.types(browser.page.code)
        self.assertEqual(terminal.ends(), 0)
        with open(os.path.expanduser("~op1/alone")) as copied:
            self.assertEqual(copied.read(), "content\n")
