#!/usr/bin/python3
"""Every command that the documents show is run by a test, or says why not.

A block of commands is marked `sh`, and the line above it says one of

    <!-- run by FILE.py: TEST -->    that file reads the blocks of the section with harness.documents
    <!-- not run: WHY -->

A block of another kind holds no line that looks like a command.
"""

import re

import common

DOCUMENTS = [common.ROOT / "README.md", *sorted((common.ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.M | re.S)
RUN_BY = re.compile(r"<!-- run by (\w+\.py: \w+) -->")
NOT_RUN = re.compile(r"<!-- not run: \S.{9,} -->")
# The first word of a command, where a block is not marked.
COMMAND = re.compile(r"^ *(sudo|cis2ctl|cis2-\w+|systemctl|systemd-\w+|journalctl|apt(-get)?|dpkg\S*|openssl|ssh|ssh-\w+|sshd|scp"
                     r"|jq|curl|install|(sudo )?tests/\S+|cmake|ctest|cp|mv|rm|mkdir|chmod|chown|useradd|usermod|groupadd|nginx"
                     r"|tpm2_\w+|visudo|sed|tee|chronyc|timedatectl) ", re.M)


def section_of(text, position):
    return (re.findall(r"^## (.*)$", text[:position], re.M) or [""])[-1]


def check_block(document, text, block, tests):
    where = f"{document}:{common.line_of(text, block.start())}"
    if block[2] != "sh":
        if COMMAND.search(block[3]):
            yield f"{where}: commands stand here; mark the block sh, and say above it what runs it"
        return
    above = text[:block.start()].rstrip("\n").rsplit("\n", 1)[-1].strip()
    if NOT_RUN.fullmatch(above):
        return
    run_by = RUN_BY.fullmatch(above)
    if not run_by:
        yield f"{where}: the line above must be <!-- run by FILE.py: TEST --> or <!-- not run: WHY -->"
    elif run_by[1] not in tests:
        yield f"{where}: there is no test {run_by[1]}"
    elif not reads(run_by[1].split(":")[0], document, section_of(text, block.start())):
        yield f"{where}: {run_by[1]} does not read the blocks of this section with documents.blocks"


def reads(file_name, document, section):
    call = f'documents.blocks("{document}", "{section}"'
    return any(call in path.read_text() for path in (common.ROOT / "tests").rglob(file_name))


def main():
    tests, findings, counts = common.tests(), [], {"run": 0, "not run": 0}
    for path in DOCUMENTS:
        text, document = path.read_text(), common.name(path)
        for block in FENCE.finditer(text):
            findings += check_block(document, text, block, tests)
        counts["run"] += len(RUN_BY.findall(text))
        counts["not run"] += len(NOT_RUN.findall(text))
    print(f"{counts['run']} blocks of commands are run by tests, {counts['not run']} say why not")
    if not counts["run"]:
        findings.append("no document was found")
    common.report(findings)


main()
