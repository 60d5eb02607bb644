"""Goal: logins against OpenID providers that others wrote come out right, so that what both sides read in the standards
agrees, and not only with a simulator of our own."""

import urllib.parse

from harness.foreign import ACCOUNTS, STRONG, LemonLdap, OidcProvider, grants, key_file, provider_settings
from harness.scenario import Scenario
from harness.stack import grant

ALGORITHMS = ("RS256", "PS256", "ES256")


class Foreign(Scenario):
    """A stack with a fresh provider; `provider` is [provider], `registration` what is registered otherwise."""

    provider = {}
    registration = {}
    client_auth = "private_key_jwt"

    def make_stack(self, **options):
        return super().make_stack(foreign=OidcProvider(self.registration), grants=grants(), client_auth=self.client_auth,
                                  provider=provider_settings(**self.provider), **options)

    def _restart(self, **provider):
        """Provider and broker once more, with these settings."""
        self.stack.broker.stop()
        self.stack.foreign.stop()
        self.stack.settings["provider"].update(provider)
        self.stack.start("foreign", "broker")

    def _refused(self, reason, name="alice", outcome="refused"):
        """A login that is refused, at the page and in the audit."""
        terminal = self.stack.ssh("op1")
        browser = self.signed_in(terminal, name)
        self.assertEqual(browser.page.outcome, "refused", browser.page)
        event = self.outcome(reference=browser.page.text_of("reference"))
        self.assertEqual((event["outcome"], event["reason"]), (outcome, reason))
        terminal.types("")
        self.assertEqual(terminal.ends(), 255)
        return browser


