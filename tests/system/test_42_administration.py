"""Goal: an administrator ends a pending login; its operator hears who did, everybody else goes on."""

import json

from harness.process import eventually
from harness.scenario import Scenario
from harness.stack import ONE_ROLE, grant

SENTENCE = "An administrator of this server ended this login."


class Cancel(Scenario):
    def _pending(self, account="op1"):
        return next(login for login in self.stack.logins() if login["account"] == account)

    def _is_cancelled(self, terminal, browser):
        eventually(lambda: browser.reload().outcome == "cancelled", "the page shows cancelled", 1, pause=0.05)
        self.assertIn(SENTENCE, browser.page.text)
        self.refused_at_next_enter(terminal, SENTENCE)

    def test_by_reference_while_another_goes_on(self):
        first, second = self.stack.ssh("op1"), self.stack.ssh("op2")
        browser = self.stack.browser()
        browser.open(first.sees_login())
        second.sees_login()
        reference = self._pending()["reference"]

        said = self.stack.ctl("cancel", reference.lower().replace("-", " ")).stdout

        self.assertEqual(said, f"Ended {reference}: op1 by sshd from 127.0.0.1\n")
        self._is_cancelled(first, browser)
        self.assertIn(reference, first.text)
        event = self.outcome(outcome="cancelled")
        self.assertEqual(event["reference"], reference)
        self.assertEqual(event["reason"], "login.cancelled_by_administrator")
        self.assertEqual(event["detail"], "by uid 0")
        browser = self.stack.browser()
        browser.sign_in(second.link, "second")
        second.types(browser.page.code)
        self.has_shell(second, "op2")

    def test_while_the_digits_are_shown(self):
        terminal = self.stack.ssh("op1")
        browser = self.signed_in(terminal)
        code = browser.page.code
        self.stack.ctl("cancel", "--account", "op1")
        eventually(lambda: browser.reload().outcome == "cancelled", "the page shows cancelled", 1, pause=0.05)
        terminal.types(code)
        terminal.sees("An administrator of this server")
        self.assertEqual(terminal.ends(), 255)
        self.assertEqual([event["outcome"] for event in self.stack.audit.outcomes()], ["cancelled"])

    def test_while_the_operator_is_at_the_provider(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.to_provider(terminal.sees_login())
        self.stack.ctl("cancel", self._pending()["reference"])
        self.assertEqual(browser.submit("as-one-role").outcome, "cancelled")
        self.assertEqual([code["redeemed"] for code in self.stack.sim.requests()["codes"]], [False])
        self.refused_at_next_enter(terminal, SENTENCE)

    def test_all(self):
        terminals = [self.stack.ssh(account) for account in ("op1", "op2", "op1")]
        for terminal in terminals:
            terminal.sees_login()
        ended = json.loads(self.stack.ctl("cancel", "--all", "--json").stdout)["cancelled"]
        self.assertEqual(sorted(login["account"] for login in ended), ["op1", "op1", "op2"])
        self.nothing_pending()
        for terminal in terminals:
            self.refused_at_next_enter(terminal, SENTENCE)
        self.assertEqual(len(self.stack.audit.outcomes(reason="login.cancelled_by_administrator")), 3)

    def test_the_audit_says_who_came_by_sudo(self):
        self.stack.ssh("op1").sees_login()
        self.stack.ctl("cancel", "--all", SUDO_USER="asmith")
        self.assertEqual(self.outcome(outcome="cancelled")["detail"], "by uid 0, SUDO_USER asmith")

    def test_a_reference_that_no_login_has(self):
        terminal = self.stack.ssh("op1")
        terminal.sees_login()
        done = self.stack.ctl("cancel", "00000-00000", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No pending login with the reference 00000-00000.", done.stdout)
        self.assertEqual(len(self.stack.logins()), 1)


class Status(Scenario):
    def test_the_grants_are_those_in_force(self):
        self.assertEqual(self.stack.status()["grants"], 2)
        self.stack.grants = [grant("op1", operators=[ONE_ROLE])]
        self.stack.write_config()
        self.assertEqual(self.stack.status()["grants"], 2, "until it is told to read them")
        self.stack.ctl("reload")
        self.assertEqual(self.stack.status()["grants"], 1)
        self.assertRegex(self.stack.ctl("status").stdout, r"grants +1\n")
