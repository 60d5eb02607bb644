"""Goal: the harness itself can be trusted: the machine is apart, the terminal and the canary see what they should."""

import os
import socket
import unittest
import unittest.mock

from harness import machine, transcript
from harness.canary import Canary
from harness.process import run
from harness.terminal import Terminal


class Machine(unittest.TestCase):
    def test_is_an_overlay_with_a_network_of_its_own(self):
        with open("/proc/self/mountinfo") as mounts:
            root = [line for line in mounts if line.split()[4] == "/"]
        self.assertIn(" - overlay ", root[-1])
        self.assertEqual(_interfaces(), ["lo"])

    def test_loopback_works_for_both_families(self):
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with self.subTest(address), socket.socket(family) as listener:
                listener.bind((address, 0))
                listener.listen()
                with socket.create_connection(listener.getsockname()[:2], timeout=2):
                    pass

    def test_has_the_accounts(self):
        for account in ("_cis2-broker", "_cis2-front", *machine.OPERATORS):
            self.assertTrue(machine.known(account), account)


class TerminalSelfTest(unittest.TestCase):
    def test_draws_and_matches_in_order(self):
        terminal = Terminal(["/bin/sh", "-c", "printf 'one\\r\\ntwo\\n'; read x; printf 'got %s\\n' \"$x\"; exit 3"])
        self.addCleanup(terminal.close)
        terminal.sees("one\ntwo")
        terminal.types("three")
        terminal.sees("got three")
        self.assertEqual(terminal.ends(), 3)
        self.assertEqual(terminal.screen[:2], ["one", "two"])

    def test_says_what_was_shown_when_it_waits_in_vain(self):
        terminal = Terminal(["/bin/sh", "-c", "echo something else; sleep 5"])
        self.addCleanup(terminal.close)
        with self.assertRaisesRegex(AssertionError, "something else"):
            terminal.sees("never", timeout=0.5)


class CanarySelfTest(unittest.TestCase):
    def test_finds_what_was_planted_in_any_spelling(self):
        canary = Canary()
        canary.add("cookie", "abc+def/ghi=")
        canary.add("digits", "482913")
        self.assertEqual(len(canary.find("log", "x abc+def/ghi= y")), 1)
        self.assertEqual(len(canary.find("log", "x abc%2Bdef%2Fghi%3D y")), 1)
        self.assertEqual(len(canary.find("log", "code 482913.")), 1)

    def test_does_not_take_parts_of_numbers_and_times_for_digits(self):
        canary = Canary()
        canary.add("digits", "482913")
        self.assertEqual(canary.find("log", "12:00:01.482913 sub 6564829130"), [])

    def test_a_report_does_not_repeat_the_secret(self):
        canary = Canary()
        canary.add("cookie", "very-secret-value")
        self.assertNotIn("very-secret", canary.find("log", "cookie: very-secret-value")[0])


class TranscriptSelfTest(unittest.TestCase):
    SHOWN = ("\r\n" + "\u2588" * 4 + "\u2588 " * 12 + "\u2588" * 4 + "\r\nhttps://login.server-a.example:8443/l/BCDF-GHJK\r\n"
             "Sign in within 1 minute 49 seconds.\r\nCode: 482913\r\nsource  10% 1\rsource 100% 8 5.2KB/s\r\n")

    def test_is_the_same_for_every_login(self):
        other = self.SHOWN
        for one, another in (("BCDF-GHJK", "KJHG-FDCB"), ("482913", "000000"), ("49", "8"), ("\u2588 \u2588 \u2588 ", "\u2588\u2588\u2588\u2588\u2580\u2584"),
                             ("8443", "2222"), ("5.2KB", "1.0MB")):
            other = other.replace(one, another)
        self.assertNotEqual(other, self.SHOWN)
        self.assertEqual(transcript.normalised(self.SHOWN), transcript.normalised(other))

    def test_shows_what_no_terminal_should_get(self):
        self.assertIn("\\x1b[31m", transcript.normalised("\x1b[31mred"))

    def test_another_word_is_a_difference(self):
        with unittest.mock.patch.dict(os.environ, {"CIS2_TRANSCRIPTS": ""}), \
                self.assertRaisesRegex(AssertionError, "(?m)^\\+\\$ ssh"):
            transcript.compare("no-such-transcript", "$ ssh op1@127.0.0.1\n")


def _interfaces():
    links = run(["ip", "-o", "link"]).stdout.splitlines()
    return sorted(line.split(":")[1].strip() for line in links)


if __name__ == "__main__":
    unittest.main()
