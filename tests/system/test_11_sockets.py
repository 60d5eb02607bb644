"""Goal: broken frames on any socket end that connection, are logged once, and cost nobody else anything."""

import json
import os
import socket
import struct

from harness import passed, wire
from harness.process import clean_environment, eventually, run
from harness.scenario import Scenario

LONG = 17 * 1024


def broken_pam_frames():
    good = wire.login_request()
    strings = struct.pack(">H", 1) + b"".join(map(wire.string, ("sshd", "op1", "", "", "", "", "")))
    yield "length 0", struct.pack(">I", 0)
    yield "length over the limit", struct.pack(">I", LONG) + b"\x01" * LONG
    yield "length 4 GiB", b"\xff\xff\xff\xff"
    yield "unknown type", wire.frame(99)
    yield "type 0", wire.frame(0)
    yield "a message of the broker's", wire.frame(wire.VERDICT, b"\x01" + wire.string("") * 3)
    yield "an answer before any question", wire.answer("123456")
    yield "empty LoginRequest", wire.frame(wire.LOGIN_REQUEST)
    yield "LoginRequest that stops short", wire.frame(wire.LOGIN_REQUEST, good[5:-3])
    yield "bytes left over", wire.frame(wire.LOGIN_REQUEST, good[5:] + b"\x00")
    yield "string over its limit", wire.login_request(account="a" * 257)
    yield "string longer than the frame", wire.frame(wire.LOGIN_REQUEST, struct.pack(">HH", 1, 60000) + b"sshd")
    yield "NUL in a string", wire.login_request(account="op1\0root")
    yield "value outside its set", wire.frame(wire.LOGIN_REQUEST, strings + struct.pack(">IB", 0, 9))
    yield "HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class PamSocket(Scenario):
    def test_broken_frames(self):
        for name, data in broken_pam_frames():
            with self.subTest(name), self.stack.pam_link() as link:
                mark = self.stack.broker.mark()
                try:
                    link.send(data)
                    link.socket.shutdown(socket.SHUT_WR)
                except (BrokenPipeError, OSError):
                    pass  # it was refused before all of it was sent
                answers = []
                while (answer := link.receive()) is not None:
                    answers.append(answer)
                self.assertFalse([a for a in answers if a[0] == wire.VERDICT and a[1][0] == wire.ALLOW])
                self.assertFalse([a for a in answers if a[0] == wire.SCREEN], "a broken request got a link")
                eventually(lambda: self.stack.broker.count(r"(?i)malformed|refused|frame", mark), "a log line", 3)
        self.assertEqual(self.stack.logins(), [])
        self.allowed(self.stack.ssh("op1"))

    def test_one_line_for_one_broken_frame(self):
        mark = self.stack.broker.mark()
        with self.stack.pam_link() as link:
            link.send(wire.frame(99) * 50)
            self.assertTrue(link.ended())
        self.stack.broker.says(r".", since=mark)
        self.allowed(self.stack.ssh("op1"))  # by now everything about the frames has been logged
        about = [line for line in self.stack.broker.lines[mark:] if "malformed" in line.lower() or "frame" in line.lower()]
        self.assertEqual(len(about), 1, about)

    def test_an_unknown_version_is_told_so(self):
        with self.stack.pam_link() as link:
            link.send(wire.login_request(version=77))
            kind, payload = link.receive()
            self.assertEqual(kind, wire.VERDICT)
            self.assertEqual(wire.Verdict(payload).kind, wire.UNSUPPORTED)

    def test_a_broken_answer_ends_its_login_only(self):
        other = self.stack.ssh("op1")
        other.sees_login()
        with self.stack.pam_link() as link:
            link.send(wire.login_request())
            self.assertEqual(link.receive()[0], wire.SCREEN)
            self.assertEqual(len(self.stack.logins()), 2)
            link.send(wire.frame(wire.ANSWER, b"\xff\xff"))
            self.assertTrue(link.ended())
        eventually(lambda: len(self.stack.logins()) == 1, "only the broken login is gone", 2)
        self.signed_in_and_allowed(other)

    def signed_in_and_allowed(self, terminal):
        browser = self.stack.browser()
        browser.sign_in(terminal.link)
        terminal.types(browser.page.code)
        self.has_shell(terminal)

    def test_connections_that_say_nothing_do_not_keep_others_out(self):
        silent = [self.stack.pam_link() for _ in range(64)]
        for link in silent:
            self.addCleanup(link.close)
        half = self.stack.pam_link()
        self.addCleanup(half.close)
        half.send(b"\x00\x00")
        self.allowed(self.stack.ssh("op1"))

    def test_only_root_is_heard(self):
        script = ("import socket,sys\ns=socket.socket(socket.AF_UNIX)\n"
                  "try: s.connect(sys.argv[1])\nexcept PermissionError: print('denied')\n")
        for path in (self.stack.pam_socket, self.stack.control_socket):
            for user in ("op1", "_cis2-front", "nobody"):
                done = run(["setpriv", "--reuid", user, "--regid", "nogroup", "--clear-groups",
                            "/usr/bin/python3", "-c", script, path])
                self.assertEqual(done.stdout.strip(), "denied", (path, user))

    def test_a_peer_that_is_not_root_is_refused_even_where_the_file_lets_it_in(self):
        os.chmod(self.stack.pam_socket, 0o666)
        script = ("import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
                  "s.settimeout(5)\ntry:\n s.sendall(bytes.fromhex(sys.argv[2]))\n print(len(s.recv(10)))\n"
                  "except (BrokenPipeError, ConnectionResetError): print(0)\n")
        done = run(["setpriv", "--reuid", "op1", "--regid", "op1", "--clear-groups", "/usr/bin/python3", "-c", script,
                    self.stack.pam_socket, wire.login_request().hex()])
        self.assertEqual(done.stdout.strip(), "0")
        self.assertEqual(self.stack.logins(), [])


