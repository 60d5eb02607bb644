#!/usr/bin/python3
"""docs/threat-model.md names tests, settings, reasons, events and documents that exist.

A row of a table whose last column is the test names one at least.
"""

import re

import common

DOCUMENT = common.ROOT / "docs/threat-model.md"
NAME = common.name(DOCUMENT)
GOOGLE_TEST = re.compile(r"[A-Z]\w*\.[A-Z]\w*")
SCENARIO = re.compile(r"(\w+\.py): (\w+)")
DOTTED = re.compile(r"[a-z_]+\.[a-z_]+")


def google_tests():
    text = "\n".join(path.read_text() for path in common.files("tests/unit", "tests/pam", suffixes=(".cc",)))
    return {f"{suite}.{case}" for suite, case in re.findall(r"\bTEST(?:_F|_P)?\((\w+),\s*(\w+)\)", text)}


def scenarios():
    return {f"{path.name}: {case}"
            for path in common.files("tests/system", "tests/browser", suffixes=(".py",))
            for case in re.findall(r"^    def (test_\w+)\(", path.read_text(), re.M)}


def dotted_names():
    """Settings as docs/configuration.md has them, ids of reasons and names of audit events."""
    settings = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", (common.ROOT / "docs/configuration.md").read_text(), re.M)
    reasons = re.findall(r'^X\(\w+, "([^"]+)"', (common.ROOT / "broker/reasons/list.inc").read_text(), re.M)
    events = re.findall(r'return "([a-z]+\.[a-z_]+)";', (common.ROOT / "broker/audit/event.cc").read_text())
    return {*settings, *reasons, *events}


def is_test(name):
    return bool(GOOGLE_TEST.fullmatch(name) or SCENARIO.fullmatch(name))


def check_names(text):
    tests = google_tests() | scenarios()
    dotted = dotted_names()
    for match in re.finditer(r"`([^`\n]+)`", text):
        name, where = match[1], f"{NAME}:{common.line_of(text, match.start())}"
        if is_test(name) and name not in tests:
            yield f"{where}: there is no test {name}"
        if DOTTED.fullmatch(name) and name not in dotted:
            yield f"{where}: there is no setting, reason or event {name}"


def check_rows(text):
    with_tests = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            with_tests = False
        elif line.rstrip(" |").endswith("| test"):
            with_tests = True
        elif with_tests and not re.fullmatch(r"[-|]+", line):
            cell = line.rstrip(" |").rsplit(" | ", 1)[-1]
            if not any(is_test(name) for name in re.findall(r"`([^`]+)`", cell)):
                yield f"{NAME}:{number}: the row names no test"


def check_links(text):
    for match in re.finditer(r"\]\(([^)#:]+)\)", text):
        if not (DOCUMENT.parent / match[1]).exists():
            yield f"{NAME}:{common.line_of(text, match.start())}: {match[1]} is not there"


def main():
    text = DOCUMENT.read_text()
    prose = re.sub(r"^```.*?^```$", lambda m: "\n" * m[0].count("\n"), text, flags=re.M | re.S)
    findings = [*check_names(prose), *check_rows(prose), *check_links(prose)]
    named = {name for name in re.findall(r"`([^`\n]+)`", prose) if is_test(name)}
    print(f"{len(named)} tests are named")
    if not named:
        findings.append(f"{NAME}: no test is named")
    common.report(findings)


main()
