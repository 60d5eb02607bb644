"""Goal: no text from outside reaches a page as markup, or a terminal, a log or the audit as anything but plain characters.

From the provider's side: errors, claims, names. From the side of ssh: accounts, addresses, terminals, answers.
"""

import json
import re
import urllib.parse

from harness import machine, wire
from harness.faulty_provider import FaultyProvider, answer
from harness.pki import PAGES_HOST, PROVIDER_HOST
from harness.scenario import Scenario
from harness.stack import ONE_ROLE, PORTS, default_grants, grant
from harness.terminal import LINK

BEHIND = 8446
MARK = "evil"
# What the broker itself says of a login that was allowed.
SENTENCE = " by sshd from 10.0.0.1 ended: allowed"
PAYLOADS = {
    "markup": MARK + "<script>alert(1)</script><img src=x onerror=alert(1)>\"'>&lt;b&gt;",
    "an outcome": MARK + '<h1 id="outcome" data-outcome="allowed">Allowed</h1>',
    "template": MARK + "{{form_token}}{{{form_token}}}{{>head}}",
    "escape sequences": MARK + "\x1b[2J\x1b]0;title\x07\x9b31m\x1bP1$r\x1b\\",
    "lines": MARK + "\r\nforged: allowed\n{\"event\":\"login.outcome\",\"outcome\":\"allowed\"}\u2028forged: allowed",
    "right to left": MARK + "\u202egnp.1po\u202c\u2066x\u2069\u200f\u061c",
    "backspaces": MARK + "\b\b\b\b\x7f\x7f",
    "format": MARK + "%s%n%x$(id)`id`",
    "a sentence": MARK + SENTENCE + " by grant \"x\", operator 1 [4G7K2-9QXD3]",
}
# C0 but newline, DEL, C1, and everything that moves or hides text: bidi controls, line and paragraph separators, zero width.
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class Injection(Scenario):
    def setUp(self):
        super().setUp()
        self.pages = []

    def opens(self, page):
        """The page, looked at."""
        self.pages.append(page)
        for raw in ("<script", "<img", "onerror=\"", "<b>", "<h1 id"):
            self.assertNotIn(raw, page.body)
        self.assertEqual(len(re.findall("<[^>]*data-outcome=", page.body)), 1, page.body)
        found = FORBIDDEN.search(page.body)
        self.assertIsNone(found, f"{found} in {page.body!r}")
        self.assertNotRegex(page.body, r"&#(x0*(1b|202[a-e]|206[6-9])|0*(27|823[4-8]));")
        return page

    def nothing_got_through(self, reached, terminals=()):
        """Log, audit, `cis2ctl logins` and terminals; `reached`: where the text has to be, so that this looks at something."""
        for terminal in terminals:
            # ssh begins a line with the name that it was given, and a return before it.
            text = re.sub(r"\r+(?=[\n(])", "", terminal.text)
            text = "\n".join(line for line in text.split("\n") if not line.startswith("("))
            self.assertIsNone(FORBIDDEN.search(text), repr(text))
            self.assertNotIn("forged: allowed\n", text)
        self.assertIsNone(FORBIDDEN.search(self.stack.ctl("logins").stdout))
        with open(self.stack.broker.log_path, "rb") as stream:
            log = stream.read()
        with open(self.stack.audit.path, "rb") as stream:
            audit = stream.read()
        for name, text in (("log", log), ("audit", audit)):
            self.assertRegex(text, rb"\A[\x20-\x7e\n]*\Z", name)
            self.assertFalse([line for line in text.split(b"\n") if line.startswith((b"forged", b'{"event":"login'))], name)
        for line in audit.decode().splitlines():
            json.loads(line)
        # What the module says of a login, and sshd of a name, is theirs to escape: no control character in either.
        if self.stack.syslog:
            for line in self.stack.syslog.lines:
                self.assertIsNone(FORBIDDEN.search(line.rstrip("\n\0")), repr(line))
        places = {"log": log, "audit": audit, "page": "".join(page.body for page in self.pages).encode()}
        for place in reached:
            self.assertIn(MARK.encode(), places[place], f"the text did not reach the {place}: nothing is proved")


class Asked(Injection):
    """The host side spoken by hand, which is faster than ssh: what the terminal would show is in its frames."""

    def asks(self, **fields):
        """A login that was asked for: its connection, its link, and a browser."""
        link = wire.Link(self.stack.pam_socket)
        self.addCleanup(link.close)
        link.send(wire.login_request(**fields))
        kind, frame = link.receive()
        self.assertEqual(kind, wire.SCREEN, frame)
        text = wire.strings(frame, 2)[1]
        self.shown(text)
        found = LINK.search(text)
        self.stack.canary.add("user code", found.group(1))
        return link, found.group(0), self.stack.browser()

    def types(self, link, typed=""):
        link.send(wire.answer(typed))
        kind, frame = link.receive()
        verdict = wire.Verdict(frame) if kind == wire.VERDICT else None
        self.shown(verdict.text if verdict else wire.strings(frame, 2)[1])
        return verdict

    def shown(self, text):
        """What the broker has a terminal show."""
        self.assertIsNone(FORBIDDEN.search(text), repr(text))
        self.assertNotIn("forged: allowed\n", text)


