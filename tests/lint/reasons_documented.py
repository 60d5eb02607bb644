#!/usr/bin/python3
"""docs/reasons.md is what make_reasons.py writes: exactly the reasons of list.inc, with both texts.

The administrator's text says what happened, and then what to do: two sentences at least.
"""

import difflib
import re

import common
import make_reasons

LIST_ROWS = (common.ROOT / "broker/reasons/list.inc").read_text().count("\nX(")

expected = make_reasons.document().splitlines()
actual = (common.ROOT / "docs/reasons.md").read_text().splitlines()
findings = list(difflib.unified_diff(actual, expected, "docs/reasons.md", "what it should be", lineterm="", n=0))
if findings:
    findings.append("write it anew: tests/lint/make_reasons.py > docs/reasons.md")
# The generator itself must not have overlooked a row.
documented = sum(1 for line in expected if line.startswith("| `"))
if documented != LIST_ROWS:
    findings.append(f"list.inc has {LIST_ROWS} rows, make_reasons.py found {documented}")
for _, _, identifier, _, administrator in make_reasons.reasons():
    if identifier != "none" and not re.search(r"[.:] \S", administrator):
        findings.append(f"broker/reasons/list.inc: {identifier} does not say what to do")
common.report(findings)
