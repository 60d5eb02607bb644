"""The provider behind a bad line: a TLS proxy at the provider's host and port, in front of a cis2-sim that listens
elsewhere.

    provider = FaultyProvider(pki, port=8444, behind=8446)
    provider.fault("hang-before-answer", "token")     # one of FAULTS, at one of ENDPOINTS
    provider.heal()

Everything passes through honestly but the one fault at the one endpoint. A fault of the line (LINE_FAULTS) strikes before a
request tells its path, so it strikes every connection: at once, or, for an endpoint that is only asked after another one
(AFTER), from that other one's answer on. One request a connection; loopback alone.
"""

import contextlib
import functools
import socket
import ssl
import struct
import threading
import time
import zlib

from .sim import ISSUER_PATH

ENDPOINTS = {
    "discovery": ISSUER_PATH + "/.well-known/openid-configuration",
    "jwks": ISSUER_PATH + "/connect/jwk_uri",
    "token": ISSUER_PATH + "/access_token",
    "userinfo": ISSUER_PATH + "/userinfo",
}
AFTER = {"jwks": "discovery", "userinfo": "token"}

LARGE = 500 * 1000 * 1000
PIECE = b" " * 64 * 1024
ALERT_HANDSHAKE_FAILURE = bytes.fromhex("15030300020228")
CERTIFICATES = {"certificate-expired": "over", "certificate-wrong-name": "other"}
LINE_FAULTS = ("refused", "tls-alert", "tls-close", *CERTIFICATES)


def answer(body=b"", status="200 OK", media="application/json", headers=(), length=None):
    """The bytes of one answer; `length` is what Content-Length claims, False leaves it out."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {media}", *headers, "Connection: close"]
    if length is not False:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Line:
    """One connection of the broker with its request, for a fault to play with."""

    def __init__(self, tls, request, provider):
        self.request = request
        self.send = tls.sendall
        self.port = provider.port
        self._tls = tls
        self._provider = provider

    def honest(self):
        """Head and body of what cis2-sim answers."""
        head, _, body = self._provider.ask(self.request).partition(b"\r\n\r\n")
        return head + b"\r\n\r\n", body

    @property
    def path(self):
        return self.request.split(b" ", 2)[1].decode()

    def reset(self):
        """RST in place of an orderly end."""
        self._tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._tls.close()

    def hang(self):
        """Until the other side gives up."""
        with contextlib.suppress(OSError):
            self._tls.recv(1)

    def forever(self, data, pause=0.0):
        """The same bytes again and again, until the other side gives up."""
        while True:
            self.send(data)
            time.sleep(pause)


# --- the faults


def _reset_in_body(line):
    head, body = line.honest()
    line.send(head + body[:len(body) // 2])
    line.reset()


def _hang_after_headers(line):
    line.send(line.honest()[0])
    line.hang()


def _slow(line):
    head, body = line.honest()
    line.send(head)
    for byte in body:
        line.send(bytes([byte]))
        time.sleep(1)


def _large(line, length):
    line.send(answer(b"{", length=length))
    for _ in range(LARGE // len(PIECE) + 1):
        line.send(PIECE)


@functools.cache
def _bomb(window_bits):
    """Some hundred kilobytes that unpack to a hundred megabytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, window_bits)
    return packer.compress(b" " * 100_000_000) + packer.flush()


def _packed(line, encoding, window_bits):
    line.send(answer(_bomb(window_bits), headers=[f"Content-Encoding: {encoding}"]))


def _packed_in_transfer(line):
    data = _bomb(31)
    line.send(answer(headers=["Transfer-Encoding: gzip, chunked"], length=False))
    line.send(b"%x\r\n" % len(data) + data + b"\r\n0\r\n\r\n")


def _truncated(line):
    body = line.honest()[1]
    line.send(answer(body, length=len(body) + 100))


def _rewritten(line, change):
    """The honest document, changed: only the change can be what is refused."""
    line.send(answer(change(line.honest()[1])))


