"""Goal: the collector gets every line of the audit, in order, over TLS, and no login waits for it."""

import glob
import json
import os
import re
import socket
import ssl
import threading

from harness.audit import Audit
from harness.pki import PAGES_HOST, PROVIDER_HOST
from harness.process import eventually, run
from harness.scenario import Scenario

EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../conf/rsyslog/cis2-audit.conf")
PORT = 6514


class Collector:
    """Takes RFC 5424 over TLS, each message after its length (RFC 5425)."""

    def __init__(self, certificate, key):
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self.messages = []
        self.tries = 0
        self._listener = None
        self._connections = []

    def start(self):
        self._listener = socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self):
        if self._listener:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        for connection in self._connections:
            connection.close()
        self._connections = []

    def _accept(self, listener):
        while True:
            try:
                raw = listener.accept()[0]
            except OSError:
                return
            self.tries += 1
            try:
                connection = self._tls.wrap_socket(raw, server_side=True)
            except OSError:  # ssl.SSLError is one
                continue
            self._connections.append(connection)
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection):
        try:
            stream = connection.makefile("rb")
            while True:
                length = b""
                while (byte := stream.read(1)) != b" ":
                    if not byte:
                        return
                    length += byte
                self.messages.append(stream.read(int(length)).decode())
        except (OSError, ValueError):
            return


class Collected(Scenario):
    def setUp(self):
        super().setUp()
        self.collector = Collector(self.pki().web_cert, self.pki().web_key)
        self.addCleanup(self.collector.stop)

    def _example(self, name):
        """The example with this collector's name, where this test's files are."""
        with open(EXAMPLE, encoding="utf-8") as example:
            text = example.read()
        for shown, here in (("collector.example.nhs.uk", name), ("/var/lib/cis2-broker/audit.jsonl", self.stack.audit.path),
                            ("/etc/ssl/certs/ca-certificates.crt", self.pki().ca), ('resumeInterval="10"', 'resumeInterval="1"')):
            self.assertIn(shown, text)
            text = text.replace(shown, here)
        return text

    def _start_rsyslog(self, name=PAGES_HOST):
        spool = self.stack.path("spool")
        os.makedirs(spool, exist_ok=True)
        config = self.stack.path("rsyslog.conf")
        with open(config, "w") as out:
            out.write(f'global(workDirectory="{spool}")\n' + self._example(name))
        run(["/usr/sbin/rsyslogd", "-N1", "-f", config])
        return self.stack._program("rsyslogd", ["/usr/sbin/rsyslogd", "-n", "-f", config, "-i", self.stack.path("rsyslog.pid")])

    def _arrived(self):
        """The JSON of every message so far, each checked for its form."""
        events = []
        for message in list(self.collector.messages):
            # 86: facility authpriv (10), severity informational (6).
            found = re.fullmatch(r"<86>1 (\S+) server-a cis2-brokerd - audit - (\{.*\})\n?", message)
            self.assertIsNotNone(found, message)
            events.append(json.loads(found[2]))
        return events

    def _sent(self):
        """The audit, with what was turned over."""
        names = sorted(glob.glob(self.stack.audit.path + ".*")) + [self.stack.audit.path]
        return [event for name in names for event in Audit(name).events()]

    def _has_all(self):
        eventually(lambda: self._arrived() == self._sent(), "the collector has all of it, in order, once", 20)


class ByRsyslog(Collected):
    def test_every_event_arrives_as_it_was_written(self):
        self.collector.start()
        self._start_rsyslog()
        self.allowed(self.stack.ssh("op1"))
        self.signed_in(self.stack.ssh("op1"), "aal2")
        self.outcome(outcome="refused")
        self._has_all()

    def test_while_the_collector_is_away_logins_go_on_and_nothing_is_lost(self):
        self._start_rsyslog()
        self.allowed(self.stack.ssh("op1"))
        self.collector.start()
        # Syslog has no acknowledgement: what was not surely taken is sent again.
        eventually(lambda: list(dict.fromkeys(map(str, self._arrived()))) == list(map(str, self.stack.audit.events())),
                   "the collector has all of it, in order", 20)

    def test_what_was_written_while_rsyslog_was_stopped_arrives_once(self):
        self.collector.start()
        rsyslog = self._start_rsyslog()
        self.allowed(self.stack.ssh("op1"))
        self._has_all()
        rsyslog.stop()
        self.allowed(self.stack.ssh("op1"))
        self._start_rsyslog()
        self._has_all()

    def test_a_collector_of_another_name_gets_nothing(self):
        self.collector.start()
        self._start_rsyslog(name=PROVIDER_HOST)
        self.allowed(self.stack.ssh("op1"))
        eventually(lambda: self.collector.tries >= 2, "rsyslog has tried, and tried again", 20)
        self.assertEqual(self.collector.messages, [])


class TurnedOver(Collected):
    options = {"audit": {"rotate_megabytes": 1}}
    parts = ("syslog", "sim")

    def test_a_file_that_is_turned_over_is_read_to_its_end(self):
        line = json.dumps({"time": "2026-11-23T09:15:02.123Z", "event": "login.uncontinued", "host": "server-a", "count": 1})
        with open(self.stack.audit.path, "w") as audit:
            audit.write((line + "\n") * ((1024 * 1024 - 200) // (len(line) + 1)))
        self.stack.start("broker", "sshd")
        self.collector.start()
        self._start_rsyslog()
        self.allowed(self.stack.ssh("op1"))
        self.allowed(self.stack.ssh("op1"))
        self.assertEqual(len(os.listdir(self.stack.path("state"))), 2)
        self._has_all()
