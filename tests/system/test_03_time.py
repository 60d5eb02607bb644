"""Goal: a login lives as long as configured and not longer, and whoever waits is told."""

import time

from harness import machine
from harness.process import eventually
from harness.scenario import Scenario

EXPIRED = "Time ran out before the sign-in was finished."


class TenSeconds(Scenario):
    options = {"host": {"login_lifetime": "10s"}, "sshd": ["LoginGraceTime 14"]}

    def test_page_and_terminal_at_the_deadline(self):
        began = time.monotonic()
        terminal = self.stack.ssh("op1")
        silent = self.stack.ssh("op1")  # nobody presses Enter here
        watcher, owner = self.stack.browser(), self.stack.browser()
        self.assertEqual(watcher.open(terminal.sees_login()).outcome, "pending")
        owner.to_provider(silent.sees_login())

        page = eventually(lambda: watcher.page if watcher.reload().outcome != "pending" else None, "the page changes", 14,
                          pause=0.1)
        self.assertEqual(page.outcome, "expired", page)
        took = time.monotonic() - began
        self.assertGreater(took, 9.0)
        self.assertLess(took, 12.0)
        self.assertIn(EXPIRED, page.text)
        # Who comes back from the provider now is told the same, and no code is redeemed.
        eventually(lambda: self.stack.logins() == [], "both are over", 2)
        self.assertEqual(owner.submit("as-one-role").outcome, "expired", owner.page)
        self.assertEqual(self.stack.sim.requests()["token"], 0)
        # The next Enter prints why, and it was the last word (PAM_MAXTRIES): no second prompt.
        self.refused_at_next_enter(terminal, EXPIRED)
        # Where nobody presses Enter, sshd's grace time closes the line. (The client reads the terminal alone meanwhile, so
        # it shows that at the next key.)
        # Debian 12's sshd says nothing of it in its log (the cure of CVE-2024-6387): its processes go.
        eventually(lambda: len(machine.processes("sshd", "sshd-session", "sshd-auth")) == 1, "only the listener is left", 8)
        self.assertLess(time.monotonic() - began, 18)
        silent.types("")
        self.assertEqual(silent.ends(2), 255)
        self.assertEqual([event["reason"] for event in self.stack.audit.outcomes()], ["login.expired"] * 2)
        self.nothing_pending()

    def test_digits_are_worth_nothing_after_the_deadline(self):
        terminal = self.stack.ssh("op1")
        browser = self.signed_in(terminal)
        digits = browser.page.code
        eventually(lambda: self.stack.logins() == [], "the login is over", 14, pause=0.1)
        self.assertEqual(browser.reload().outcome, "expired")
        terminal.types(digits)
        terminal.sees(EXPIRED)
        self.assertEqual(terminal.ends(), 255)


class BeforeTheGraceTime(Scenario):
    options = {"host": {"sshd_login_grace": "15s"}, "sshd": ["LoginGraceTime 15"]}

    def test_a_login_ends_five_seconds_before_sshd_would_end_it(self):
        began = time.monotonic()
        terminal = self.stack.ssh("op1")
        terminal.sees_login()
        eventually(lambda: self.stack.logins() == [], "the login is over", 14, pause=0.1)
        self.assertLess(time.monotonic() - began, 11.5)
        self.refused_at_next_enter(terminal, EXPIRED)
