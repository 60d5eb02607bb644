#!/usr/bin/python3
"""docs/relying-party.md names every check of the relying party and every misbehaviour of the simulator, as they are.

Its checks must exist: function, reason and test; and no reason about the provider may be without one. Its rows are those of
tests/system/misbehaviour_table.py with the same expectations, and the simulator has no misbehaviour besides them. README.md
quotes their number.
"""

import re
import sys

import common

sys.dont_write_bytecode = True
sys.path.insert(0, str(common.ROOT / "tests/system"))
import misbehaviour_table as table  # noqa: E402

DOCUMENT = "docs/relying-party.md"
# The areas of broker/reasons/list.inc that are about what the provider sends.
AREAS = ("callback", "provider", "discovery", "jwks", "token", "id_token", "levels", "userinfo")
MISBEHAVIOUR = re.compile(r'\b(?:Row|ErrorRow|Blind|Sent)\(\s*"([a-z0-9-]+)"|\.name = "([a-z0-9-]+)"')


def cells(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def words(cell):
    return re.findall(r"`([^`]+)`", cell)


def sections():
    """{title: rows of its tables, without their heads}"""
    found, title, before = {}, "", ""
    for line in (common.ROOT / DOCUMENT).read_text().splitlines():
        if line.startswith("#"):
            title = line.lstrip("# ")
        elif re.match(r"\|[-|]+\|$", line):
            found[title].pop()  # the line before was the head
        elif line.startswith("|"):
            found.setdefault(title, []).append(cells(line))
    return found


def simulated():
    names = set()
    for path in sorted((common.ROOT / "tests/simulator").glob("misbehave_*.cc")):
        if not path.stem.endswith("_test"):
            names |= {first or second for first, second in MISBEHAVIOUR.findall(path.read_text())}
    return names


def test_exists(name, sources):
    if name.startswith("test_"):
        return (common.ROOT / f"tests/system/{name}.py").exists()
    suite, _, case = name.split("/")[-1].partition(".")
    return re.search(rf"TEST(_F|_P)?\({suite},\s*{case}\)", sources) is not None


def check_checks(rows):
    reasons = set(re.findall(r'^X\(\w+, "([^"]+)"', (common.ROOT / "broker/reasons/list.inc").read_text(), re.M))
    tests = "\n".join(path.read_text() for path in common.files("tests/unit", suffixes=(".cc",)))
    told = set()
    for check, function, reason, source, test in rows:
        names = words(function)
        files = [name for name in names if name.startswith("broker/")]
        text = "".join((common.ROOT / name).read_text() for name in files if (common.ROOT / name).exists())
        for name in names:
            if name in files and not (common.ROOT / name).exists():
                yield f"{DOCUMENT}: {check}: there is no {name}"
            if name not in files and not re.search(rf"\b{name.split('::')[-1]}\(", text):
                yield f"{DOCUMENT}: {check}: {name} is not in {files}"
        for name in words(reason):
            told.add(name)
            if name not in reasons:
                yield f"{DOCUMENT}: {check}: there is no reason {name}"
        for name in words(test):
            if not test_exists(name, tests):
                yield f"{DOCUMENT}: {check}: there is no test {name}"
        if not source or not words(test):
            yield f"{DOCUMENT}: {check}: source or test is missing"
    for reason in sorted(reasons - told):
        if reason.split(".")[0] in AREAS:
            yield f"{DOCUMENT}: no check has the reason {reason}"


def check_rows(documented):
    rows = {row.name: row for row in table.ROWS}
    if len(rows) != len(table.ROWS):
        yield "tests/system/misbehaviour_table.py: a name is there twice"
    for name in sorted(rows.keys() ^ documented.keys()):
        yield f"{name}: in one of {DOCUMENT} and tests/system/misbehaviour_table.py alone"
    for name in sorted(rows.keys() & documented.keys()):
        stands_for, expected = documented[name]
        if expected != rows[name].expected:
            yield f"{DOCUMENT}: {name}: expected is {expected}, the test has {rows[name].expected}"
        if not stands_for:
            yield f"{DOCUMENT}: {name}: stands for nothing"


def check_simulator():
    names = simulated()
    driven = {row.misbehaviour for row in table.ROWS} - {None}
    for name in sorted(names - driven):
        yield f"{name}: the simulator has it, and no test drives it"
    for name in sorted(driven - names):
        yield f"{name}: the simulator does not have it"


def check_numbers():
    count = len(table.ROWS)
    allowed = sum(row.outcome == "allowed" for row in table.ROWS)
    sentence = f"There are {count} rows: {count - allowed} must be refused, {allowed} accepted."
    if sentence not in " ".join((common.ROOT / DOCUMENT).read_text().split()):
        yield f"{DOCUMENT}: expected the sentence: {sentence}"
    readme = " ".join((common.ROOT / "README.md").read_text().split())
    security = readme[readme.index("## Security"):]
    if f"{count} ways" not in security or DOCUMENT not in security:
        yield f"README.md: Security must quote {count} ways, and name {DOCUMENT}"


def main():
    found = sections()
    checks = found.pop("Checks")
    documented = {words(row[0])[0]: (row[2], row[3])
                  for rows in found.values() for row in rows if len(row) == 4 and row[0].startswith("`")}
    findings = [*check_checks(checks), *check_rows(documented), *check_simulator(), *check_numbers()]
    print(f"{len(checks)} checks, {len(simulated())} misbehaviours of the simulator, {len(documented)} rows")
    common.report(findings)


main()
