"""What the lints share: which files are ours, and how a finding is reported."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE = (".h", ".cc", ".c")


def files(*folders, suffixes=CODE):
    """The files of these folders with one of these suffixes, in a fixed order."""
    found = []
    for folder in folders:
        found += [p for p in (ROOT / folder).rglob("*") if p.is_file() and p.suffix in suffixes]
    return sorted(found)


def name(path):
    return str(path.relative_to(ROOT))


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def without_comments_and_strings(text):
    """C++ with the content of comments and literals blanked, every other character where it was."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"([^\s()\\]{0,16})\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def report(findings):
    """Ends the lint: prints what was found; red if anything was."""
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
