"""The three sockets of the broker, spoken to by hand: whole frames, and broken ones.

PAM socket: pam_module/wire/PROTOCOL.md. Control socket: four bytes of length and JSON.
"""

import json
import socket
import struct

LOGIN_REQUEST, SCREEN, ANSWER, VERDICT, ACCOUNT_REQUEST = 1, 2, 3, 4, 5
ALLOW, REFUSE, UNAVAILABLE, UNSUPPORTED = 1, 2, 3, 4
QR_UTF8, QR_ASCII, QR_OFF = 1, 2, 3


def string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack(">H", len(data)) + data


def frame(kind, payload=b""):
    return struct.pack(">IB", len(payload) + 1, kind) + payload


# Not on "ssh": such a login would have to end before the LoginGraceTime of our parent process, which is no sshd.
def login_request(service="sshd", account="op1", rhost="127.0.0.1", ruser="", tty="pts/7", ssh_connection="",
                  ssh_auth_info="", flags=0, qr=QR_OFF, version=1):
    fields = (service, account, rhost, ruser, tty, ssh_connection, ssh_auth_info)
    return frame(LOGIN_REQUEST, struct.pack(">H", version) + b"".join(map(string, fields)) + struct.pack(">IB", flags, qr))


def answer(text):
    return frame(ANSWER, string(text))


class Link:
    """One connection to a Unix socket of the broker."""

    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(path)

    def send(self, data):
        self.socket.sendall(data)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            try:
                part = self.socket.recv(count - len(data))
            except ConnectionResetError:
                return None
            if not part:
                return None
            data += part
        return data

    def receive(self):
        """The next frame as (type, payload); None at the end of the connection."""
        head = self._exactly(4)
        body = head and self._exactly(struct.unpack(">I", head)[0])
        return None if not body else (body[0], body[1:])

    def ended(self):
        """True if the other side closes, without or after more frames; fails on a timeout."""
        while self.receive() is not None:
            pass
        return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def strings(payload, count):
    found = []
    for _ in range(count):
        size = struct.unpack(">H", payload[:2])[0]
        found.append(payload[2:2 + size].decode("utf-8"))
        payload = payload[2 + size:]
    return found


class Verdict:
    def __init__(self, payload):
        self.kind = payload[0]
        self.text, self.reference, self.ticket = strings(payload[1:], 3)


def control(path, request):
    """One question on the control socket; its whole answer."""
    with Link(path) as link:
        data = json.dumps(request).encode()
        link.send(struct.pack(">I", len(data)) + data)
        head = link._exactly(4)
        if head is None:
            raise AssertionError("the control socket closed without an answer")
        return json.loads(link._exactly(struct.unpack(">I", head)[0]))
