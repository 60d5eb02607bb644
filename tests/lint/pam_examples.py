#!/usr/bin/python3
"""The PAM lines that are shipped: only stacks that fail closed, and `sufficient` named as wrong."""

import re

import common

GOOD = re.compile(r"^(auth\s+requisite\s+pam_cis2\.so"
                  r"|auth\s+\[success=done authinfo_unavail=ignore default=die\]\s+pam_cis2\.so"
                  r"|auth\s+\[success=done default=die\]\s+pam_cis2\.so"
                  r"|account\s+required\s+pam_cis2\.so)$")


def main():
    findings = []
    examples = sorted((common.ROOT / "conf/pam.d/examples").iterdir())
    for path in [common.ROOT / "conf/pam.d/cis2-auth", *examples]:
        text = path.read_text()
        for number, line in enumerate(text.splitlines(), 1):
            active = not line.startswith("#")
            rule = line.lstrip("#").strip()
            if "pam_cis2.so" not in line or not re.match(r"(auth|account|session)\s", rule):
                continue
            wrong = re.match(r"auth\s+sufficient\s", rule)
            if wrong and active:
                findings.append(f"{common.name(path)}:{number}: sufficient lets a refusal fall through")
            elif not wrong and not GOOD.match(rule):
                findings.append(f"{common.name(path)}:{number}: not one of the stacks that are tested: {rule}")
        if not re.search(r'(Wrong|wrong)', text) or "sufficient" not in text:
            findings.append(f"{common.name(path)}: does not warn of sufficient")
    if [p.name for p in examples] != ["login", "sshd", "su", "sudo"]:
        findings.append("conf/pam.d/examples: expected login, sshd, su, sudo")
    common.report(findings)


main()