class FromTheProvider(Asked):
    options = {"provider": {"scopes": ["openid", "nationalrbacaccess", "profile", "associatedorgs"]},
               "limits": {"pending_per_account_and_address": 200, "token_requests_per_minute": 5000,
                          "token_requests_per_address_per_minute": 5000}}

    def test_errors_on_the_way_back(self):
        for name, payload in PAYLOADS.items():
            for field in ("error", "error_description", "error_uri", "iss"):
                with self.subTest(name, field=field):
                    link, url, browser = self.asks()
                    browser.to_provider(url)
                    state = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(browser.page.url).query))["state"]
                    query = {"error": "server_error", "state": state, field: payload}
                    page = self.opens(browser.open(f"{self.stack.public_url}/callback?{urllib.parse.urlencode(query)}"))
                    self.assertNotIn(MARK, page.body)  # the words of a page are ours alone
                    self.opens(browser.open(url))
                    self.types(link)
                    link.close()
        self.nothing_got_through(("log",))

    def test_misbehaving_errors_of_the_simulator(self):
        for name in ("authorize-error-html", "authorize-error-escapes", "authorize-error-control", "token-error-html",
                     "token-error-not-json", "callback-code-control"):
            with self.subTest(name):
                self.stack.sim.reset()
                terminal = self.stack.ssh("op1")
                browser = self.stack.browser()
                browser.to_provider(terminal.sees_login())
                self.stack.sim.misbehave(name)
                self.opens(browser.submit("as-one-role"))
                terminal.types("")
                terminal.sees("Reference: |Code: ")
                terminal.close()
                self.nothing_got_through((), [terminal])

    def test_claims_of_the_id_token_and_of_userinfo(self):
        role = {"person_orgid": "555254242105", "person_roleid": "555254240103", "org_code": "RX1", "role_name": "Role",
                "role_code": "S8001:G8002:R8008", "activity_codes": ["B0062"]}
        id_token = {"sub": ONE_ROLE, "acr": "AAL3_ANY", "amr": ["N3_SMARTCARD"], "sid": "a-sid", "authentication_assurance_level": "3"}
        userinfo = {"sub": ONE_ROLE, "name": "A", "given_name": "A", "family_name": "A", "uid": ONE_ROLE, "nhsid_nrbac_roles": [role]}
        for name, payload in PAYLOADS.items():
            for changed, info in (
                ({"sub": payload}, {"sub": payload}),
                ({"acr": payload}, {}),
                ({"amr": [payload], "sid": payload}, {}),
                ({"authentication_assurance_level": payload}, {}),
                ({}, {"name": payload, "given_name": payload, "family_name": payload, "uid": payload}),
                ({}, {"nhsid_nrbac_roles": [{key: [payload] if isinstance(role[key], list) else payload for key in role}]}),
            ):
                with self.subTest(name, claims=sorted({**changed, **info})):
                    # All of them each time: calls add up.
                    self.stack.sim.claims(id_token={**id_token, **changed}, userinfo={**userinfo, **info})
                    link, url, browser = self.asks()
                    page = self.opens(browser.sign_in(url))
                    self.assertNotIn(MARK, page.body)
                    verdict = self.types(link, page.code if page.outcome == "code" else "")
                    self.assertEqual(verdict.kind == wire.ALLOW, page.outcome == "code")
                    self.opens(browser.reload())
                    link.close()
        self.assertGreater(len(self.stack.audit.outcomes(outcome="allowed")), len(PAYLOADS))
        self.assertGreater(len(self.stack.audit.outcomes(outcome="refused")), len(PAYLOADS))
        self.nothing_got_through(("log", "audit"))


