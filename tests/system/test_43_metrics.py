"""Goal: Prometheus reads what happened, of this host alone, and learns nobody's name."""

import grp
import http.client
import os
import re
import socket
import stat

from harness.passed import PassedSockets
from harness.process import eventually
from harness.scenario import Scenario
from prometheus_client.parser import text_string_to_metric_families

PORT = 9488
SOCKET = "/run/cis2-broker/metrics.sock"
DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/metrics.md")
ALICE = "this-is-nobody"


class LocalConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.connect(self.host)


class Metrics(Scenario):
    options = {"metrics": {"listen": f"127.0.0.1:{PORT}"}}

    def _ask(self, path="/metrics", method="GET", connection=None):
        connection = connection or http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def _text(self):
        status, headers, text = self._ask()
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        return text

    def _families(self):
        """Read by the parser of Prometheus' own client, which refuses what is not its format."""
        return list(text_string_to_metric_families(self._text()))

    def _value(self, name, **labels):
        """The sum of the samples with these labels; None if there is none."""
        found = [sample.value for family in self._families() for sample in family.samples
                 if sample.name == name and labels.items() <= sample.labels.items()]
        return sum(found) if found else None


class Scrape(Metrics):
    def test_logins_are_counted_with_their_time(self):
        waiting = self.stack.ssh("op2")
        waiting.sees_login()
        self.allowed(self.stack.ssh("op1"))
        refused = self.stack.ssh("op1")
        self.signed_in(refused, "aal2")
        closed = self.stack.ssh("op1")
        closed.sees_login()
        closed.close()
        self.outcome(outcome="cancelled")

        self.assertEqual(self._value("cis2_logins_started_total", service="sshd"), 4)
        self.assertEqual(self._value("cis2_logins_total"), 3)
        for outcome, reason in (("allowed", "none"), ("refused", "levels.aal_too_low"), ("cancelled", "login.cancelled")):
            self.assertEqual(self._value("cis2_logins_total", service="sshd", outcome=outcome, reason=reason), 1, outcome)
            self.assertEqual(self._value("cis2_login_seconds_count", outcome=outcome), 1, outcome)
        self.assertEqual(self._value("cis2_provider_exchange_seconds_count", result="succeeded"), 2)
        # The login that still waits has left none.
        for phase, count in (("waiting", 3), ("continued", 2), ("checking", 2), ("code", 1), ("recording", 1)):
            self.assertEqual(self._value("cis2_login_phase_seconds_count", phase=phase), count, phase)
        self.assertEqual(self._value("cis2_logins_pending", phase="waiting"), 1)
        self.assertEqual(self._value("cis2_logins_pending"), 1)
        self.assertEqual(self._value("cis2_audit_events_total", event="login.outcome"), 3)
        self.assertEqual(self._value("cis2_audit_write_failures_total"), 0)

    def test_an_administrators_cancellation_and_alarms_are_counted(self):
        terminal = self.stack.ssh("op1")
        terminal.sees_login()
        self.stack.ctl("cancel", "--all")
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.open(terminal.sees_login())
        browser.submit("not-me")
        self.outcome(reason="login.not_me")
        self.assertEqual(self._value("cis2_logins_total", reason="login.cancelled_by_administrator"), 1)
        self.assertEqual(self._value("cis2_audit_events_total", event="login.not_me"), 1)

    def test_the_provider_away(self):
        self.assertEqual(self._value("cis2_provider_up"), 1)
        self.assertGreaterEqual(self._value("cis2_provider_keys"), 1)
        self.assertGreater(self._value("cis2_provider_fetched_time_seconds"), self._value("cis2_start_time_seconds") - 1)
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.to_provider(terminal.sees_login())
        callback = browser.submit("as-one-role", follow=False).header("location")
        self.stack.collect_secrets()
        self.stack.sim.program.stop()
        browser.open(callback)  # the exchange fails, and has the broker look at the provider
        self.assertEqual(self._value("cis2_provider_exchange_seconds_count", result="failed"), 1)
        eventually(lambda: self._value("cis2_provider_up") == 0, "the provider is away", 20)
        self.assertEqual(self.stack.ssh("op1").ends(), 255)
        turned_away = len(self.stack.audit.outcomes(outcome="unavailable", reason="provider.not_ready"))
        self.assertGreater(turned_away, 0)
        self.assertEqual(self._value("cis2_logins_total", outcome="unavailable", reason="provider.not_ready"), turned_away)

    def test_every_metric_is_documented_and_no_other(self):
        with open(DOCUMENT, encoding="utf-8") as document:
            documented = dict(re.findall(r"^\| `(cis2_\w+)` \| (\w+) \|", document.read(), re.M))
        self.allowed(self.stack.ssh("op1"))
        self.stack.browser().open(self.stack.public_url + "/l/BBBB-BBBB")
        served = {family.name + ("_total" if family.type == "counter" else ""): family.type for family in self._families()}
        self.assertEqual(served, documented)
        self.assertEqual(self._value("cis2_pages_refused_total", reason="browser.unknown_code"), 1)

    def test_nobodys_name_is_told(self):
        terminal = self.stack.ssh(ALICE)
        self.signed_in(terminal)
        text = self._text()
        event = self.outcome(outcome="refused")
        for told in (ALICE, "op1", "127.0.0.1", event["sub"], event["reference"], event["login_id"], "server-a"):
            self.assertNotIn(told, text)

    def test_nothing_else_is_answered(self):
        for path in ("/", "/healthz", "/l/BBBB-BBBB", "/metrics/", "//metrics"):
            self.assertIn(self._ask(path)[0], (400, 404), path)
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            self.assertEqual(self._ask(method=method)[0], 405, method)
        self.assertEqual(self._ask(method="HEAD")[2], "")

    def test_certificate_and_key_have_their_times(self):
        self.assertGreater(self._value("cis2_page_certificate_expiry_time_seconds"), self._value("cis2_start_time_seconds"))
        made = os.stat(self.stack.settings["provider"]["client_key"]).st_mtime
        self.assertEqual(self._value("cis2_client_key_time_seconds"), int(made))


class Off(Metrics):
    options = {}

    def test_nobody_listens_by_default(self):
        with self.assertRaises(ConnectionRefusedError):
            self._ask()


class AtASocket(Metrics):
    options = {"metrics": {"listen": SOCKET}}

    def test_root_and_the_group_read_there(self):
        made = os.stat(SOCKET)
        self.assertEqual(stat.S_IMODE(made.st_mode), 0o660)
        self.assertEqual((made.st_uid, grp.getgrgid(made.st_gid).gr_name), (0, "_cis2-broker"))
        status, _, text = self._ask(connection=LocalConnection(SOCKET))
        self.assertEqual(status, 200)
        self.assertIn("cis2_build_info{", text)


class Passed(Metrics):
    options = {"metrics": {"listen": f"127.0.0.1:{PORT}"}}
    parts = ("syslog", "sim")

    def test_a_socket_of_systemd_wins(self):
        PassedSockets(self.stack, more=[f"metrics={SOCKET}"])
        self.assertEqual(self._ask(connection=LocalConnection(SOCKET))[0], 200)
        with self.assertRaises(ConnectionRefusedError):
            self._ask()
