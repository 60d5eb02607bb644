#!/usr/bin/python3
"""Prints docs/reasons.md, written from broker/reasons/list.inc.

    tests/lint/make_reasons.py > docs/reasons.md

The lint `reasons_documented` compares the two.
"""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIST = ROOT / "broker/reasons/list.inc"

STRING = r'"((?:[^"\\]|\\.)*)"'
ROW = re.compile(r"X\(\s*(k\w+)\s*,\s*" + STRING + r"\s*,\s*" + STRING + r"\s*,\s*" + STRING + r"\s*\)")
GROUP = re.compile(r"^// --- (.*)$", re.M)

HEAD = """# Reasons

Why a login ended, or what an event is about. The ids are stable: alerts and support scripts may match on them, and an
id never gets another meaning. They are in the audit (`reason`, [audit.md](audit.md)), in the log, and in
`cis2ctl explain`; the operator reads the sentence, on the page and in the terminal, together with the reference.

This file is written from `broker/reasons/list.inc` by `tests/lint/make_reasons.py`; edit it there.
"""


def unescape(text):
    return re.sub(r"\\(.)", r"\1", text)


def cell(text):
    # Markdown would take a bar for the end of a cell and angle brackets for HTML.
    text = unescape(text).replace("|", "\\|").replace("<", "&lt;")
    return re.sub(r"\bdocs/([\w/-]+\.md)", r"[\1](\1)", text)


def rows(text):
    """(position, name, id, operator's text, administrator's text) of every row."""
    return [(m.start(), m[1], unescape(m[2]), m[3], m[4]) for m in ROW.finditer(text)]


def reasons():
    return rows(LIST.read_text())


def document():
    text = LIST.read_text()
    groups = [(m.start(), m[1]) for m in GROUP.finditer(text)]
    out = [HEAD]
    for index, (start, title) in enumerate(groups):
        end = groups[index + 1][0] if index + 1 < len(groups) else len(text)
        out.append(f"## {title[0].upper()}{title[1:]}\n")
        out.append("| reason | the operator reads | what it means, and what to do |")
        out.append("|---|---|---|")
        for position, _, identifier, operator, administrator in rows(text):
            if start < position < end:
                out.append(f"| `{identifier}` | {cell(operator)} | {cell(administrator)} |")
        out.append("")
    return "\n".join(out).rstrip("\n") + "\n"


if __name__ == "__main__":
    print(document(), end="")
