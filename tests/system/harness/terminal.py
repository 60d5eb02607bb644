"""What the operator sits at: the real ssh client on a pseudo-terminal, its bytes drawn on an 80x24 screen."""

import re
import signal
import time

import pexpect
import pyte

from .process import clean_environment

LINK = re.compile(r"https://[^\s/]+(?::\d+)?/l/([B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4})")
PROMPT = re.compile(r"Code: $")


class Terminal:
    """A command on a pseudo-terminal. `text` is everything it wrote, `screen` what an 80x24 terminal shows."""

    def __init__(self, argv, rows=24, columns=80, env=None):
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self.text = ""
        self._read_to = 0
        self.status = None
        self._child = self._open(argv, rows, columns, env if env is not None else clean_environment(TERM="xterm"))
        self._child.delaybeforesend = None

    def _open(self, argv, rows, columns, env):
        return pexpect.spawn(
            argv[0], list(argv[1:]), dimensions=(rows, columns), timeout=None, encoding="utf-8", codec_errors="replace",
            echo=True, use_poll=True, preexec_fn=_default_signals, env=env,
        )

    @property
    def pid(self):
        return self._child.pid

    @property
    def screen(self):
        return [line.rstrip() for line in self._screen.display]

    def _read_more(self, deadline):
        """False at the end of the program."""
        try:
            part = self._child.read_nonblocking(65536, max(0.0, deadline - time.monotonic()))
        except pexpect.TIMEOUT:
            raise TimeoutError from None
        except pexpect.EOF:
            return False
        self.text += part
        self._stream.feed(part)
        return True

    def sees(self, pattern, timeout=10):
        """Waits until what came since the last match matches; the match. Carriage returns are not counted."""
        regex = re.compile(pattern) if isinstance(pattern, str) else pattern
        deadline = time.monotonic() + timeout
        while True:
            news = self.text[self._read_to:].replace("\r", "")
            found = regex.search(news)
            if found:
                self._read_to += _raw_length(self.text[self._read_to:], found.end())
                return found
            try:
                more = self._read_more(deadline)
            except TimeoutError:
                raise AssertionError(f"the terminal did not show {regex.pattern!r} within {timeout} s{self._shown()}") from None
            if not more:
                raise AssertionError(f"the terminal closed without showing {regex.pattern!r}{self._shown()}")

    def sees_login(self, timeout=10):
        """Waits for the first screen of a login; remembers and returns its link."""
        found = self.sees(LINK, timeout)
        self.sees(PROMPT, timeout)
        self.link, self.user_code = found.group(0), found.group(1)
        return self.link

    def types(self, line):
        self._child.send(line + "\r")

    def sends(self, keys):
        self._child.send(keys)

    def ends(self, timeout=10):
        """Waits for the end of the program; its exit status."""
        deadline = time.monotonic() + timeout
        try:
            while self._read_more(deadline):
                pass
        except TimeoutError:
            raise AssertionError(f"the terminal is still open after {timeout} s{self._shown()}") from None
        self._child.wait()
        self.status = self._child.exitstatus
        return self.status

    def rest(self):
        """What came since the last match, without waiting."""
        return self.text[self._read_to:].replace("\r", "")

    def close(self):
        """Closes the window: the program gets SIGHUP, and SIGKILL if it does not mind that."""
        if not self._child.closed:
            self._child.close(force=True)

    def _shown(self):
        return ":\n" + "\n".join("  | " + line for line in self.text.replace("\r", "").split("\n")[-40:])


def _default_signals():
    # A run in the background has SIGINT ignored, and a child would inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _raw_length(raw, length):
    """How many characters of `raw` hold its first `length` characters other than carriage returns."""
    position = 0
    while length:
        if raw[position] != "\r":
            length -= 1
        position += 1
    return position
