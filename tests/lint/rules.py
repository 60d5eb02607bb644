#!/usr/bin/python3
"""docs/rules.md and tests/breaks belong together, and every patch still fits the code.

tests/break.sh takes long, so it does not run with every test; what makes it useless is found here: a rule without its
row, a row without its rule, a patch whose code has moved away, a test or a function that is no longer there.
"""

import os
import re
import shutil
import subprocess
import tempfile

import common

findings = []
patches = sorted((common.ROOT / "tests/breaks").glob("*.patch"))
document = (common.ROOT / "docs/rules.md").read_text().splitlines()


def applies(patch):
    """Whether it fits, with patch(1): git knows no tree that is packed or copied. Only the files it names are copied."""
    with tempfile.TemporaryDirectory() as folder:
        for name in re.findall(r"^--- a/(\S+)", patch.read_text(), re.M):
            os.makedirs(os.path.join(folder, os.path.dirname(name)), exist_ok=True)
            source = common.ROOT / name
            if not source.exists():
                return f"{name} is not there"
            shutil.copy(source, os.path.join(folder, name))
        with open(patch) as text:
            done = subprocess.run(["patch", "-p1", "--dry-run", "--fuzz=0", "-s"], cwd=folder, stdin=text,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return "" if done.returncode == 0 else "it does not fit: " + done.stdout.strip().replace("\n", " ")


table = subprocess.run([str(common.ROOT / "tests/break.sh"), "--table"], stdout=subprocess.PIPE, text=True, check=True)
expected = table.stdout.splitlines()
rows = [line for line in document if re.match(r"\| \d\d \|", line)]
findings += [f"docs/rules.md lacks the row: {row}" for row in expected if row not in rows]
findings += [f"docs/rules.md has a row without a patch: {row}" for row in rows if row not in expected]
for patch in patches:
    why = applies(patch)
    if why:
        findings.append(f"{common.name(patch)}: {why}")
    head = patch.read_text().split("diff --git")[0]
    source = re.search(r"^Source: `([^`]+)`, `?([^`\n]+)`?", head, re.M)
    if source and source[2].endswith(".cc"):
        function = source[1].split("::")[-1].split("(")[0]
        if function not in (common.ROOT / source[2]).read_text():
            findings.append(f"{common.name(patch)}: {source[2]} has no {source[1]}")
if not patches:
    findings.append("no patches were found")
common.report(findings)
