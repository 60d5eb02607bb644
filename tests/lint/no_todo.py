#!/usr/bin/python3
"""An open point is an issue, not a comment; and no page shows unescaped text."""

import re

import common

SUFFIXES = (".h", ".cc", ".c", ".py", ".js", ".sh", ".html", ".css", ".toml", ".cmake", ".txt", ".in", ".socket", ".inc")
MARKS = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
# mustache: {{{name}}} and {{&name}} are not escaped.
UNESCAPED = re.compile(r"\{\{\{|\{\{\s*&")


def main():
    findings = []
    for path in common.files("broker", "pam_module", "conf", "cmake", "tests", suffixes=SUFFIXES):
        if "node_modules" in path.parts:
            continue
        text = path.read_text(errors="replace")
        for match in MARKS.finditer(text):
            findings.append(f"{common.name(path)}:{common.line_of(text, match.start())}: {match[0]}")
    pages = common.files("broker", suffixes=(".html",))
    for path in pages:
        text = path.read_text()
        for match in UNESCAPED.finditer(text):
            findings.append(f"{common.name(path)}:{common.line_of(text, match.start())}: text that is not escaped")
    if not pages:
        findings.append("no page was found: where are the templates?")
    common.report(findings)


main()
