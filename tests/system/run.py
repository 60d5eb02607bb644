#!/usr/bin/python3
"""Runs the scenarios of tests/system and tests/browser, inside the throwaway machine.

    tests/lib/machine.sh --packages scenarios -- /usr/bin/python3 tests/system/run.py [--preset release] [--only PATTERN]

One line a test while it runs; with --results FOLDER a JUnit file and the logs of every test. PATTERN is part of an id
such as test_01_login.Login.test_allowed, or a shell pattern over all of it. Exit status 0: none failed.
"""

import argparse
import fnmatch
import os
import signal
import sys
import time
import unittest
import xml.etree.ElementTree as xml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../browser")]

from harness import machine  # noqa: E402


def tests_in(suite):
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from tests_in(each)
        else:
            yield each


def wanted(test, patterns):
    name = test.id()
    return not patterns or any(part in name or fnmatch.fnmatch(name, part) for part in patterns)


class Result(unittest.TestResult):
    """Says each test as it ends, and keeps what the JUnit file needs."""

    def __init__(self, name):
        super().__init__()
        self._name = name
        self.cases = []
        self._began = 0.0
        self._case = None

    def startTest(self, test):
        super().startTest(test)
        self._began = time.monotonic()
        self._case = {"id": test.id(), "state": "passed", "text": ""}

    def stopTest(self, test):
        super().stopTest(test)
        self._case["seconds"] = time.monotonic() - self._began
        self.cases.append(self._case)
        line = f"  {self._name:9} {self._case['state']:7} {self._case['seconds']:6.1f} s  {self._case['id']}\n"
        if self._case["text"]:
            line += "    " + self._case["text"].rstrip().replace("\n", "\n    ") + "\n"
        print(line, end="", flush=True)  # at once: another preset may be writing to the same terminal

    def _mark(self, state, text):
        if self._case is None:  # setUpClass or setUpModule
            self.cases.append({"id": "set up", "state": state, "text": text, "seconds": 0.0})
            print(f"  {state} outside a test: {text}", flush=True)
            return
        self._case["state"] = state
        self._case["text"] += text

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._mark("failed", self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self._mark("failed", self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._mark("failed", f"{subtest}\n" + self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._mark("skipped", reason)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._mark("failed", "expected to fail, and did not")


def hear_signals():
    """ssh ends with its terminal and with Ctrl-C only where it hears of them; nohup(1) and a shell's background have it deaf."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def write_junit(path, cases):
    root = xml.Element("testsuite", name="system", tests=str(len(cases)))
    for case in cases:
        element = xml.SubElement(root, "testcase", name=case["id"], time=f"{case['seconds']:.2f}")
        if case["state"] != "passed":
            kind = "failure" if case["state"] == "failed" else "skipped"
            # Control characters of a terminal are not XML.
            text = "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in case["text"])
            xml.SubElement(element, kind, message=text.strip().split("\n")[-1][:300]).text = text
    xml.ElementTree(root).write(path, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="release", help="the build that is tested (default: release)")
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN")
    parser.add_argument("--results", metavar="FOLDER", help="where the JUnit file and the logs go")
    parser.add_argument("--part", default="1/1", metavar="N/OF", help="only each OF-th test, from the N-th on (default: 1/1)")
    parser.add_argument("--list", action="store_true", help="only say which tests there are")
    options = parser.parse_args()

    loader = unittest.TestLoader()
    suites = [loader.discover(os.path.join(HERE, folder), top_level_dir=os.path.join(HERE, folder))
              for folder in (".", "../browser")]
    tests = [test for suite in suites for test in tests_in(suite) if wanted(test, options.only)]
    part, parts = map(int, options.part.split("/"))
    tests = tests[part - 1::parts]
    name = options.preset if parts == 1 else f"{options.preset}-{part}"
    if options.list:
        print("\n".join(test.id() for test in tests))
        return 0
    hear_signals()
    machine.keep_logins()
    machine.prepare(options.preset)
    if options.results:
        os.makedirs(options.results, exist_ok=True)
        os.environ["CIS2_RESULTS"] = options.results
    result = Result(name)
    unittest.TestSuite(tests).run(result)
    if options.results:
        write_junit(os.path.join(options.results, f"system-{name}.xml"), result.cases)
    failed = sum(case["state"] == "failed" for case in result.cases)
    print(f"  {name}: {len(result.cases)} scenarios, {failed} failed", flush=True)
    return 1 if failed or not result.cases else 0


if __name__ == "__main__":
    sys.exit(main())
