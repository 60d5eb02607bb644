#!/usr/bin/python3
"""docs/clients.md and tests/system/transcripts are one: each transcript in one row of the table, each made by a test.

Every block of commands or configuration of the document stands in a section that names the tests that run it.
"""

import re

import common

DOCUMENT = "docs/clients.md"
FOLDER = "tests/system/transcripts"
TESTS = "tests/system/test_30_clients.py"


def check_table(text, tests):
    rows = [line for line in text.splitlines() if line.startswith("|")]
    links = re.findall(r"\[([\w-]+)\]\(\.\./" + FOLDER + r"/([\w-]+)\.txt\)", "\n".join(rows))
    named = [name for _, name in links]
    there = sorted(path.stem for path in (common.ROOT / FOLDER).iterdir())
    for title, name in links:
        if title != name:
            yield f"{DOCUMENT}: {title} leads to {name}"
    for name in sorted(set(named)):
        if named.count(name) > 1:
            yield f"{DOCUMENT}: {name} is in more than one place"
    for name in sorted(set(named) - set(there)):
        yield f"{DOCUMENT}: there is no transcript {name}"
    for name in sorted(set(there) - set(named)):
        yield f"{FOLDER}/{name}.txt: is in no row of {DOCUMENT}"
    for name in there:
        if f'"{name}"' not in tests:
            yield f"{FOLDER}/{name}.txt: no test of {TESTS} makes it"


def check_blocks(text, tests):
    for section in re.split(r"(?m)^## ", text)[1:]:
        title = section.split("\n", 1)[0]
        if "```" not in section:
            continue
        runs = re.findall(r"`(\w+)\.(test_\w+)`", section)
        if not runs:
            yield f"{DOCUMENT}: {title}: no test is named that runs its blocks"
        for group, test in runs:
            if not re.search(rf"^class {group}\((?:(?!^class ).)*?^    def {test}\(", tests, re.M | re.S):
                yield f"{DOCUMENT}: {title}: there is no {group}.{test} in {TESTS}"
        if f'documents.blocks("{DOCUMENT}", "{title}")' not in tests:
            yield f"{DOCUMENT}: {title}: {TESTS} does not read its blocks"


def main():
    text, tests = ((common.ROOT / path).read_text() for path in (DOCUMENT, TESTS))
    common.report([*check_table(text, tests), *check_blocks(text, tests)])


main()
