"""Goal: a new administrator who types what docs/guides/first-login.md says, into a terminal, has a login, and after the last
step a machine as it was."""

import os
import time
import unittest

import server
from harness import documents
from harness.browser import HttpBrowser
from harness.process import eventually
from harness.terminal import Terminal
from people import APT, Reader, says_yes_after, signs_in

FOLDER = "/root/first-login"


class FirstLogin(unittest.TestCase):
    longMessage = True

    def reader(self):
        reader = Reader(FOLDER)
        self.addCleanup(reader.close)
        return reader

    def browser(self):
        return HttpBrowser("/srv/cis2-try/ca.pem")

    def test_the_guide(self):
        os.makedirs(FOLDER)
        server.put_packages(FOLDER)
        server.add_account(server.RESCUE, server.PASSWORD)
        before = server.how_one_logs_in()
        began = time.monotonic()
        root = self.reader()
        root.types(documents.blocks("docs/guides/first-login.md", "1. Install", "sh")[0], APT)
        root.types(documents.blocks("docs/guides/first-login.md", "2. Names and certificates", "sh")[0])
        server.write(server.CONFIG, documents.blocks("docs/guides/first-login.md", "3. Configure", "toml")[0])
        root.types(documents.blocks("docs/guides/first-login.md", "3. Configure", "sh")[0])
        simulator = self.reader()
        simulator.begins(documents.blocks("docs/guides/first-login.md", "4. Start the simulator", "sh")[0], "cis2-sim: ready on")
        start, try_it = documents.blocks("docs/guides/first-login.md", "6. Start the broker, and try it", "sh")
        root.types(start)
        eventually(server.is_ready, "the broker is ready", 20, pause=0.1)
        root.types(try_it, signs_in(self.browser(), "one-role"))
        self.assertEqual(server.how_one_logs_in()["pam"], before["pam"])
        enable, _, audit, doctor = documents.blocks("docs/guides/first-login.md", "7. Have sshd ask for it, and log in", "sh")
        root.types(enable.replace("NAME", server.RESCUE), signs_in(self.browser(), "one-role"), says_yes_after(self.log_in))
        self.assertIn('"outcome":"allowed"', root.types(audit))
        self.assertIn("no problem", root.types(doctor))
        print(f"    the guide took {time.monotonic() - began:.0f} s, with nobody reading it", flush=True)
        simulator.interrupts()
        root.types(documents.blocks("docs/guides/first-login.md", "8. Undo it", "sh")[0], APT)
        self.assertEqual(server.how_one_logs_in(), before)

    def log_in(self):
        server.sshd_listens_again()  # nobody is as fast as a test
        terminal, browser = Terminal(server.ssh_argv("op1")), self.browser()
        self.addCleanup(terminal.close)
        browser.sign_in(terminal.sees_login(20), "one-role")
        terminal.types(browser.page.code)
        terminal.sees(r"op1@server-a:.*\$ $")
        terminal.types("exit")
        self.assertEqual(terminal.ends(), 0)