def _redirect(line, status, host=None):
    target = f"https://{host}:{line.port}{line.path}" if host else line.path
    line.send(answer(status=status, headers=["Location: " + target]))


def _long_header(line):
    line.send(b"HTTP/1.1 200 OK\r\nX-Filler: " + b"a" * 1_000_000 + b"\r\n")
    line.send(line.honest()[0].split(b"\r\n", 1)[1] + line.honest()[1])


def _endless_headers(line):
    line.send(b"HTTP/1.1 200 OK\r\n")
    line.forever(b"X-Filler: " + b"a" * 1000 + b"\r\n")


def _status(status, *headers):
    return lambda line: line.send(answer(b"{}", status=status, headers=headers))


def _document(body):
    return lambda line: line.send(answer(body))


ANSWER_FAULTS = {
    "reset-after-request": Line.reset,
    "reset-in-body": _reset_in_body,
    "hang-before-answer": Line.hang,
    "hang-after-headers": _hang_after_headers,
    "slow": _slow,
    "large-with-length": lambda line: _large(line, LARGE),
    "large-without-length": lambda line: _large(line, False),
    "gzip-bomb": lambda line: _packed(line, "gzip", 31),
    "deflate-bomb": lambda line: _packed(line, "deflate", 15),
    "br-unasked": lambda line: line.send(answer(line.honest()[1], headers=["Content-Encoding: br"])),
    "transfer-gzip-bomb": _packed_in_transfer,
    "truncated": _truncated,
    "empty-reply": lambda line: None,
    "not-http": lambda line: line.send(line.honest()[1]),
    "endless-headers": _endless_headers,
    "long-header": _long_header,
    "continue-flood": lambda line: line.forever(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "status-500": _status("500 Internal Server Error"),
    "status-503": _status("503 Service Unavailable"),
    "status-429": _status("429 Too Many Requests", "Retry-After: 3600"),
    "redirect-302": lambda line: _redirect(line, "302 Found", "localhost"),
    "redirect-307": lambda line: _redirect(line, "307 Temporary Redirect", "localhost"),
    "redirect-308": lambda line: _redirect(line, "308 Permanent Redirect", "localhost"),
    "redirect-to-itself": lambda line: _redirect(line, "307 Temporary Redirect"),
    "wrong-type": lambda line: line.send(answer(line.honest()[1], media="text/plain")),
    "captive-portal": lambda line: line.send(answer(b"<!DOCTYPE html><title>Log in to Wi-Fi</title>", media="text/html")),
    "empty-body": _document(b""),
    "array": lambda line: _rewritten(line, lambda body: b"[" + body + b"]"),
    "invalid-utf8": lambda line: _rewritten(line, lambda body: body.replace(b"{", b'{"x":"\xff\xfe",', 1)),
    "duplicate-names": lambda line: _rewritten(line, lambda body: body.replace(b"{", b'{"x":1,"x":1,', 1)),
    "deep-arrays": _document(b"[" * 100_000 + b"]" * 100_000),
    "deep-objects": _document(b'{"a":' * 40_000 + b"1" + b"}" * 40_000),
    "many-values": _document(b'{"a":[' + b"{}," * 80_000 + b"{}]}"),
}
FAULTS = (*LINE_FAULTS, *ANSWER_FAULTS)


# --- the proxy


class FaultyProvider:
    def __init__(self, pki, port, behind):
        self.port = port
        self.connections = 0
        self._behind = behind
        self._host = pki.provider_host
        self._honest = _context(pki.sim_cert, pki.sim_key)
        self._bad_contexts = {
            "certificate-expired": _context(*pki.server_certificate("over", pki.provider_host, days="-1")),
            "certificate-wrong-name": _context(*pki.server_certificate("other", "other.sim-cis2.test")),
        }
        self._client = ssl.create_default_context(cafile=pki.ca)
        self._lock = threading.Lock()
        self._fault = self._endpoint = None
        self._line_fault = None
        self._times = {name: [] for name in ENDPOINTS}
        self._listeners = []
        self._listen()

    # --- what a test does

    def fault(self, name, endpoint):
        if name not in FAULTS or endpoint not in ENDPOINTS:
            raise AssertionError(f"no fault {name} at {endpoint}")
        with self._lock:
            self._fault, self._endpoint = name, endpoint
        if name in LINE_FAULTS and endpoint not in AFTER:
            self._break_line()

    def answers(self, endpoint, data):
        """These bytes, whatever is asked there."""
        with self._lock:
            self._fault, self._endpoint = (lambda line: line.send(data)), endpoint

    def heal(self):
        with self._lock:
            self._fault = self._endpoint = self._line_fault = None
        self._listen()

    def times(self, endpoint):
        """When each request for this endpoint came, on the monotonic clock."""
        with self._lock:
            return list(self._times[endpoint])

    def close(self):
        self._stop_listening()

    # --- listening

    def _listen(self):
        if self._listeners:
            return
        self._listeners = [socket.create_server((address, self.port), family=family, backlog=64)
                           for address, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6))]
        for listener in self._listeners:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _stop_listening(self):
        for listener in self._listeners:
            listener.shutdown(socket.SHUT_RDWR)  # wakes accept(), which close() does not
            listener.close()
        self._listeners = []

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                raw, _ = listener.accept()
                threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    # --- one connection

    def _serve(self, raw):
        with self._lock:
            self.connections += 1
            line_fault = self._line_fault
        with raw, contextlib.suppress(OSError, ValueError):  # whoever breaks off, broker or fault, is free to
            raw.settimeout(30)
            if line_fault in ("tls-alert", "tls-close"):
                raw.recv(4096)
                raw.sendall(ALERT_HANDSHAKE_FAILURE if line_fault == "tls-alert" else b"")
                return
            with self._bad_contexts.get(line_fault, self._honest).wrap_socket(raw, server_side=True) as tls:
                self._answer(tls, _read_request(tls))

    def _answer(self, tls, request):
        endpoint, fault = self._note(request)
        act = fault if callable(fault) else ANSWER_FAULTS.get(fault)
        if act:
            act(Line(tls, request, self))
            return
        data = self.ask(request)
        if self._line_breaks_after(endpoint):
            self._break_line()
        tls.sendall(data)

    def _note(self, request):
        """Which endpoint this is, counted, and the fault for it."""
        path = request.split(b" ", 2)[1].decode().partition("?")[0]
        endpoint = next((name for name, its in ENDPOINTS.items() if its == path), None)
        with self._lock:
            if endpoint:
                self._times[endpoint].append(time.monotonic())
            return endpoint, self._fault if endpoint and endpoint == self._endpoint else None

    def _line_breaks_after(self, endpoint):
        with self._lock:
            return self._fault in LINE_FAULTS and endpoint is not None and AFTER.get(self._endpoint) == endpoint

    def _break_line(self):
        with self._lock:
            self._line_fault = self._fault
        if self._fault == "refused":
            self._stop_listening()

    def ask(self, request):
        """The whole answer of cis2-sim to this request."""
        head, body = request.split(b"\r\n\r\n", 1)
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        raw = socket.create_connection(("127.0.0.1", self._behind), timeout=20)
        with self._client.wrap_socket(raw, server_hostname=self._host) as tls:
            tls.sendall(b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body)
            return _read_to_end(tls)


def _context(cert, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(cert, key)
    return context


def _read_request(tls):
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(tls)
    head = data.partition(b"\r\n\r\n")[0]
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    wanted = len(head) + 4 + (int(lengths[0]) if lengths else 0)
    while len(data) < wanted:
        data += _some(tls)
    return data


def _some(tls):
    data = tls.recv(65536)
    if not data:
        raise ConnectionError("the client ended in the middle of its request")
    return data


def _read_to_end(tls):
    parts = []
    while part := tls.recv(65536):
        parts.append(part)
    return b"".join(parts)
