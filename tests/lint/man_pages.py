#!/usr/bin/python3
"""docs/man: every option and command of a program is in its page and no other, every page is shipped, mandoc(1) is content.

broker.toml.5 is what make_settings_page.py writes from docs/configuration.md. The commands of cis2ctl are in docs/cis2ctl.md
as well.
"""

import difflib
import re
import subprocess

import common
import make_settings_page

PAGES = common.ROOT / "docs/man"
# What declares the options of a program: its sources, and how a long option stands there.
CLI11 = re.compile(r'add_(?:option|flag|flag_callback)\(\s*"--([a-z-]+)"')
GETOPT = re.compile(r'\{"([a-z-]+)", (?:no|required)_argument')
OPTIONS = {
    "cis2-brokerd.8": ("broker/main.cc", GETOPT),
    "cis2-front.8": ("broker/front/main.cc", CLI11),
    "cis2-sim.8": ("tests/simulator/options.cc", CLI11),
    "cis2ctl.8": ("broker/ctl/**/*.cc", CLI11),
}
COMMAND = re.compile(r'\badd(?:_subcommand)?\(\s*"([a-z-]+)"\s*,')
ARGUMENT = re.compile(r'\{"([a-z]+)=?", Set\w+\}')


def sources(pattern):
    return "\n".join(path.read_text() for path in sorted(common.ROOT.glob(pattern)))


def page(name):
    return (PAGES / name).read_text()


def differences(name, what, ours, told):
    for each in sorted(ours - told):
        yield f"docs/man/{name}: lacks the {what} {each}"
    for each in sorted(told - ours):
        yield f"docs/man/{name}: has the {what} {each}, which there is not"


def check_options():
    for name, (pattern, declaration) in OPTIONS.items():
        ours = set(declaration.findall(sources(pattern))) | {"help", "version"}
        told = set(re.findall(r"\bFl -([a-z][a-z-]*)", page(name)))
        yield from differences(name, "option", ours, told)
    arguments = set(ARGUMENT.findall(sources("pam_module/options.cc")))
    told = set(re.findall(r"^\.It Cm ([a-z]+)", page("pam_cis2.8").split(".Sh ARGUMENTS")[1], re.M))
    yield from differences("pam_cis2.8", "argument", arguments, told)


def check_commands():
    ours = set(COMMAND.findall(sources("broker/ctl/**/*.cc")))
    told = set(re.findall(r"^\.It Ic ([a-z-]+)", page("cis2ctl.8"), re.M))
    told |= set(re.findall(r"^\.It Ic [a-z-]+ Cm ([a-z-]+)", page("cis2ctl.8"), re.M))
    yield from differences("cis2ctl.8", "command", ours, told)
    table = "\n".join(re.findall(r"^\| (`[^|]*)", (common.ROOT / "docs/cis2ctl.md").read_text(), re.M))
    for command in sorted(ours - set(re.findall(r"[a-z-]+", table))):
        yield f"docs/cis2ctl.md: lacks the command {command}"


def check_settings():
    name = "broker.toml.5"
    expected = make_settings_page.document().splitlines()
    findings = [*difflib.unified_diff(page(name).splitlines(), expected, name, "what it should be", lineterm="", n=0)]
    if findings:
        findings.append("write it anew: tests/lint/make_settings_page.py > docs/man/broker.toml.5")
    return findings


def check_shipped(names):
    build = (common.ROOT / "conf/CMakeLists.txt").read_text()
    packages = sources("debian/*.install") + sources("debian/*.manpages")
    for name in names:
        if name not in build:
            yield f"docs/man/{name}: conf/CMakeLists.txt does not install it"
        if name not in packages:
            yield f"docs/man/{name}: is in no package"


def check_references(names):
    ours = {f"{name.rsplit('.', 1)[0]} {name.rsplit('.', 1)[1]}" for name in names}
    titles = {name.split(" ")[0] for name in ours}
    for name in names:
        for title, section in re.findall(r"^\.Xr (\S+) (\d)", page(name), re.M):
            if title in titles and f"{title} {section}" not in ours:
                yield f"docs/man/{name}: there is no {title}({section})"


def check_form(names):
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *names], cwd=PAGES, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True)
    return done.stdout.splitlines()


def main():
    names = sorted(path.name for path in PAGES.iterdir())
    common.report([*check_options(), *check_commands(), *check_settings(), *check_shipped(names), *check_references(names),
                   *check_form(names)])


main()
