#!/usr/bin/python3
"""Every setting has its line in tests/settings.txt, and the tests named there exist.

Default, line in conf/broker.toml and row in docs/configuration.md are held by settings_lint, which asks the program itself.
"""

import common

LIST = common.ROOT / "tests/settings.txt"


def lines():
    """(line number, setting, the tests named)"""
    for number, line in enumerate(LIST.read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            setting, _, tests = line.partition(":")
            yield number, setting, [test.strip() for test in tests.split(",")]


def main():
    settings, tests, listed, findings = common.settings(), common.tests(), [], []
    for number, setting, named in lines():
        listed.append(setting)
        where = f"{common.name(LIST)}:{number}"
        if setting not in settings:
            findings.append(f"{where}: there is no setting {setting}")
        findings += [f"{where}: there is no test {test or '(none is named)'}" for test in named if test not in tests]
    for setting in settings:
        if listed.count(setting) != 1:
            findings.append(f"{common.name(LIST)}: {setting} must have one line, it has {listed.count(setting)}")
    if not settings:
        findings.append("broker/config/rows.cc: no setting was found")
    print(f"{len(settings)} settings")
    common.report(findings)


main()
