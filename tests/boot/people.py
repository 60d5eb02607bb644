"""Who sits at the booted server: somebody who types what a document shows, and the console."""

import os
import pty
import re
import time

import pexpect.fdpexpect
from harness.process import clean_environment, run
from harness.terminal import LINK, Terminal

SIGN_IN = rf"{LINK.pattern}[\s\S]*?Code: $"
QUESTION = r"\(yes or no\) $"
APT = (r"Do you want to continue\? \[Y/n\] $", lambda reader, found: reader.terminal.types("y"))


class Reader:
    """A root shell on a terminal, into which a document's commands are typed line by line, each after the one before has ended.

    `answers` are pairs of what a command may ask, as a pattern, and what is done then, as a function of the reader and
    the match. A command that fails is an error, as it is to whoever reads the document.
    """

    def __init__(self, folder):
        self.terminal = Terminal(["bash", "--norc", "--noprofile", "--noediting", "-i"],
                                 env=clean_environment(TERM="xterm", HOME="/root", PS1="typed:$?> "))
        self._until_prompt(())
        self.types(f"cd {folder}")

    def types(self, block, *answers, timeout=180):
        """What was shown."""
        begin = len(self.terminal.text)
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            if line.strip():
                self.terminal.types(line.strip())
                self._until_prompt(answers, timeout)
        return self.terminal.text[begin:].replace("\r", "")

    def begins(self, command, pattern, timeout=20):
        """Types a command that goes on, and waits until it says so."""
        self.terminal.types(re.sub(r"\\\n\s*", "", command).strip())
        self.terminal.sees(pattern, timeout)

    def interrupts(self):
        self.terminal.sends("\x03")
        self.terminal.sees(r"typed:\d+> $")

    def _until_prompt(self, answers, timeout=20):
        while True:
            found = self.terminal.sees("|".join([r"typed:(?P<status>\d+)> $", *(pattern for pattern, _ in answers)]), timeout)
            if found["status"]:
                if found["status"] != "0":
                    raise AssertionError(f"it ended with {found['status']}:\n" + self.terminal.text[-4000:].replace("\r", ""))
                return
            next(answer for pattern, answer in answers if re.search(pattern, found[0]))(self, found)

    def close(self):
        self.terminal.close()


def signs_in(browser, operator):
    """The answer to a link: signs in, and types the digits."""
    def answer(reader, found):
        browser.sign_in(LINK.search(found[0])[0], operator)
        reader.terminal.types(browser.page.code)
    return SIGN_IN, answer


def says_yes_after(tried):
    """The answer to the question of `enable`: what it asks to be tried in another window, then yes."""
    def answer(reader, _):
        tried()
        reader.terminal.types("yes")
    return QUESTION, answer


class Console(Terminal):
    """A console of this container, with the getty that systemd has for it."""

    def __init__(self):
        super().__init__(())
        run(["systemctl", "start", self._unit])

    def _open(self, *_):
        master, slave = pty.openpty()
        self._unit = f"container-getty@{os.path.basename(os.ttyname(slave))}.service"
        os.close(slave)
        return pexpect.fdpexpect.fdspawn(master, encoding="utf-8", codec_errors="replace", timeout=None, use_poll=True)

    def _read_more(self, deadline):
        # login(1) hangs its terminal up and opens it again: for a moment nobody has it.
        if super()._read_more(deadline):
            return True
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)
        return True

    def close(self):
        run(["systemctl", "stop", self._unit])
        self._child.close()
