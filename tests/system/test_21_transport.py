"""Goal: whatever the line to the provider does, a login ends in time, with the right reason, and the next one works."""

import concurrent.futures
import contextlib
import re
import socket

from harness import wire
from harness.audit import Audit
from harness.faulty_provider import ANSWER_FAULTS, FAULTS, LINE_FAULTS, FaultyProvider
from harness.pki import PAGES_HOST
from harness.process import eventually
from harness.scenario import Scenario
from harness.stack import ONE_ROLE, PORTS, free_ports, grant
from harness.terminal import LINK

BEHIND = 8446
TIMEOUT = 1  # [provider] timeout, the least there is
MARGIN = 15  # a slow machine is no fault; a login lives far longer
MAX_GROWTH_KIB = 32 * 1024
AT_ONCE = 8

# What arrived whole and is not what was asked for; everything else is a provider that cannot be reached.
MALFORMED = ("redirect-302", "redirect-307", "redirect-308", "redirect-to-itself", "wrong-type", "captive-portal", "empty-body",
             "array", "invalid-utf8", "duplicate-names", "deep-arrays", "deep-objects", "many-values")


@contextlib.contextmanager
def replaced(path, text):
    """A file of the throwaway machine with another text."""
    with open(path) as source:
        before = source.read()
    try:
        with open(path, "w") as out:
            out.write(text)
        yield
    finally:
        with open(path, "w") as out:
            out.write(before)


class Transport(Scenario):
    options = {
        "provider": {"timeout": f"{TIMEOUT}s"},
        "limits": {"token_requests_per_minute": 5000, "token_requests_per_address_per_minute": 5000,
                   "pending_per_account_and_address": 50, "provider_workers": 2 * AT_ONCE},
        "grants": [grant("op1", operators=[ONE_ROLE])],
        "ports": {"sim": BEHIND},
    }
    parts = None

    def setUp(self):
        super().setUp()
        self.provider = FaultyProvider(self.stack.pki, PORTS["provider"], BEHIND)
        self.addCleanup(self.provider.close)
        self.stack.start("syslog", "sim")

    # --- a login, the host side spoken by hand

    def asks_for_login(self, path=None):
        """The link to the broker and its first frame."""
        link = wire.Link(path or self.stack.pam_socket)
        self.addCleanup(link.close)
        link.send(wire.login_request())
        return link, link.receive()

    def begins(self):
        """A login that has come as far as the way back from the provider: link, browser, callback."""
        link, (kind, payload) = self.asks_for_login()
        self.assertEqual(kind, wire.SCREEN)
        browser = self.stack.browser()
        browser.to_provider(LINK.search(payload.decode("utf-8", "replace")).group(0))
        return link, browser, browser.submit("as-one-role", follow=False).header("location")

    def decided(self, browser, callback):
        """The page once the broker has made up its mind."""
        browser.open(callback)
        eventually(lambda: browser.page.outcome != "checking" or browser.reload().outcome != "checking", "a decision",
                   2 * TIMEOUT + MARGIN, pause=0.1)
        return browser.page

    def verdict(self, link, typed=""):
        link.send(wire.answer(typed))
        kind, payload = link.receive()
        self.assertEqual(kind, wire.VERDICT)
        return wire.Verdict(payload)

    def honest_login(self):
        link, browser, callback = self.begins()
        page = self.decided(browser, callback)
        self.assertEqual(page.outcome, "code", page)
        verdict = self.verdict(link, page.code)
        self.assertEqual(verdict.kind, wire.ALLOW, verdict.text)
        link.close()

    def faulty_login(self, fault, endpoint, outcome, reason):
        link, browser, callback = self.begins()
        self.provider.fault(fault, endpoint)
        try:
            page = self.decided(browser, callback)
        finally:
            self.provider.heal()
        self.assertEqual(page.outcome, outcome, page)
        verdict = self.verdict(link)
        self.assertEqual(verdict.kind, wire.REFUSE)
        link.close()
        event = self.outcome(MARGIN, reference=verdict.reference)  # only an allow waits for the audit
        self.assertEqual((event["outcome"], event["reason"]), (outcome, reason))
        self.assertEqual(len(self.stack.audit.outcomes(reference=verdict.reference)), 1)


