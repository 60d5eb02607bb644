#!/usr/bin/python3
"""docs/threat-model.md names tests, settings, reasons, events and documents that exist.

A row of a table whose last column is the test names one at least.
"""

import re

import common

DOCUMENT = common.ROOT / "docs/threat-model.md"
NAME = common.name(DOCUMENT)
DOTTED = re.compile(r"[a-z_]+\.[a-z_]+")


def dotted_names():
    """Settings, ids of reasons and names of audit events."""
    reasons = re.findall(r'^X\(\w+, "([^"]+)"', (common.ROOT / "broker/reasons/list.inc").read_text(), re.M)
    events = re.findall(r'return "([a-z]+\.[a-z_]+)";', (common.ROOT / "broker/audit/event.cc").read_text())
    return {*common.settings(), *reasons, *events}


def check_names(text):
    tests = common.tests()
    dotted = dotted_names()
    for match in re.finditer(r"`([^`\n]+)`", text):
        name, where = match[1], f"{NAME}:{common.line_of(text, match.start())}"
        if common.is_test(name) and name not in tests:
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
            if not any(common.is_test(name) for name in re.findall(r"`([^`]+)`", cell)):
                yield f"{NAME}:{number}: the row names no test"


def check_links(text):
    for match in re.finditer(r"\]\(([^)#:]+)\)", text):
        if not (DOCUMENT.parent / match[1]).exists():
            yield f"{NAME}:{common.line_of(text, match.start())}: {match[1]} is not there"


def main():
    text = DOCUMENT.read_text()
    prose = re.sub(r"^```.*?^```$", lambda m: "\n" * m[0].count("\n"), text, flags=re.M | re.S)
    findings = [*check_names(prose), *check_rows(prose), *check_links(prose)]
    named = {name for name in re.findall(r"`([^`\n]+)`", prose) if common.is_test(name)}
    print(f"{len(named)} tests are named")
    if not named:
        findings.append(f"{NAME}: no test is named")
    common.report(findings)


main()
