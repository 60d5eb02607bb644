"""Goal: a new user who types what docs/guides/first-login.md says has a login, and a machine as it was after the last step."""

import os
import time
import unittest

import server
from harness import documents
from harness.browser import HttpBrowser
from harness.process import eventually, run
from harness.terminal import Terminal
from server import sh

FOLDER = "/root/first-login"


class FirstLogin(unittest.TestCase):
    longMessage = True

    def test_the_guide(self):
        before = server.how_one_logs_in()
        began = time.monotonic()
        os.makedirs(FOLDER)
        server.put_packages(FOLDER)
        sh(documents.blocks("docs/guides/first-login.md", "1. Install", "sh")[0], FOLDER)
        sh(documents.blocks("docs/guides/first-login.md", "2. Names and certificates", "sh")[0], FOLDER)
        server.write(server.CONFIG, documents.blocks("docs/guides/first-login.md", "3. Configure", "toml")[0])
        sh(documents.blocks("docs/guides/first-login.md", "3. Configure", "sh")[0], FOLDER)
        simulator = documents.blocks("docs/guides/first-login.md", "4. Start the simulator", "sh")[0]
        run(["systemd-run", "--unit=first-login-sim", "bash", "-c", "exec " + simulator])
        eventually(lambda: "127.0.0.1:8444" in server.listening(), "the simulator listens", 10)
        sh(documents.blocks("docs/guides/first-login.md", "6. Start the broker, and tell sshd", "sh")[0], FOLDER)
        eventually(server.is_ready, "the broker is ready", 20, pause=0.1)
        server.sshd_listens_again()
        self.log_in()
        said = sh(documents.blocks("docs/guides/first-login.md", "7. Log in", "sh")[-1], FOLDER).stdout
        self.assertIn('"outcome":"allowed"', said)
        print(f"    the guide took {time.monotonic() - began:.0f} s, with nobody reading it", flush=True)
        sh(documents.blocks("docs/guides/first-login.md", "8. Undo it", "sh")[0], FOLDER)
        run(["systemctl", "stop", "first-login-sim"])
        self.assertEqual(server.how_one_logs_in(), before)
        sh("apt-get purge libpam-cis2 cis2-broker cis2-sim", FOLDER)

    def log_in(self):
        terminal, browser = Terminal(server.ssh_argv("op1")), HttpBrowser("/srv/cis2-try/ca.pem")
        self.addCleanup(terminal.close)
        browser.sign_in(terminal.sees_login(20), "one-role")
        terminal.types(browser.page.code)
        terminal.sees(r"op1@server-a:.*\$ $")