class DuringALogin(Transport):
    def setUp(self):
        super().setUp()
        self.stack.start_broker()
        self.honest_login()

    def _table(self, endpoint, faults):
        asked = len(self.provider.times(endpoint))
        for fault in faults:
            with self.subTest(fault, endpoint=endpoint):
                outcome, reason = ("refused", endpoint + ".malformed") if fault in MALFORMED else (
                    "unavailable", "provider.unavailable")
                self.faulty_login(fault, endpoint, outcome, reason)
                self.honest_login()
                # Sent once, whatever became of it, and no redirect followed: a code and a token are for one request.
                reached = 0 if fault in LINE_FAULTS else 1
                self.assertEqual(len(self.provider.times(endpoint)) - asked, reached + 1)
            asked = len(self.provider.times(endpoint))

    def test_the_line_at_the_token_endpoint(self):
        self._table("token", LINE_FAULTS)

    def test_answers_of_the_token_endpoint(self):
        self._table("token", ANSWER_FAULTS)

    def test_the_line_at_userinfo(self):
        self._table("userinfo", LINE_FAULTS)

    def test_answers_of_userinfo(self):
        self._table("userinfo", ANSWER_FAULTS)

    def test_a_name_server_that_says_nothing(self):
        link, browser, callback = self.begins()
        silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.1", 53))
        with replaced("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:30 attempts:2\n"), \
                replaced("/etc/hosts", f"127.0.0.1 localhost {PAGES_HOST}\n"):
            # libc would ask for a minute; the login is over when [provider] timeout is.
            page = self.decided(browser, callback)
        self.assertEqual(page.outcome, "unavailable", page)
        self.assertEqual(self.verdict(link).kind, wire.REFUSE)
        self.assertEqual(self.provider.times("token")[1:], [])
        self.stack.provider_is("present", timeout=10 + MARGIN)
        self.honest_login()

    def test_warm_copies_serve_while_discovery_and_keys_are_at_fault(self):
        for endpoint in ("discovery", "jwks"):
            for fault in FAULTS:
                if fault in LINE_FAULTS:
                    continue  # it would strike the token endpoint as well
                with self.subTest(fault, endpoint=endpoint):
                    self.provider.fault(fault, endpoint)
                    self.honest_login()
                    self.provider.heal()

    def _rotated_behind(self, fault, outcome, reason):
        """The simulator starts anew, with new keys that the broker cannot get at."""
        self.stack.collect_secrets()
        self.stack.sim.program.stop()
        self.stack.start_sim()
        asked = len(self.provider.times("jwks"))
        self.faulty_login(fault, "jwks", outcome, reason)
        eventually(lambda: len(self.provider.times("jwks")) > asked + 1, "the broker asks again by itself", 10 + MARGIN)
        self.stack.provider_is("present")
        self.honest_login()

    def test_new_keys_behind_a_broken_line(self):
        self._rotated_behind("reset-in-body", "unavailable", "provider.unavailable")

    def test_new_keys_behind_a_captive_portal(self):
        self._rotated_behind("captive-portal", "refused", "jwks.malformed")

    def test_a_login_under_way_survives_a_failed_refresh(self):
        link, browser, callback = self.begins()
        # A fault at the token endpoint makes the broker look, and what it sees then is no provider.
        self.faulty_login("status-503", "token", "unavailable", "provider.unavailable")
        self.provider.fault("captive-portal", "discovery")
        self.stack.provider_is("away", timeout=10 + MARGIN)
        self.assertEqual(wire.Verdict(self.asks_for_login()[1][1]).kind, wire.UNAVAILABLE)
        page = self.decided(browser, callback)
        self.assertEqual(page.outcome, "code", page)
        self.assertEqual(self.verdict(link, page.code).kind, wire.ALLOW)