class SignsIn(Foreign):
    def test_a_group_opens_an_account(self):
        browser = self.allowed(self.stack.ssh("op1"), "op1", "alice")
        event = self.outcome(outcome="allowed")
        wanted = {"account": "op1", "sub": ACCOUNTS["alice"]["sub"], "aal": 3, "ial": 0, "acr": STRONG,
                  "grant": "grant for op1", "iss": self.stack.issuer}
        self.assertEqual({key: event.get(key) for key in wanted}, wanted)

        # What the provider demands (PKCE) and promises (RFC 9207) was sent.
        sent = [urllib.parse.parse_qs(urllib.parse.urlsplit(page.url).query) for page in browser.visited]
        asked = next(query for query in sent if "code_challenge" in query)
        self.assertEqual((asked["code_challenge_method"], asked["max_age"]), (["S256"], ["300"]))
        answered = next(query for query in sent if "code" in query)
        self.assertEqual(answered["iss"], [self.stack.issuer])

    def test_a_person_is_known_by_their_sub(self):
        self.allowed(self.stack.ssh("op2"), "op2", "bob")

    def test_another_group_opens_nothing(self):
        self._refused("policy.no_grant", "bob")

    def test_a_weak_sign_in(self):
        self._refused("levels.aal_too_low", "weak")

    def test_a_sign_in_of_a_kind_that_is_not_in_the_table(self):
        self._refused("levels.aal_malformed", "odd")

    def test_somebody_who_does_not_sign_in(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.to_provider(terminal.sees_login())
        page = browser.submit("deny")
        self.assertEqual(page.outcome, "refused", page)
        self.assertEqual(self.outcome(outcome="refused")["reason"], "callback.access_denied")

    def test_a_new_signing_key_costs_one_look_at_the_keys(self):
        self._rotates(["provider-rsa-new"], looks=1)

    def test_a_new_signing_key_beside_the_old_one(self):
        self._rotates(["provider-rsa-new", "provider-rsa"], looks=1)

    def test_a_new_key_that_does_not_sign_yet(self):
        self._rotates(["provider-rsa", "provider-rsa-new"], looks=0)

    def _rotates(self, keys, looks):
        self.allowed(self.stack.ssh("op1"), "op1", "alice")
        self.stack.foreign.stop()
        self.stack.foreign.signing_keys = keys
        self.stack.start("foreign")
        self.allowed(self.stack.ssh("op1"), "op1", "alice")
        self.assertEqual(self.stack.foreign.requests("/jwks"), looks)


class Algorithms(Foreign):
    def test_every_client_key_with_every_signature_of_the_id_token(self):
        for ours in ALGORITHMS:
            for theirs in ALGORITHMS:
                with self.subTest(client_assertion_alg=ours, id_token_alg=theirs):
                    key = key_file(self.stack, "client-ec" if ours == "ES256" else "client-key")
                    self._restart(client_key=key, client_assertion_alg=ours, id_token_alg=theirs)
                    self.allowed(self.stack.ssh("op1"), "op1", "alice")


class ClientSecretBasic(Foreign):
    client_auth = "client_secret_basic"

    def test_signs_in_with_the_client_secret(self):
        self.allowed(self.stack.ssh("op1"), "op1", "alice")


class ClientSecretPost(Foreign):
    client_auth = "client_secret_post"

    def test_signs_in_with_the_client_secret(self):
        self.allowed(self.stack.ssh("op1"), "op1", "alice")


class SignedUserinfo(Foreign):
    provider = {"userinfo_signed": True, "id_token_alg": "ES256"}

    def test_signs_in(self):
        self.allowed(self.stack.ssh("op1"), "op1", "alice")


class PlainUserinfoWhereSignedIsConfigured(Foreign):
    provider = {"userinfo_signed": True}
    registration = {"userinfo_signed_response_alg": None}

    def test_is_refused(self):
        self._refused("userinfo.malformed")


class SignedUserinfoWherePlainIsConfigured(Foreign):
    registration = {"userinfo_signed_response_alg": "RS256"}

    def test_is_refused(self):
        self._refused("userinfo.malformed")


class SessionAtTheProvider(Foreign):
    """With an empty `prompt` and within max_age, whoever is signed in at the provider is not asked again."""

    provider = {"prompt": ""}

    def test_is_enough_within_max_age(self):
        browser = self.allowed(self.stack.ssh("op1"), "op1", "alice")
        first = self.outcome(outcome="allowed")
        terminal = self.stack.ssh("op1")
        page = browser.to_provider(terminal.sees_login())
        self.assertEqual(page.outcome, "code", page)
        terminal.types(page.code)
        self.has_shell(terminal)
        second = self.stack.audit.outcomes(outcome="allowed")[-1]
        self.assertNotEqual(second["login_id"], first["login_id"])
        self.assertEqual(second["auth_time"], first["auth_time"])


class NoAcrAskedFor(Foreign):
    """oidc-provider states acr only to a client that asks for it."""

    provider = {"acr_values": ""}

    def test_the_level_is_missing(self):
        self._refused("levels.aal_missing")


class UnknownClientKey(Foreign):
    def test_is_refused(self):
        self.stack.broker.stop()
        self.stack.settings["provider"]["client_key"] = key_file(self.stack, "client-key-unknown")
        self.stack.start("broker")
        self._refused("token.invalid_client")


class AnotherIssuer(Foreign):
    parts = ("syslog", "foreign", "sshd")

    def test_with_a_slash_at_the_end_is_not_served(self):
        self.stack.settings["provider"]["issuer"] = self.stack.issuer + "/"
        self.stack.start_broker(ready=False)
        self.stack.broker.says(r"discovery\.issuer_mismatch")
        self.stack.provider_is("away")
        terminal = self.stack.ssh("op1")
        terminal.sees("The sign-in service cannot be reached")
        self.assertNotIn(self.stack.public_url, terminal.text)
        self.assertEqual(terminal.ends(), 255)


class ByLemonLdap(Scenario):
    """LemonLDAP::NG gives a password sign-in the level 2, calls it loa-2, and knows clients by secrets."""

    client_auth = "client_secret_basic"
    provider = {}

    def make_stack(self, **options):
        settings = provider_settings(acr_values="", aal_values={"loa-2": 2, "loa-3": 3}, **self.provider)
        granted = [grant("op1", roles=["timelords"], min_ial=0, min_aal=2),
                   grant("op2", operators=["dwho"], min_ial=0, min_aal=3)]
        return super().make_stack(foreign=LemonLdap(), grants=granted, client_auth=self.client_auth, provider=settings,
                                  **options)

    def signed_in(self, terminal, operator="one-role", browser=None):
        browser = browser or self.stack.browser()
        browser.to_provider(terminal.sees_login())
        self.stack.foreign.sign_in(browser, operator)
        return browser


class LemonLdapSignsIn(ByLemonLdap):
    def test_a_group_opens_an_account(self):
        self.allowed(self.stack.ssh("op1"), "op1", "dwho")
        event = self.outcome(outcome="allowed")
        self.assertEqual((event["sub"], event["aal"], event["acr"]), ("dwho", 2, "loa-2"))

    def test_another_group_opens_nothing(self):
        self._refused("op1", "rtyler", "policy.no_grant")

    def test_a_password_is_too_weak_for_level_3(self):
        self._refused("op2", "dwho", "levels.aal_too_low")

    def _refused(self, account, name, reason):
        terminal = self.stack.ssh(account)
        page = self.signed_in(terminal, name).page
        self.assertEqual(page.outcome, "refused", page)
        self.assertEqual(self.outcome(outcome="refused")["reason"], reason)


class LemonLdapClientSecretPost(ByLemonLdap):
    client_auth = "client_secret_post"

    def test_signs_in_with_the_client_secret(self):
        self.allowed(self.stack.ssh("op1"), "op1", "dwho")


class LemonLdapSignedUserinfo(ByLemonLdap):
    provider = {"userinfo_signed": True}

    def test_signs_in(self):
        self.allowed(self.stack.ssh("op1"), "op1", "dwho")
