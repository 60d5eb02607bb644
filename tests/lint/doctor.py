#!/usr/bin/python3
"""docs/doctor.md has exactly the findings of broker/ctl/doctor, with their severity, and each is provoked by a test.

The unit tests have each finding (but those that doctor.cc makes itself); tests/system/test_40_doctor.py provokes each with
the real programs, or says in NOT_PROVOKED why it does not.
"""

import re

import common

MADE = re.compile(r'\b(Problem|Advice)\(\s*"([a-z]+\.[a-z_]+)"')
ROW = re.compile(r"^\| `([a-z]+\.[a-z_]+)` \| (problem|advice|problem or advice) \|", re.M)

code = {}
for path in common.files("broker/ctl/doctor", suffixes=(".cc",)):
    for kind, name in MADE.findall(path.read_text()):
        code.setdefault(name, set()).add(kind.lower())
document = dict(ROW.findall((common.ROOT / "docs/doctor.md").read_text()))
units = "".join(path.read_text() for path in common.files("tests/unit/broker/ctl/doctor"))
scenario = (common.ROOT / "tests/system/test_40_doctor.py").read_text()
excused, provoked = scenario.split("NOT_PROVOKED = {", 1)[1].split("}", 1)

findings = []
for name, kinds in sorted(code.items()):
    severity = "problem or advice" if len(kinds) == 2 else next(iter(kinds))
    if document.get(name) != severity:
        findings.append(f"docs/doctor.md: expected a row for `{name}`, {severity}")
    if name not in units and name != "sshd.broken":
        findings.append(f"tests/unit/broker/ctl/doctor: no test has {name}")
    if f'"{name}"' not in excused + provoked:
        findings.append(f"tests/system/test_40_doctor.py: {name} is not provoked, and NOT_PROVOKED does not say why")
findings += [f"docs/doctor.md: `{name}` is no finding of the code" for name in sorted(set(document) - set(code))]
findings += [f"tests/system/test_40_doctor.py: {name} in NOT_PROVOKED is no finding"
             for name in re.findall(r'"([a-z]+\.[a-z_]+)":', excused) if name not in code]
if len(code) < 40:
    findings.append(f"only {len(code)} findings were read from the code: is the pattern of this lint still right?")
common.report(findings)