class FromTheStart(Transport):
    """Brokers that start while discovery or the keys are at fault. Several side by side, because each pauses before it asks
    again."""

    GROUP = 12

    def _start(self, number, port):
        """A broker with sockets, pages and audit of its own; returns its settings."""
        name = f"broker-{number}"
        settings = {section: dict(keys) for section, keys in self.stack.settings.items()}
        settings["host"].update(socket=f"/run/cis2-broker/{name}.pam",
                                control_socket=f"/run/cis2-broker/{name}.control")
        settings["web"]["listen"] = [f"127.0.0.1:{port}"]
        settings["audit"]["file"] = self.stack.path(f"state/audit-{number}.jsonl")
        path = self.stack.write_config(settings=settings, name=name + ".toml")
        self.stack.start_broker(ready=False, config=path).says("cis2-brokerd: ready")
        return settings

    @staticmethod
    def _state(settings):
        return wire.control(settings["host"]["control_socket"], {"command": "status"})["result"]["provider"]["state"]

    def _group(self, faults, endpoint, first):
        brokers = []
        for number, (fault, port) in enumerate(zip(faults, free_ports(len(faults))), first):
            with self.subTest(fault, endpoint=endpoint):
                self.provider.heal()
                self.provider.fault(fault, endpoint)
                settings = self._start(number, port)
                brokers.append((fault, settings))
                eventually(lambda: self._state(settings) == "away", "it knows that the provider is away", 2 * TIMEOUT + MARGIN)
                kind, payload = self.asks_for_login(settings["host"]["socket"])[1]
                self.assertEqual(kind, wire.VERDICT, "a link was shown that nobody could follow")
                self.assertEqual(wire.Verdict(payload).kind, wire.UNAVAILABLE)
                event = Audit(settings["audit"]["file"]).waits_for_outcome()
                self.assertEqual((event["outcome"], event["reason"]), ("unavailable", "provider.not_ready"))
        self.provider.heal()
        for fault, settings in brokers:
            with self.subTest("recovers", fault=fault, endpoint=endpoint):
                eventually(lambda: self._state(settings) == "present", "it sees the provider by itself", 30 + MARGIN)
                self.assertEqual(self.asks_for_login(settings["host"]["socket"])[1][0], wire.SCREEN)
        for program in [each for each in self.stack.programs if each.name.startswith("broker")]:
            self.assertEqual(program.stop(), 0)

    def _table(self, endpoint):
        for first in range(0, len(FAULTS), self.GROUP):
            self._group(FAULTS[first:first + self.GROUP], endpoint, first)

    def test_discovery(self):
        self._table("discovery")

    def test_keys(self):
        self._table("jwks")

    def test_a_provider_that_is_busy_is_not_hammered(self):
        self.provider.fault("status-429", "discovery")
        self.stack.start_broker(ready=False).says("cis2-brokerd: ready")
        self.stack.provider_is("away")
        for _ in range(40):
            self.assertEqual(wire.Verdict(self.asks_for_login()[1][1]).kind, wire.UNAVAILABLE)
        eventually(lambda: len(self.provider.times("discovery")) > 1, "it asks again", 5 + MARGIN)
        first, second = self.provider.times("discovery")
        self.assertGreater(second - first, 4.5)
        self.provider.heal()
        self.stack.provider_is("present", timeout=30 + MARGIN)


class Memory(Transport):
    """The peak of the broker's memory over every fault, alone and several at once."""

    def setUp(self):
        super().setUp()
        self.stack.start_broker()

    def _kib(self, name):
        with open(f"/proc/{self.stack.broker.pid}/status") as status:
            return int(re.search(rf"^{name}:\s+(\d+) kB$", status.read(), re.MULTILINE).group(1))

    def _reset_peak(self):
        with open(f"/proc/{self.stack.broker.pid}/clear_refs", "w") as out:
            out.write("5")

    def _sanitized(self):
        with open(f"/proc/{self.stack.broker.pid}/maps") as maps:
            return "libasan" in maps.read()

    def _at_once(self, fault, endpoint):
        logins = [self.begins() for _ in range(AT_ONCE)]
        self.provider.fault(fault, endpoint)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            pages = list(pool.map(lambda login: self.decided(login[1], login[2]), logins))
        self.provider.heal()
        for (link, _, _), page in zip(logins, pages):
            self.assertIn(page.outcome, ("refused", "unavailable"), page)
            self.assertEqual(self.verdict(link).kind, wire.REFUSE)

    def test_every_fault_stays_within_32_mib(self):
        for _ in range(3):
            self.honest_login()
        idle = self._kib("VmRSS")
        self._reset_peak()
        peaks = {}
        for endpoint in ("token", "userinfo"):
            for fault in ANSWER_FAULTS:
                link, browser, callback = self.begins()
                self.provider.fault(fault, endpoint)
                self.decided(browser, callback)
                self.provider.heal()
                self.verdict(link)
            peaks[f"{endpoint}, one at a time"] = self._kib("VmHWM")
            for fault in ("large-with-length", "large-without-length", "gzip-bomb", "transfer-gzip-bomb", "deep-arrays",
                          "deep-objects", "many-values"):
                self._reset_peak()
                self._at_once(fault, endpoint)
                peaks[f"{endpoint}, {AT_ONCE} times {fault}"] = self._kib("VmHWM")
        worst = max(peaks, key=peaks.get)
        print(f"    broker: idle {idle} KiB, peak {peaks[worst]} KiB ({worst}), "
              f"{peaks[worst] - idle} KiB more, {MAX_GROWTH_KIB} allowed", flush=True)
        if not self._sanitized():  # a sanitizer keeps what was freed
            self.assertLessEqual(peaks[worst] - idle, MAX_GROWTH_KIB, peaks)
        self.honest_login()