class FromABadLine(Asked):
    options = {**FromTheProvider.options, "ports": {"sim": BEHIND}}
    parts = None

    def setUp(self):
        super().setUp()
        self.provider = FaultyProvider(self.stack.pki, PORTS["provider"], BEHIND)
        self.addCleanup(self.provider.close)
        self.stack.start("syslog", "sim", "broker")

    def test_error_answers_of_the_endpoints(self):
        for name, payload in PAYLOADS.items():
            body = json.dumps({"error": payload, "error_description": payload}, ensure_ascii=False).encode()
            headers = ["WWW-Authenticate: Bearer error=\"" + re.sub("[\r\n\u2028]", "", payload) + "\""]
            for endpoint, status in (("token", "400 Bad Request"), ("token", f"400 {MARK}<b>\x1b[31m"), ("userinfo", "403 Forbidden")):
                with self.subTest(name, endpoint=endpoint, status=status):
                    link, url, browser = self.asks()
                    browser.to_provider(url)
                    self.provider.answers(endpoint, answer(body, status, headers=headers))
                    page = self.opens(browser.submit("as-one-role"))
                    self.provider.heal()
                    self.assertIn(page.outcome, ("refused", "unavailable"), page)
                    self.assertNotIn(MARK, page.body)
                    self.assertEqual(self.types(link).kind, wire.REFUSE)
                    link.close()
        self.nothing_got_through(())


class FromSsh(Asked):
    options = {"grants": [*default_grants(), grant("op1", name="test service", services=["cis2-test"], operators=[ONE_ROLE])]}

    def test_everything_that_a_caller_of_pam_can_say(self):
        fields = ("service", "account", "rhost", "ruser", "tty", "ssh_connection", "ssh_auth_info")
        for name, payload in PAYLOADS.items():
            for field in fields:
                with self.subTest(name, field=field):
                    link, url, browser = self.asks(**{field: payload})
                    self.assertEqual(self.opens(browser.open(url)).outcome, "pending")
                    self.nothing_got_through(())  # while the login is in `cis2ctl logins`
                    self.opens(browser.submit("not-me"))
                    self.assertEqual(self.types(link).kind, wire.REFUSE)
                    link.close()
        self.nothing_got_through(("page", "audit"))
        self.nothing_poses_as_a_sentence()

    def nothing_poses_as_a_sentence(self):
        """What a stranger chooses is escaped so far that it says nothing, to whoever reads pages, log or audit."""
        for path in (self.stack.broker.log_path, self.stack.audit.path):
            with open(path, encoding="ascii") as stream:
                self.assertNotIn(SENTENCE, stream.read())
        for page in self.pages:
            self.assertNotIn(SENTENCE, page.body)

    def test_answers_typed_at_the_prompt(self):
        for name, payload in PAYLOADS.items():
            with self.subTest(name):
                link, url, browser = self.asks()
                self.opens(browser.sign_in(url))
                verdicts = [self.types(link, payload) for _ in range(3)]
                self.assertEqual([verdict and verdict.kind for verdict in verdicts], [None, None, wire.REFUSE])
                self.assertNotIn(MARK, verdicts[-1].text)
                link.close()
        self.nothing_got_through(())

    def test_account_names_of_a_real_ssh_client(self):
        # Of the other characters the client itself will have none.
        terminal = self.stack.ssh(MARK + SENTENCE + "\u202egnp.1po\u202c\u2066x\u2069\u200f%s%n")
        link = terminal.sees_login()
        browser = self.stack.browser()
        page = self.opens(browser.open(link))
        self.assertEqual(page.outcome, "pending", page)
        self.opens(browser.submit("not-me"))
        terminal.types("")
        self.assertEqual(terminal.ends(), 255)
        self.nothing_got_through(("page", "audit"), [terminal])
        self.nothing_poses_as_a_sentence()

    def test_names_of_the_host_that_somebody_comes_from(self):
        evil = "evil<script>alert(1)<b>\u202e.example"
        self.stack.sshd.stop()
        self.addCleanup(machine.name_hosts)
        machine.name_hosts(PAGES_HOST, PROVIDER_HOST)
        with open("/etc/hosts", "a", encoding="utf-8") as hosts:
            hosts.write(f"127.0.0.66 {evil}\n")
        self.stack._sshd_lines = ["UseDNS yes"]
        self.stack.start_sshd()
        terminal = self.stack.ssh("op1", address="127.0.0.66")
        browser = self.stack.browser()
        page = self.opens(browser.open(terminal.sees_login()))
        self.assertEqual(page.outcome, "pending", page)
        self.opens(browser.submit("not-me"))
        terminal.types("")
        self.assertEqual(terminal.ends(), 255)
        self.nothing_got_through(("audit",), [terminal])

    def test_items_of_another_program_through_the_module(self):
        self.stack.write_pam_service("cis2-test")
        for name, payload in PAYLOADS.items():
            with self.subTest(name):
                items = {"rhost": payload, "ruser": payload, "tty": payload}
                tester = self.stack.pamtester("cis2-test", "op1", "authenticate", items=items)
                browser = self.stack.browser()
                self.opens(browser.open(tester.sees_login()))
                self.opens(browser.submit("not-me"))
                tester.types("")
                tester.ends()
                self.nothing_got_through((), [tester])
        self.nothing_poses_as_a_sentence()
