#!/usr/bin/python3
"""Sums up a run: results.py FOLDER SKIPS.

FOLDER has JUnit files (ctest-PRESET.xml, system-PRESET.xml) and steps.tsv (id, passed|failed, one line of text). SKIPS lists
each permitted skip as `id | probe | reason`; the probe is a shell command whose success proves that the skip is
right here. Any other skip fails. The last line is `N passed, N failed, N skipped`; exit status 0 if nothing failed.
"""

import fnmatch
import glob
import os
import subprocess
import sys
import xml.etree.ElementTree as xml


def read_junit(path):
    prefix = os.path.basename(path)[: -len(".xml")].replace("-", "/", 1)
    for case in xml.parse(path).getroot().iter("testcase"):
        name = f"{prefix}/{case.get('name')}"
        failure, skipped = case.find("failure"), case.find("skipped")
        if failure is None:
            failure = case.find("error")
        if failure is not None:
            text = failure.text or case.findtext("system-out") or failure.get("message") or ""
            yield name, "failed", text
        elif skipped is not None or case.get("status", "run") not in ("run", ""):
            text = skipped.get("message", "") if skipped is not None else case.get("status")
            yield name, "skipped", text or ""
        else:
            yield name, "passed", ""


def read_steps(path):
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            name, state, text = line.rstrip("\n").split("\t", 2)
            yield name, state, text


def read_skips(path):
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            parts = [part.strip() for part in line.split(" | ")]
            if len(parts) != 3 or not all(parts):
                raise SystemExit(f"{path}:{number}: not `id | probe | reason`")
            yield parts


def judged(name, text, skips):
    """A skip, or the failure that it is when nothing permits it."""
    for pattern, probe, reason in skips:
        if fnmatch.fnmatchcase(name, pattern):
            done = subprocess.run(["bash", "-c", probe], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=60, text=True)
            if done.returncode == 0:
                return "skipped", reason
            return "failed", f"skipped ({text}), but its probe does not prove the need: {probe}: {done.stdout}"
    return "failed", f"skipped without leave ({text}); tests/skips.txt does not list it"


def main():
    folder, skips_file = sys.argv[1:]
    cases = []
    for path in sorted(glob.glob(os.path.join(folder, "*.xml"))):
        try:
            cases += read_junit(path)
        except xml.ParseError as problem:
            cases.append((os.path.basename(path), "failed", f"cannot be read: {problem}"))
    steps = os.path.join(folder, "steps.tsv")
    if os.path.exists(steps):
        cases += read_steps(steps)
    skips = list(read_skips(skips_file))
    cases = [(name, *judged(name, text, skips)) if state == "skipped" else (name, state, text)
             for name, state, text in cases]
    if not cases:
        cases = [("run", "failed", "no test ran")]

    for wanted in ("skipped", "failed"):
        for name, state, text in cases:
            if state == wanted:
                print(f"{state}: {name}")
                for line in text.strip().splitlines()[-25:]:
                    print(f"    {line}")
    count = {state: sum(1 for case in cases if case[1] == state) for state in ("passed", "failed", "skipped")}
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
