"""Goal: a terminal that is closed takes its login with it, and every page says so within a second."""

import time

from harness.process import eventually
from harness.scenario import Scenario


class TerminalClosed(Scenario):
    def _close(self, terminal):
        terminal.close()
        began = time.monotonic()
        eventually(lambda: self.stack.logins() == [], "the login is gone", 1)
        return began

    def _is_cancelled(self, page):
        self.assertEqual(page.outcome, "cancelled", page)
        self.assertIn("was closed", page.text)

    def test_before_the_link_is_opened(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        self._close(terminal)
        self._is_cancelled(self.stack.browser().open(link))

    def test_next_load(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.open(terminal.sees_login())
        terminal.close()
        eventually(lambda: browser.reload().outcome == "cancelled", "the page shows cancelled", 1, pause=0.05)
        self._is_cancelled(browser.page)
        self.assertEqual(self.outcome(outcome="cancelled")["reason"], "login.cancelled")

    def test_continue(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.open(terminal.sees_login())
        self._close(terminal)
        self._is_cancelled(browser.submit("continue"))
        self.assertEqual(self.stack.sim.requests()["authorize"], 0)

    def test_callback(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.to_provider(terminal.sees_login())
        self._close(terminal)
        self._is_cancelled(browser.submit("as-one-role"))
        self.assertEqual([code["redeemed"] for code in self.stack.sim.requests()["codes"]], [False])

    def test_while_the_digits_are_shown(self):
        terminal = self.stack.ssh("op1")
        browser = self.signed_in(terminal)
        self._close(terminal)
        self._is_cancelled(browser.reload())
        self.assertEqual([event["outcome"] for event in self.stack.audit.outcomes()], ["cancelled"])

    def test_ctrl_c(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        terminal.sends("\x03")
        self.assertNotEqual(terminal.ends(3), 0)
        eventually(lambda: self.stack.logins() == [], "the login is gone", 1)
        self._is_cancelled(self.stack.browser().open(link))
