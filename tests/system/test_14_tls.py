"""Goal: TLS 1.2 and 1.3 only, four suites, the right name, in both directions."""

import socket
import ssl
import subprocess
import threading

from harness.pki import PAGES_HOST, PROVIDER_HOST, RSA_2048
from harness.scenario import Scenario

GOOD_SUITES = ("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256")
GOOD_SUITES_RSA = ("ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256")
BAD_SUITES = ("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-CCM8",
              "ECDHE-ECDSA-AES256-CCM")
BAD_SUITES_RSA = ("AES256-GCM-SHA384", "DHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-SHA384", "ECDHE-RSA-CHACHA20-POLY1305",
                  "AES128-SHA")


class PagesTls(Scenario):
    parts = ("syslog", "sim", "broker")
    good, bad = GOOD_SUITES, BAD_SUITES

    def _connects(self, *arguments):
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{self.stack.ports['pages']}", "-servername", PAGES_HOST,
             "-CAfile", self.stack.pki.ca, "-verify_return_error", "-verify_hostname", PAGES_HOST, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, text=True, errors="replace")
        return done.returncode == 0 and "Verify return code: 0" in done.stdout, done.stdout

    def _accepts(self, wanted, *arguments):
        connected, text = self._connects(*arguments)
        self.assertEqual(connected, wanted, f"{arguments}\n{text}")

    def test_versions(self):
        self._accepts(True, "-tls1_3")
        self._accepts(True, "-tls1_2")
        # SECLEVEL 0, so that it is the server who refuses.
        self._accepts(False, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
        self._accepts(False, "-tls1", "-cipher", "ALL:@SECLEVEL=0")

    def test_suites_of_1_2(self):
        for suite in self.good:
            self._accepts(True, "-tls1_2", "-cipher", suite)
        for suite in self.bad:
            self._accepts(False, "-tls1_2", "-cipher", suite + ":@SECLEVEL=0")

    def test_no_plain_http(self):
        with socket.create_connection(("127.0.0.1", self.stack.ports["pages"]), timeout=10) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            plain.settimeout(10)
            try:
                self.assertNotIn(b"200 OK", plain.recv(4096))
            except ConnectionResetError:
                pass

    def test_a_client_that_says_nothing_is_not_waited_for_for_ever(self):
        silent = [socket.create_connection(("127.0.0.1", self.stack.ports["pages"]), timeout=10) for _ in range(50)]
        for each in silent:
            self.addCleanup(each.close)
        self.assertEqual(self.stack.browser().open(self.stack.public_url + "/healthz").status, 200)


class PagesTlsRsa(PagesTls):
    """The same with an RSA certificate, and so with the other two suites."""

    good, bad = GOOD_SUITES_RSA, BAD_SUITES_RSA

    def make_stack(self, **options):
        stack = super().make_stack(**options)
        cert, key = stack.pki.server_certificate("web-rsa", PAGES_HOST, kind=RSA_2048)
        stack.settings["web"].update(certificate=cert, certificate_key=key)
        return stack


class ProviderTls(Scenario):
    """What the broker asks of the provider. Each bad provider is away, and a login is refused before any link."""

    parts = None

    def _context(self, cert, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        return context

    def _handshakes(self, context):
        with FakeProvider(self.stack.ports["provider"], context) as provider:
            self.stack.start_broker(ready=False)
            self.stack.broker.says("cis2-brokerd: ready")
            self.stack.provider_is("away", timeout=20)
            return provider.results

    def test_a_certificate_of_another_name(self):
        pair = self.stack.pki.server_certificate("other", "other.sim-cis2.test")
        self.assertNotIn("request", self._handshakes(self._context(*pair)))

    def test_a_certificate_of_another_ca(self):
        self.stack.pki.make_ca("stranger")
        pair = self.stack.pki.server_certificate("stranger-sim", PROVIDER_HOST, ca="stranger")
        self.assertNotIn("request", self._handshakes(self._context(*pair)))

    def test_a_certificate_that_is_over(self):
        pair = self.stack.pki.server_certificate("over", PROVIDER_HOST, days="-1")
        self.assertNotIn("request", self._handshakes(self._context(*pair)))

    def test_an_old_version(self):
        context = self._context(self.stack.pki.sim_cert, self.stack.pki.sim_key)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        self.assertNotIn("request", self._handshakes(context))

    def test_a_suite_that_is_not_on_the_list(self):
        context = self._context(self.stack.pki.sim_cert, self.stack.pki.sim_key)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-SHA384")
        self.assertNotIn("request", self._handshakes(context))

    def test_the_suites_on_the_list(self):
        context = self._context(self.stack.pki.sim_cert, self.stack.pki.sim_key)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        self.assertIn("request", self._handshakes(context))


class FakeProvider:
    """Answers 500 to whatever gets through the handshake."""

    def __init__(self, port, context):
        self.results = []
        self._context = context
        self._sockets = [socket.create_server((host, port), family=family, reuse_port=False)
                         for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6))]
        self._threads = [threading.Thread(target=self._serve, args=(each,), daemon=True) for each in self._sockets]

    def _serve(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(5)
            try:
                with self._context.wrap_socket(connection, server_side=True) as tls:
                    if tls.recv(4096):
                        self.results.append("request")
                        tls.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            except OSError as problem:
                self.results.append(str(problem))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for each in self._sockets:
            each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(6)
