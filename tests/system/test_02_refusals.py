"""Goal: whoever should not get in does not, hears why in plain words on page and terminal, and gets no second journey."""

from harness.process import eventually
from harness.scenario import Scenario
from harness.stack import ONE_ROLE, grant

NO_GRANT = "You are not allowed to log in to this account on this server."


class Refusals(Scenario):
    def _refused(self, operator, reason, sentence, account="op1"):
        terminal = self.stack.ssh(account)
        browser = self.signed_in(terminal, operator)
        page = browser.page
        self.assertEqual(page.outcome, "refused", page)
        self.assertIn(sentence, page.text)
        self.refused_at_next_enter(terminal, sentence)
        event = self.outcome(outcome="refused")
        self.assertEqual(event["reason"], reason)
        # Page, terminal and audit carry the same reference.
        self.assertEqual(page.text_of("reference"), event["reference"])
        self.assertIn(event["reference"], terminal.text)
        self.nothing_pending()
        return event

    def test_wrong_digits_three_times(self):
        terminal = self.stack.ssh("op1")
        browser = self.signed_in(terminal)
        wrong = "111111" if browser.page.code != "111111" else "222222"
        for left in ("2 tries left", "1 try left"):
            terminal.types(wrong)
            terminal.sees(left)
            terminal.sees("Code: $")
        terminal.types(wrong)
        terminal.sees("The six digits were wrong three times")
        self.assertEqual(terminal.ends(), 255)
        self.assertEqual(browser.reload().outcome, "refused", browser.page)
        self.assertEqual(self.outcome(outcome="refused")["reason"], "login.wrong_digits")

    def test_another_operator_than_the_grant_names(self):
        self._refused("second", "policy.no_grant", NO_GRANT)

    def test_an_account_without_a_grant(self):
        self._refused("one-role", "policy.no_grant", NO_GRANT, account="op3")

    def test_aal_2_where_3_is_needed(self):
        event = self._refused("aal2", "levels.aal_too_low",
                              "This server needs a sign-in of level 3, you signed in at level 2.")
        self.assertEqual(event["aal"], 2)

    def test_aal_1_where_3_is_needed(self):
        self._refused("aal1", "levels.aal_too_low", "This server needs a sign-in of level 3, you signed in at level 1.")

    def test_ial_2_where_3_is_needed(self):
        self._refused("ial2", "levels.ial_too_low",
                      "This server needs an identity proved to level 3, yours is proved to level 2.")

    def test_levels_that_are_missing_or_malformed(self):
        cases = [
            ({"remove": ["id_token.authentication_assurance_level"]}, "levels.aal_missing"),
            ({"remove": ["id_token.id_assurance_level"]}, "levels.ial_missing"),
            ({"id_token": {"authentication_assurance_level": "three"}}, "levels.aal_malformed"),
            ({"id_token": {"authentication_assurance_level": 3.5}}, "levels.aal_malformed"),
            ({"id_token": {"id_assurance_level": [3]}}, "levels.ial_malformed"),
            ({"id_token": {"id_assurance_level": None}}, "levels.ial_malformed"),
            ({"userinfo": {"idassurancelevel": "2"}}, "levels.userinfo_ial_lower"),
        ]
        for claims, reason in cases:
            with self.subTest(reason, claims=claims):
                self.stack.sim.reset()
                self.stack.sim.claims(**claims)
                terminal = self.stack.ssh("op1")
                browser = self.signed_in(terminal)
                self.assertEqual(browser.page.outcome, "refused", browser.page)
                event = self.outcome(reference=browser.page.text_of("reference"))
                self.assertEqual((event["outcome"], event["reason"]), ("refused", reason))
                terminal.types("")
                self.assertEqual(terminal.ends(), 255)

    def test_this_was_not_me_before_signing_in(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.open(terminal.sees_login())
        page = browser.submit("not-me")
        self.assertEqual(page.outcome, "refused", page)
        self.refused_at_next_enter(terminal, "said that they did not start this login")
        self.assertEqual(self.outcome(outcome="refused")["reason"], "login.not_me")
        self.assertEqual(self.stack.sim.requests()["token"], 0)

    def test_this_was_not_me_after_the_digits_were_shown(self):
        terminal = self.stack.ssh("op1")
        browser = self.signed_in(terminal)
        digits = browser.page.code
        self.assertEqual(browser.submit("not-me").outcome, "refused", browser.page)
        terminal.types(digits)
        terminal.sees("said that they did not start this login")
        self.assertEqual(terminal.ends(), 255)
        self.assertEqual(self.outcome(outcome="refused")["reason"], "login.not_me")

    def test_the_person_refuses_at_the_provider(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.to_provider(terminal.sees_login())
        page = browser.submit("deny")
        self.assertEqual(page.outcome, "refused", page)
        self.refused_at_next_enter(terminal, "cancelled or refused at the sign-in service")
        self.assertEqual(self.outcome(outcome="refused")["reason"], "callback.access_denied")

    def test_an_account_that_does_not_exist_sees_the_same(self):
        terminal = self.stack.ssh("nobody-of-that-name")
        link = terminal.sees_login()
        browser = self.stack.browser()
        page = browser.open(link)
        self.assertEqual(page.outcome, "pending")
        browser.submit("continue")
        page = browser.submit("as-one-role")
        self.assertEqual(page.outcome, "refused", page)
        self.assertIn(NO_GRANT, page.text)
        terminal.types("")
        self.assertEqual(terminal.ends(), 255)
        self.assertEqual(self.outcome(outcome="refused")["account"], "nobody-of-that-name")


class AccountsThatSshdDoesNotAdmit(Scenario):
    options = {
        "sshd": ["DenyUsers op2"],
        "grants": [grant("op2", operators=[ONE_ROLE]), grant("ghost", operators=[ONE_ROLE])],
    }

    def test_answers_replaced_by_sshd_never_let_anybody_in(self):
        for account in ("op2", "ghost"):
            with self.subTest(account):
                terminal = self.stack.ssh(account)
                browser = self.stack.browser()
                browser.sign_in(terminal.sees_login())
                digits = browser.page.code if browser.page.outcome == "code" else "123456"
                for left in ("2 tries left", "1 try left"):
                    terminal.types(digits)
                    terminal.sees(left + "|not allowed")
                    if "not allowed" in terminal.text:
                        break
                    terminal.sees("Code: $")
                else:
                    terminal.types(digits)
                self.assertEqual(terminal.ends(), 255)
                event = self.outcome(account=account)
                self.assertEqual(event["outcome"], "refused")
                self.assertIn(event["reason"], ("sshd.account_not_admitted", "policy.no_grant"))


class ProviderMisbehaves(Scenario):
    """Each way in which the provider may fail after a link was shown ends the login, with its reason."""

    def _ends_with(self, misbehaviour, outcome, reason):
        self.stack.sim.reset()
        self.stack.sim.misbehave(misbehaviour)
        terminal = self.stack.ssh("op1")
        browser = self.signed_in(terminal)
        self.assertEqual(browser.page.outcome, outcome, browser.page)
        event = self.outcome(reference=browser.page.text_of("reference"))
        self.assertEqual((event["outcome"], event["reason"]), (outcome, reason))
        terminal.types("")
        terminal.sees(event["reference"])
        self.assertEqual(terminal.ends(), 255)

    def test_invalid_grant(self):
        self._ends_with("token-invalid-grant", "refused", "token.invalid_grant")

    def test_invalid_client(self):
        self._ends_with("token-invalid-client", "refused", "token.invalid_client")

    def test_token_endpoint_fails(self):
        self._ends_with("token-500", "unavailable", "provider.unavailable")

    def test_userinfo_refuses(self):
        self._ends_with("userinfo-401", "refused", "userinfo.refused")

    def test_userinfo_of_another_person(self):
        self._ends_with("userinfo-other-sub", "refused", "userinfo.sub")

    def test_bad_signature(self):
        self._ends_with("bad-signature", "refused", "id_token.signature")

    def test_nonce_of_another_login(self):
        self._ends_with("wrong-nonce", "refused", "id_token.nonce")

    def test_authorization_endpoint_reports_an_error(self):
        self._ends_with("authorize-error", "refused", "callback.provider_error")

    def test_a_state_that_is_not_ours_changes_nothing(self):
        self.stack.sim.misbehave("callback-wrong-state")
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.sign_in(terminal.sees_login())
        self.assertEqual(browser.page.outcome, "error", browser.page)
        self.assertEqual(len(self.stack.logins()), 1)
        self.stack.sim.reset()
        browser.open(terminal.link)
        browser.submit("continue")
        page = browser.submit("as-one-role")
        terminal.types(page.code)
        self.has_shell(terminal)


class ProviderHangs(Scenario):
    options = {"provider": {"timeout": "2s"}}

    def test_a_provider_that_does_not_answer_ends_the_login_in_time(self):
        self.stack.sim.misbehave("token-hang")
        terminal = self.stack.ssh("op1")
        browser = self.signed_in(terminal)
        page = eventually(lambda: browser.page if browser.page.outcome != "checking" else browser.reload() and None,
                          "a decision", 8, pause=0.2)
        self.assertEqual(page.outcome, "unavailable", page)
        terminal.types("")
        self.assertEqual(terminal.ends(), 255)
        self.assertEqual(self.outcome()["reason"], "provider.unavailable")
