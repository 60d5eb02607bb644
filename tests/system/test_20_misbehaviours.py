"""Goal: whatever the provider does against the rules, nobody gets in by it, the reason is told for what it is, and the next
login works; and what the rules allow is accepted. The rows are in misbehaviour_table.py."""

import os
import re

import misbehaviour_table as table
from harness import wire
from harness.machine import ROOT
from harness.process import eventually
from harness.scenario import Scenario
from harness.stack import ONE_ROLE, grant
from harness.terminal import LINK

REASON = re.compile(r'^X\(\w+, "([^"]+)", "((?:[^"\\]|\\.)*)"', re.M)


def sentences():
    """{reason id: what the operator is told}"""
    with open(os.path.join(ROOT, "broker/reasons/list.inc"), encoding="utf-8") as rows:
        return {reason: sentence.replace('\\"', '"') for reason, sentence in REASON.findall(rows.read())}


SENTENCES = sentences()


class Login:
    """One login on the PAM socket, as the module would hold it."""

    def __init__(self, stack):
        self._link = stack.pam_link()
        self._link.send(wire.login_request())
        kind, payload = self._link.receive()
        self.verdict = wire.Verdict(payload) if kind == wire.VERDICT else None
        self.url = None
        if kind == wire.SCREEN:
            found = LINK.search("\n".join(wire.strings(payload, 2)))
            self.url = found.group(0)
            stack.canary.add_all([("user code", found.group(1)), ("user code", found.group(1).replace("-", ""))])

    def types(self, text):
        """Types this line; the verdict that follows."""
        self._link.send(wire.answer(text))
        kind, payload = self._link.receive()
        if kind != wire.VERDICT:
            raise AssertionError(f"a screen in place of a verdict: {wire.strings(payload, 2)}")
        self.verdict = wire.Verdict(payload)
        return self.verdict

    def close(self):
        self._link.close()


class Misbehaving(Scenario):
    """One stack for all rows of a test: each row's login, and behind it an honest one."""

    parts = ("syslog", "sim", "broker")
    options = {"limits": {"token_requests_per_minute": 10_000, "token_requests_per_address_per_minute": 10_000,
                          "unknown_codes_per_minute": 1000}}

    def setUp(self):
        super().setUp()
        self.journeys = 0

    def drive(self, rows):
        self.assertTrue(rows)
        for row in rows:
            with self.subTest(row.name):
                self.row(row)
        self.every_secret_is_known()

    def row(self, row):
        self.behave(row)
        self.login_ends_as(row)
        self.behave()
        self.login_ends_as(table.accepted("honest"))

    def every_secret_is_known(self):
        """The search for secrets after the test must have those of each journey."""
        kinds = [kind for kind, _ in self.stack.sim.secrets()]
        for kind in ("state", "nonce"):
            self.assertEqual(kinds.count(kind), self.journeys, kind)
        for kind in ("code", "code_verifier", "access_token", "id_token"):
            self.assertIn(kind, kinds)

    def behave(self, row=None):
        """From now on the provider does what this row says; without one it is honest."""
        self.stack.sim.reset()
        self.stack.sim.robot("one-role")
        if row and row.claims:
            self.stack.sim.claims(**row.claims)
        elif row and row.misbehaviour:
            self.stack.sim.misbehave(row.misbehaviour, 0)

    def login_ends_as(self, row):
        before = len(self.stack.audit.outcomes())
        login = Login(self.stack)
        try:
            if not row.page:
                self.turned_away(login, row)
            elif row.page == "error":
                self.ignored(login, row)
            else:
                self.decided(login, row)
        finally:
            login.close()
        self.recorded(row, before)

    def turned_away(self, login, row):
        self.assertIsNone(login.url, "a link was shown")
        self.assertEqual(login.verdict.kind, wire.UNAVAILABLE)
        self.assertIn(SENTENCES[row.reason], login.verdict.text)

    def ignored(self, login, row):
        page = self.end_of_journey(login)
        self.assertEqual(page.outcome, "error", page)
        self.assertIn(SENTENCES[row.log], page.text)
        self.assertEqual(len(self.stack.logins()), 1, "the login is still there")
        self.assertEqual(self.stack.sim.requests()["token"], 0, "the code was redeemed")

    def decided(self, login, row):
        page = self.end_of_journey(login)
        self.assertEqual(page.outcome, row.page, page)
        allowed = row.outcome == "allowed"
        if not allowed:
            self.assertIn(SENTENCES[row.reason].split("{")[0], page.text)
        verdict = login.types(page.code if allowed else "")
        self.assertEqual(verdict.kind, wire.ALLOW if allowed else wire.REFUSE, verdict.text)
        self.assertEqual(verdict.reference, page.text_of("reference"))

    def end_of_journey(self, login):
        self.journeys += 1
        browser = self.stack.browser()
        browser.to_provider(login.url)
        return eventually(lambda: browser.page if browser.page.outcome != "checking" else browser.reload() and None,
                          "a decision", 30, pause=0.2)

    def recorded(self, row, before):
        """Exactly one outcome, and the one that was expected."""
        outcomes = eventually(lambda: self.stack.audit.outcomes()[before:], "an outcome in the audit")
        self.assertEqual([(event["outcome"], event.get("reason", "none")) for event in outcomes],
                         [(row.outcome, row.reason)])


