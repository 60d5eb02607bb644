#!/usr/bin/python3
"""Every header opens with its contract, and has the guard that its path says."""

import re

import common


def main():
    findings = []
    for path in common.files("broker", "pam_module", "tests", suffixes=(".h",)):
        text = path.read_text()
        name = common.name(path)
        guard = "CIS2_" + re.sub(r"[^A-Z0-9]", "_", name.upper()) + "_"
        if not text.startswith("//"):
            findings.append(f"{name}:1: does not open with a comment that says what it is for")
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            findings.append(f"{name}: expected the guard {guard}")
    common.report(findings)


main()
