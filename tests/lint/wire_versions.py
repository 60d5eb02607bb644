#!/usr/bin/python3
"""The packages know which versions of the PAM socket they speak.

pam_module/wire/PROTOCOL.md, section 6, has the release that began each version. From kVersion and kOldestVersion of
messages.h follows what debian/control must say, so that apt upgrades the broker before the module.
"""

import re

import common

WIRE, CONTROL = common.ROOT / "pam_module/wire", common.ROOT / "debian/control"


def constant(name):
    return int(re.search(rf"constexpr std::uint16_t {name} = (\d+);", (WIRE / "messages.h").read_text())[1])


def first_releases():
    """{version: release}"""
    section = (WIRE / "PROTOCOL.md").read_text().split("## 6. Versions\n")[1].split("\n## ")[0]
    return {int(version): release for version, release in re.findall(r"^\| (\d+) \| ([0-9.]+) \|", section, re.M)}


def relations(package):
    """The line `Breaks:` of a package."""
    paragraph = re.search(rf"^Package: {package}\n(?:.+\n)+", CONTROL.read_text(), re.M)[0]
    return re.findall(r"^Breaks: (.*)$", paragraph, re.M)


def main():
    releases, findings = first_releases(), []
    newest, oldest = constant("kVersion"), constant("kOldestVersion")
    if sorted(releases) != list(range(1, newest + 1)):
        findings.append(f"PROTOCOL.md: the table has the versions {sorted(releases)}, messages.h says {newest}")
        common.report(findings)
    for package, other, version in (("libpam-cis2", "cis2-broker", newest), ("cis2-broker", "libpam-cis2", oldest)):
        wanted = f"{other} (<< {releases[version]}~)"
        if relations(package) != [wanted]:
            findings.append(f"debian/control: {package} needs the line: Breaks: {wanted}")
    print(f"the module speaks version {newest}, the broker {oldest} to {newest}")
    common.report(findings)


main()
