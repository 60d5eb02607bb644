#!/usr/bin/python3
"""Documents name tests, settings, reasons, events, files and headings that exist.

Tests and links in every document; settings, reasons and events (`area.name`) in those of NAMES. In the tables of ROWS whose
last column is the test, each row names one, or says "none: " and why.
"""

import re

import common

DOCUMENTS = [*sorted(common.ROOT.glob("*.md")), *sorted((common.ROOT / "docs").rglob("*.md"))]
ROWS = [common.ROOT / "docs" / name
        for name in ("threat-model.md", "ASSURANCE.md", "clinical-safety.md", "guides/cis2-onboarding.md")]
NAMES = [*ROWS[:3], *sorted((common.ROOT / "docs/guides").glob("*.md"))]
DOTTED = re.compile(r"[a-z_]+\.[a-z_]+")
# What has a dot and is a file's name.
FILE = re.compile(r".*\.(d|toml|map|jsonl?|pem|so|md|conf|service|socket|py|sh)")
LINK = re.compile(r"\]\(([^)\s#:]*)(?:#([^)\s]+))?\)")


def dotted_names():
    """Settings, ids of reasons and names of audit events."""
    reasons = re.findall(r'^X\(\w+, "([^"]+)"', (common.ROOT / "broker/reasons/list.inc").read_text(), re.M)
    events = re.findall(r'return "([a-z]+\.[a-z_]+)";', (common.ROOT / "broker/audit/event.cc").read_text())
    return {*common.settings(), *reasons, *events}


def without_blocks(text):
    """The text with the content of code blocks blanked."""
    return re.sub(r"^( *)```.*?^ *```$", lambda m: "\n" * m[0].count("\n"), text, flags=re.M | re.S)


def anchors(path):
    """What a heading is called in a link, in GitHub's way."""
    titles = re.findall(r"^#+ (.*)$", without_blocks(path.read_text()), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def check_names(path, text, tests, dotted):
    for match in re.finditer(r"`([^`\n]+)`", text):
        name, where = match[1], f"{common.name(path)}:{common.line_of(text, match.start())}"
        if common.is_test(name) and name not in tests:
            yield f"{where}: there is no test {name}"
        if path in NAMES and DOTTED.fullmatch(name) and not FILE.fullmatch(name) and name not in dotted:
            yield f"{where}: there is no setting, reason or event {name}"


def check_rows(path, text):
    with_tests = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            with_tests = False
        elif line.rstrip(" |").endswith("| test"):
            with_tests = True
        elif with_tests and not re.fullmatch(r"[-|]+", line):
            cell = line.removesuffix(" |").rsplit("| ", 1)[-1]
            if not cell.startswith("none") and not any(common.is_test(name) for name in re.findall(r"`([^`]+)`", cell)):
                yield f"{common.name(path)}:{number}: the row names no test"


def check_links(path, text):
    for match in LINK.finditer(text):
        where = f"{common.name(path)}:{common.line_of(text, match.start())}"
        target = path.parent / match[1] if match[1] else path
        if not target.exists():
            yield f"{where}: {match[1]} is not there"
        elif match[2] and target.suffix == ".md" and match[2] not in anchors(target):
            yield f"{where}: {match[1]} has no heading #{match[2]}"


def main():
    tests, dotted, named, findings = common.tests(), dotted_names(), set(), []
    for path in DOCUMENTS:
        text = without_blocks(path.read_text())
        named |= {name for name in re.findall(r"`([^`\n]+)`", text) if common.is_test(name)}
        findings += [*check_names(path, text, tests, dotted), *check_links(path, text)]
        findings += check_rows(path, text) if path in ROWS else []
    print(f"{len(DOCUMENTS)} documents name {len(named)} tests")
    if not named:
        findings.append("no test is named")
    common.report(findings)


main()
