#!/usr/bin/python3
"""Every link of the documents leads somewhere once they are installed, and what units and manual pages name is there."""

import pathlib
import re
import subprocess
import tempfile

import common

LINK = re.compile(r"\]\(([^)\s#:]+)(?:#[^)\s]*)?\)|<img [^>]*src=\"([^\"]+)\"")
NAMED = re.compile(r"/doc/cis2-broker/([\w/.-]+\.(?:md|json))")
# What an assessor and an administrator without the checkout need.
WANTED = ("README.md", "SECURITY.md", "ASSURANCE.md", "clinical-safety.md", "PRIVILEGES.md", "confinement.md", "sbom.md", "guides/first-login.md")


def check(folder):
    for name in WANTED:
        if not (folder / name).is_file():
            yield f"{name} is not installed"
    for path in sorted(folder.rglob("*.md")):
        for match in LINK.finditer(path.read_text()):
            target = match[1] or match[2]
            if not (path.parent / target).exists():
                yield f"{path.relative_to(folder)}: {target} is not there once it is installed"
    for path in [*common.files("docs", "conf", "debian", suffixes=(".md", ".8", ".5", ".in", ".toml", ".catalog")), *common.ROOT.glob("*.md")]:
        for name in NAMED.findall(path.read_text()):
            if not name.startswith("examples/") and not name.endswith(".spdx.json") and not (folder / name).is_file():
                yield f"{common.name(path)}: /usr/share/doc/cis2-broker/{name} is not installed"


with tempfile.TemporaryDirectory() as scratch:
    subprocess.run([common.ROOT / "cmake/installed_docs.py", scratch], check=True)
    found = list(check(pathlib.Path(scratch)))
common.report(found)
