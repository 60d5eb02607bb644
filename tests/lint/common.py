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


# A test as documents name it: a GoogleTest by suite and name, a scenario by file and name.
GOOGLE_TEST = re.compile(r"[A-Z]\w*\.[A-Z]\w*")
SCENARIO = re.compile(r"\w+\.py: \w+")


def is_test(text):
    return bool(GOOGLE_TEST.fullmatch(text) or SCENARIO.fullmatch(text))


def tests():
    """The names of all tests, as documents name them."""
    unit = "\n".join(path.read_text() for path in files("tests/unit", "tests/pam", suffixes=(".cc",)))
    named = {f"{suite}.{case}" for suite, case in re.findall(r"\bTEST(?:_F|_P)?\((\w+),\s*(\w+)\)", unit)}
    return named | {f"{path.name}: {case}"
                    for path in files("tests", suffixes=(".py",)) if "node_modules" not in path.parts
                    for case in re.findall(r"^    def (test_\w+)\(", path.read_text(), re.M)}


def settings():
    """The names of all settings, as broker/config/rows.cc has them."""
    return re.findall(r'\bKey\(\s*"([a-z_]+\.[a-z_]+)"', (ROOT / "broker/config/rows.cc").read_text())


def report(findings):
    """Ends the lint: prints what was found; red if anything was."""
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
