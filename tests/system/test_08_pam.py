"""Goal: what other programs than sshd see of the module, through the real libpam and pamtester."""

import re
import signal

from harness.scenario import Scenario
from harness.stack import ONE_ROLE, default_grants, grant

SERVICE = "cis2-test"
DONE = {
    "authenticate": "pamtester: successfully authenticated",
    "acct_mgmt": "pamtester: account management done.",
    "open_session": "pamtester: sucessfully opened a session",
    "close_session": "pamtester: session has successfully been closed.",
}
UNAVAILABLE = "cannot retrieve authentication info"
MAXTRIES = "(?i)maximum number of retries"
WITH_FALLBACK = ["auth [success=done authinfo_unavail=ignore default=die] {module}", "auth required pam_permit.so"]
SUFFICIENT = ["auth sufficient {module}", "auth required pam_permit.so"]


class Pam(Scenario):
    options = {"grants": [*default_grants(), grant("op1", name="test service", services=[SERVICE], operators=[ONE_ROLE])]}

    def setUp(self):
        super().setUp()
        self.stack.write_pam_service(SERVICE)

    def _tester(self, *operations, account="op1", items=()):
        items = {"rhost": "192.0.2.7", "tty": "/dev/pts/0", **dict(items)}
        return self.stack.pamtester(SERVICE, account, *operations, items=items)

    def _sign_in(self, tester, operator="one-role"):
        browser = self.signed_in(tester, operator)
        if browser.page.outcome == "code":
            tester.types(browser.page.code)
        return browser

    def test_authenticate_account_and_session(self):
        tester = self._tester("authenticate", "acct_mgmt", "open_session", "close_session")
        self._sign_in(tester)
        for text in DONE.values():
            tester.sees("(?i)" + re.escape(text).replace("sucessfully", "suc+essfully"))
        self.assertEqual(tester.ends(), 0)
        self.assertEqual(self.outcome(outcome="allowed")["service"], SERVICE)

    def test_authenticate_twice_is_two_journeys(self):
        tester = self._tester("authenticate", "authenticate")
        self._sign_in(tester)
        tester.sees(re.escape(DONE["authenticate"]))
        self._sign_in(tester)
        tester.sees(re.escape(DONE["authenticate"]))
        self.assertEqual(tester.ends(), 0)
        self.assertEqual(len(self.stack.audit.outcomes(outcome="allowed")), 2)

    def test_refused_is_the_last_word(self):
        tester = self._tester("authenticate")
        self._sign_in(tester, "second")
        tester.types("")
        tester.sees("You are not allowed to log in to this account on this server.")
        tester.sees(MAXTRIES)
        self.assertNotEqual(tester.ends(), 0)

    def test_account_phase_alone_lets_other_means_pass(self):
        tester = self._tester("acct_mgmt")
        tester.sees(re.escape(DONE["acct_mgmt"]))
        self.assertEqual(tester.ends(), 0)

    def test_account_phase_alone_refuses_where_others_are_refused(self):
        self.stack.write_pam_service(SERVICE, arguments=["others=refuse"])
        tester = self._tester("acct_mgmt")
        tester.sees("(?i)permission denied")
        self.assertNotEqual(tester.ends(), 0)

    def test_without_a_broker_the_answer_is_unavailable_at_once(self):
        self.stack.broker.stop()
        tester = self._tester("authenticate")
        tester.sees(UNAVAILABLE, timeout=3)
        self.assertNotEqual(tester.ends(3), 0)
        self.stack.syslog.says(r"pam_cis2")

    def test_a_broker_that_hangs_is_unavailable_within_the_timeout(self):
        self.stack.write_pam_service(SERVICE, arguments=["timeout=2"])
        self.stack.broker.signal(signal.SIGSTOP)
        self.addCleanup(self.stack.broker.signal, signal.SIGCONT)
        tester = self._tester("authenticate")
        tester.sees(UNAVAILABLE, timeout=6)
        self.stack.broker.signal(signal.SIGCONT)

    def test_bad_arguments_are_a_service_error_and_a_log_line(self):
        self.stack.write_pam_service(SERVICE, arguments=["colour=blue"])
        tester = self._tester("authenticate")
        tester.sees("(?i)error in service module|service error")
        self.assertNotEqual(tester.ends(), 0)
        self.stack.syslog.says("colour")

    def test_a_shipped_line_with_fallback_falls_back_only_without_a_broker(self):
        self.stack.write_pam_service(SERVICE, auth=WITH_FALLBACK)
        tester = self._tester("authenticate")
        self._sign_in(tester)
        tester.sees(re.escape(DONE["authenticate"]))
        self.stack.broker.stop()
        tester = self._tester("authenticate")
        tester.sees(re.escape(DONE["authenticate"]))
        self.assertEqual(tester.ends(), 0)

    def test_nothing_that_a_browser_does_makes_the_fallback(self):
        self.stack.write_pam_service(SERVICE, auth=WITH_FALLBACK)
        ways = {
            "other operator": lambda link, browser: browser.sign_in(link, "second"),
            "level too low": lambda link, browser: browser.sign_in(link, "aal2"),
            "not me": lambda link, browser: (browser.open(link), browser.submit("not-me")),
            "denied": lambda link, browser: (browser.to_provider(link), browser.submit("deny")),
            "other browser": self._other_browser,
            "invalid grant": lambda link, browser: self._misbehaving("token-invalid-grant", link, browser),
            "invalid client": lambda link, browser: self._misbehaving("token-invalid-client", link, browser),
            "token endpoint down": lambda link, browser: self._misbehaving("token-500", link, browser),
            "userinfo refused": lambda link, browser: self._misbehaving("userinfo-401", link, browser),
            "bad signature": lambda link, browser: self._misbehaving("bad-signature", link, browser),
            "wrong nonce": lambda link, browser: self._misbehaving("wrong-nonce", link, browser),
            "provider error": lambda link, browser: self._misbehaving("authorize-error", link, browser),
        }
        for name, way in ways.items():
            with self.subTest(name):
                self.stack.sim.reset()
                tester = self._tester("authenticate")
                way(tester.sees_login(), self.stack.browser())
                tester.types("")
                tester.sees(MAXTRIES)
                self.assertNotEqual(tester.ends(), 0)
                self.assertNotIn(UNAVAILABLE, tester.text)
                self.assertNotIn(DONE["authenticate"], tester.text)

    def _other_browser(self, link, browser):
        browser.to_provider(link)
        callback = browser.submit("as-one-role", follow=False).header("location")
        self.stack.browser("127.0.0.2").open(callback)

    def _misbehaving(self, name, link, browser):
        self.stack.sim.misbehave(name)
        browser.sign_in(link)

    def test_sufficient_is_the_wrong_line(self):
        # Why the guide warns of it: a refusal does not end the stack, so whatever follows decides.
        self.stack.write_pam_service(SERVICE, auth=SUFFICIENT)
        tester = self._tester("authenticate")
        self._sign_in(tester, "second")
        tester.types("")
        tester.sees(re.escape(DONE["authenticate"]))
        self.assertEqual(tester.ends(), 0)

    def test_the_shipped_line_does_not(self):
        self.stack.write_pam_service(SERVICE, auth=["auth requisite {module}", "auth required pam_permit.so"])
        tester = self._tester("authenticate")
        self._sign_in(tester, "second")
        tester.types("")
        tester.sees(MAXTRIES)
        self.assertNotEqual(tester.ends(), 0)

    def test_strange_names_are_shown_escaped_or_not_at_all(self):
        tester = self._tester("authenticate", items={"rhost": "evil\x1b[31m.example", "ruser": "a\nb"})
        link = tester.sees_login()
        page = self.stack.browser().open(link)
        self.assertNotIn("\x1b", page.body)
        self.assertNotIn("\x1b", tester.text)
        self.assertFalse([line for line in self.stack.broker.lines if "\x1b" in line])


class QrOff(Scenario):
    options = {"module": ["qr=off"]}

    def test_only_the_link(self):
        terminal = self.stack.ssh("op1")
        terminal.sees_login()
        self.assertNotIn("\u2588", terminal.text)
        self.allowed_after(terminal)

    def allowed_after(self, terminal):
        browser = self.stack.browser()
        browser.sign_in(terminal.link)
        terminal.types(browser.page.code)
        self.has_shell(terminal)


class QrAscii(QrOff):
    options = {"module": ["qr=ascii"]}

    def test_only_the_link(self):
        """The picture is made of ASCII."""
        terminal = self.stack.ssh("op1", rows=50)
        terminal.sees_login()
        self.assertTrue(terminal.text.isascii(), [c for c in terminal.text if not c.isascii()][:5])
        self.assertIn("##", terminal.text)
        self.allowed_after(terminal)
