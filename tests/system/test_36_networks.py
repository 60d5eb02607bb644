"""Goal: a browser in another network than the terminal is warned, and refused where a grant says so."""

from harness.scenario import Scenario
from harness.stack import ONE_ROLE, SECOND, grant

WARNING = "Your browser and the terminal are in different networks."


class Networks(Scenario):
    # op1 warns, op2 refuses.
    options = {
        "host": {"networks": {"wards": ["127.0.1.0/24"], "guests": ["127.0.2.0/24"]}},
        "grants": [grant("op1", operators=[ONE_ROLE]), grant("op2", operators=[SECOND], same_network=True)],
    }

    def test_in_one_network_nothing_is_said(self):
        browser = self.stack.browser(address="127.0.1.6")
        self.allowed(self.stack.ssh("op1", address="127.0.1.5"), browser=browser)
        self.assertNotIn(WARNING, " ".join(page.text for page in browser.visited))

    def test_another_network_is_warned_of_before_the_sign_in_and_before_the_digits(self):
        terminal = self.stack.ssh("op1", address="127.0.1.5")
        browser = self.stack.browser(address="127.0.2.6")
        self.assertIn(WARNING, browser.open(terminal.sees_login()).text)
        browser.sign_in(terminal.link)
        self.assertEqual(browser.page.outcome, "code")
        self.assertIn(WARNING, browser.page.text)
        terminal.types(browser.page.code)
        self.has_shell(terminal)

    def test_a_grant_refuses_another_network(self):
        self.is_refused("127.0.1.5", "127.0.2.6")

    def test_a_grant_refuses_where_nothing_is_known(self):
        self.is_refused("127.0.7.5", "127.0.7.6")

    def test_a_grant_lets_one_network_in(self):
        browser = self.stack.browser(address="127.0.2.6")
        self.allowed(self.stack.ssh("op2", address="127.0.2.5"), "op2", "second", browser)

    def test_a_reload_gives_grants_and_pages_the_same_networks(self):
        self.stack.settings["host"]["networks"] = {"all": ["127.0.0.0/8"]}
        self.stack.write_config()
        self.stack.ctl("reload")
        browser = self.stack.browser(address="127.0.2.6")
        self.allowed(self.stack.ssh("op2", address="127.0.1.5"), "op2", "second", browser)
        self.assertNotIn(WARNING, " ".join(page.text for page in browser.visited))

    def is_refused(self, terminal_address, browser_address):
        terminal = self.stack.ssh("op2", address=terminal_address)
        browser = self.stack.browser(address=browser_address)
        browser.sign_in(terminal.sees_login(), "second")
        self.assertEqual(browser.page.outcome, "refused")
        self.refused_at_next_enter(terminal, "must be in one network")
        self.assertEqual(self.outcome()["reason"], "policy.other_network")
