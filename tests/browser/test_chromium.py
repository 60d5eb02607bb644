"""Goal: the journey works in the browser that operators use, by its own rules for cookies, forms and policies.

Pages and provider have different registrable domains, so a wrong SameSite or form-action stops the journey here.
"""

from harness.chromium import ChromiumBrowser
from harness.scenario import Scenario


class Chromium(Scenario):
    def chromium(self, **options):
        return self.stack.add_browser(ChromiumBrowser(self.stack.pki.ca, **options))

    def test_sign_in(self):
        terminal = self.stack.ssh("op1")
        browser = self.chromium()
        browser.open(terminal.sees_login())
        self.assertEqual(browser.outcome, "pending", browser.text)
        browser.submit("continue")
        self.assertTrue(browser.url.startswith(self.stack.issuer), browser.url)
        browser.submit("as-one-role")
        self.assertEqual(browser.outcome, "code", browser.text)
        self.assertEqual(browser.url, terminal.link)
        cookie, = browser.cookies()
        self.assertTrue(cookie["name"].startswith("__Host-"))
        self.assertEqual((cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]), (True, True, "Lax", "/"))
        terminal.types(browser.code)
        self.has_shell(terminal)
        browser.reload()
        self.assertEqual(browser.outcome, "allowed", browser.text)
        self.assertEqual(browser.complaints(self.stack.public_url), [])

    def test_the_link_of_the_qr_code_is_the_same_login(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        browser = self.chromium()
        browser.open(link.upper())
        self.assertEqual(browser.outcome, "pending", browser.text)
        browser.submit("continue")
        browser.submit("as-one-role")
        terminal.types(browser.code)
        self.has_shell(terminal)

    def test_the_way_back_in_another_browser_ends_the_login(self):
        terminal = self.stack.ssh("op1")
        starter, finisher = self.chromium(), self.chromium()
        starter.open(terminal.sees_login())
        starter.submit("continue")
        # The person copies the address of the sign-in page into another browser and signs in there.
        finisher.open(starter.url)
        finisher.submit("as-one-role")
        self.assertNotEqual(finisher.outcome, "code", finisher.text)
        self.assertIn("default browser", finisher.text)
        self.refused_at_next_enter(terminal, "The sign-in came back in another browser")
        self.assertEqual([code["redeemed"] for code in self.stack.sim.requests()["codes"]], [False])
        self.assertEqual(self.outcome()["reason"], "browser.other_browser")

    def test_back_and_forward_do_no_harm(self):
        terminal = self.stack.ssh("op1")
        browser = self.chromium()
        browser.sign_in(terminal.sees_login())
        digits = browser.code
        browser.driver.back()
        browser.driver.back()
        browser.open(terminal.link)
        self.assertEqual(browser.code, digits)
        terminal.types(digits)
        self.has_shell(terminal)
        self.assertEqual(self.stack.sim.requests()["token"], 1)