class Answers(Misbehaving):
    def test_callback(self):
        self.drive(table.CALLBACK)

    def test_token_response(self):
        self.drive(table.TOKEN)

    def test_form_of_the_id_token(self):
        self.drive(table.ID_TOKEN_FORM)

    def test_claims_of_the_id_token(self):
        self.drive(table.ID_TOKEN_CLAIMS)

    def test_levels(self):
        self.drive(table.LEVELS)

    def test_userinfo(self):
        self.drive(table.USERINFO)


class IssPromised(Misbehaving):
    options = {**Misbehaving.options, "sim": ["--iss-parameter"]}

    def test_callback(self):
        self.drive(table.ISS_PROMISED)


class LeastAal2(Misbehaving):
    options = {**Misbehaving.options, "provider": {"acr_values": "AAL2_OR_AAL3_ANY"},
               "grants": [grant("op1", operators=[ONE_ROLE], min_aal=2)]}

    def test_levels(self):
        self.drive(table.LEVELS_LEAST_2)


class SignedUserinfo(Misbehaving):
    options = {**Misbehaving.options, "provider": {"userinfo_signed": True}, "sim": ["--sign-userinfo"]}

    def test_userinfo(self):
        self.drive(table.SIGNED_USERINFO)


class ByRole(Misbehaving):
    options = {**Misbehaving.options,
               "grants": [grant("op1", roles=["S8001:G8002:R8008"], orgs=["RX1"], activities=["B0062"])]}

    def test_roles(self):
        self.drive(table.BY_ROLE)


class ClientSecretBasic(Misbehaving):
    options = {**Misbehaving.options, "client_auth": "client_secret_basic"}

    def test_token_request(self):
        self.drive(table.CLIENT_SECRET["client_secret_basic"])


class ClientSecretPost(Misbehaving):
    options = {**Misbehaving.options, "client_auth": "client_secret_post"}

    def test_token_request(self):
        self.drive(table.CLIENT_SECRET["client_secret_post"])


class Restarting(Misbehaving):
    """Rows about what the broker keeps: it starts anew for each, and once more for the honest login."""

    def row(self, row):
        self.restart(None if row.later else row)
        self.behave(row)
        self.login_ends_as(row)
        self.restart()
        self.login_ends_as(table.accepted("honest"))

    def restart(self, row=None):
        """A broker that has asked the provider once, while it did what this row says."""
        self.stack.broker.stop()
        self.behave(row)
        self.stack.start_broker(ready=False)
        self.stack.broker.says(r"cis2-brokerd: ready")
        eventually(lambda: self.stack.status()["front"] == "connected", "the front is connected")
        away = row is not None and not row.page
        self.stack.provider_is("away" if away else "present")
        if away:
            self.stack.broker.says(re.escape(row.log))


class Documents(Restarting):
    # Halves, so that no test takes too long on a slow machine.

    def test_discovery_1(self):
        self.drive(table.DISCOVERY[::2])

    def test_discovery_2(self):
        self.drive(table.DISCOVERY[1::2])

    def test_keys_1(self):
        self.drive(table.KEYS[::2])

    def test_keys_2(self):
        self.drive(table.KEYS[1::2])


class Hanging(Restarting):
    options = {**Misbehaving.options, "provider": {"timeout": "2s"}}

    def test_answers_that_never_come(self):
        self.drive(table.HANGING)