class ControlSocket(Scenario):
    def _raw(self, data):
        with wire.Link(self.stack.control_socket) as link:
            try:
                link.send(data)
                link.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            head = link._exactly(4)
            return None if head is None else json.loads(link._exactly(struct.unpack(">I", head)[0]))

    def test_broken_requests_get_an_error_or_the_end(self):
        def framed(text):
            data = text if isinstance(text, bytes) else text.encode()
            return struct.pack(">I", len(data)) + data

        for data in (b"", b"\x00", struct.pack(">I", 0), struct.pack(">I", 2**31), framed("nonsense"), framed("[]"), framed("{}"),
                     framed('{"command":7}'), framed('{"command":"shutdown"}'), framed('{"command":"status","command":"x"}'),
                     framed("[" * 5000), framed(b"\xff\xfe"), b"GET / HTTP/1.0\r\n\r\n"):
            with self.subTest(data[:40]):
                reply = self._raw(data)
                if reply is not None:
                    self.assertFalse(reply["ok"])
                    self.assertTrue(reply["error"])
        self.assertEqual(self.stack.status()["front"], "connected")
        self.allowed(self.stack.ssh("op1"))

    def test_what_an_administrator_sees(self):
        terminal = self.stack.ssh("op1")
        terminal.sees_login()
        status = self.stack.status()
        self.assertEqual((status["host"], status["pending"], status["grants"]), ("server-a", 1, 2))
        self.assertEqual((status["provider"]["issuer"], status["provider"]["state"]), (self.stack.issuer, "present"))
        login, = self.stack.logins()
        self.assertEqual((login["account"], login["service"], login["from"], login["state"]),
                         ("op1", "sshd", "127.0.0.1", "waiting"))
        browser = self.stack.browser()
        browser.to_provider(terminal.link)
        self.assertEqual(self.stack.logins()[0]["state"], "continued")
        digits = browser.submit("as-one-role").code
        login, = self.stack.logins()
        self.assertEqual(login["state"], "code")
        for text in (self.stack.ctl("logins").stdout, self.stack.ctl("logins", "--json").stdout, self.stack.ctl("status").stdout):
            for secret in (digits, terminal.user_code, terminal.user_code.replace("-", "")):
                self.assertNotIn(secret, text)
        self.assertIn(login["reference"], self.stack.ctl("logins").stdout)
        self.assertEqual(json.loads(self.stack.ctl("logins", "--json").stdout)["logins"][0]["reference"], login["reference"])
        self.assertIn("op1", self.stack.ctl("logins").stdout)
        self.assertIn("present", self.stack.ctl("status").stdout)

    def test_without_a_broker_the_tool_says_so(self):
        self.stack.broker.stop()
        done = self.stack.ctl("status", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("control.sock", done.stdout)


class PassedSockets(Scenario):
    """The way of systemd: three passed sockets, a broker that never was root, a front that connects by itself."""

    parts = None

    def setUp(self):
        super().setUp()
        self.stack.start("syslog", "sim")
        self.passed = passed.PassedSockets(self.stack)
        self.front_socket = self.passed.front_socket
        self.stack.start_sshd()

    def _as_front(self, data):
        """Sends bytes to the front socket as the front's user; True if the broker closes."""
        script = ("import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.settimeout(5)\ns.connect(sys.argv[1])\n"
                  "try:\n s.sendall(bytes.fromhex(sys.argv[2]))\n s.shutdown(socket.SHUT_WR)\n"
                  " while s.recv(65536): pass\nexcept (BrokenPipeError, ConnectionResetError): pass\nprint('closed')\n")
        done = run(["setpriv", "--reuid", "_cis2-front", "--regid", "_cis2-front", "--clear-groups",
                    "/usr/bin/python3", "-c", script, self.front_socket, data.hex()], env=clean_environment())
        return done.stdout.strip() == "closed"

    def test_a_login(self):
        self.allowed(self.stack.ssh("op1"))

    def test_broken_frames_of_a_front_end_its_connection_only(self):
        terminal = self.stack.ssh("op1")
        terminal.sees_login()
        frames = [struct.pack(">I", 0), struct.pack(">I", 129 * 1024) + b"\1" * 2000, wire.frame(99), wire.frame(129, b"{}"),
                  wire.frame(1), wire.frame(2, b"\xff" * 40), wire.frame(4, b"\0" * 7), b"GET / HTTP/1.1\r\n\r\n"]
        self.passed.front.stop()  # else it connects again, and takes the place of one whose bytes were not read yet
        for data in frames:
            with self.subTest(data[:12]):
                mark = self.stack.broker.mark()
                self.assertTrue(self._as_front(data))
                eventually(lambda: self.stack.broker.count(r"(?i)front", mark), "a log line", 3)
        # A new one serves the same login.
        self.passed.front = self.passed.start_front()
        browser = self.stack.browser()
        browser.sign_in(terminal.link)
        terminal.types(browser.page.code)
        self.has_shell(terminal)

    def test_nobody_but_the_front_is_heard_there(self):
        mark = self.stack.broker.mark()
        with wire.Link(self.front_socket) as link:  # root is another uid than the front's
            try:
                link.send(wire.frame(1))
            except BrokenPipeError:
                pass  # it was faster
            self.assertTrue(link.ended())
        self.stack.broker.says(r"(?i)front|peer|uid", since=mark)
        self.assertEqual(self.stack.status()["front"], "connected")
        self.allowed(self.stack.ssh("op1"))

    def test_a_front_that_ends_answers_nobody_and_a_new_one_goes_on(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.to_provider(terminal.sees_login())
        self.passed.front.kill()
        eventually(lambda: self.stack.status()["front"] == "absent", "the front is gone")
        self.assertEqual(len(self.stack.logins()), 1)
        self.passed.front = self.passed.start_front()
        page = browser.submit("as-one-role")
        self.assertEqual(page.outcome, "code", page)
        terminal.types(page.code)
        self.has_shell(terminal)
