#!/usr/bin/python3
"""Every reason of list.inc is given somewhere in broker/, and ids are unique and of the form area.what."""

import re

import common
import make_reasons

code = "\n".join(common.without_comments_and_strings(p.read_text()) for p in common.files("broker"))
used = set(re.findall(r"\b(?:Reason::)(k\w+)", code))
findings = []
seen = set()
for _, reason, identifier, operator, administrator in make_reasons.reasons():
    if reason not in used:
        findings.append(f"broker/reasons/list.inc: {reason} ({identifier}) is never given")
    if identifier in seen:
        findings.append(f"broker/reasons/list.inc: the id {identifier} is there twice")
    seen.add(identifier)
    if reason != "kNone" and not re.fullmatch(r"[a-z_]+\.[a-z_0-9]+", identifier):
        findings.append(f"broker/reasons/list.inc: the id {identifier} is not of the form area.what")
    if reason != "kNone" and not (operator and administrator):
        findings.append(f"broker/reasons/list.inc: {identifier} lacks a sentence")
common.report(findings)
