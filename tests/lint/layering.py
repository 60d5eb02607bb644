#!/usr/bin/python3
"""Who may include whom. docs/DESIGN.md draws it; this holds it.

A folder may include itself and the folders listed for it, nothing else of ours. What a folder reaches through the
headers it includes is checked for the libraries and the folders that must stay out of its reach.
"""

import pathlib
import re

import common

# Direct includes. A folder that is not here is an error, so that a new one gets its place.
MAY_INCLUDE = {
    "pam_module/wire": [],
    "pam_module": ["pam_module/wire"],
    "broker/base": [],
    "broker/reasons": [],
    "broker/texts": ["broker/base", "broker/reasons"],
    "broker/identity": ["broker/base"],
    "broker/service": [],
    "broker/http": ["broker/base"],
    "broker/policy": ["broker/base", "broker/identity", "broker/reasons"],
    # jose for where a client key may be, and for reading one.
    "broker/config": ["broker/base", "broker/jose", "broker/policy"],
    "broker/breakglass": ["broker/base"],
    "broker/audit": ["broker/base", "broker/config", "broker/reasons"],
    "broker/board": ["broker/base", "broker/identity", "broker/reasons"],
    "broker/jose": ["broker/base", "broker/reasons"],
    "broker/oidc": ["broker/base", "broker/config", "broker/http", "broker/identity", "broker/jose", "broker/reasons"],
    "broker/qr": ["broker/base"],
    "broker/front/wire": ["broker/base", "broker/reasons", "pam_module/wire"],
    # policy for its Network alone: trusted_proxies. Nothing that decides, nothing with a secret of the client.
    "broker/front": ["broker/base", "broker/front/wire", "broker/http", "broker/policy", "broker/reasons", "broker/service", "broker/texts",
                     "pam_module/wire"],
    # front/wire for the alphabet of user codes.
    "broker/login": ["broker/audit", "broker/base", "broker/board", "broker/breakglass", "broker/config", "broker/front/wire",
                     "broker/identity", "broker/policy", "broker/qr", "broker/reasons", "broker/texts", "pam_module/wire"],
    "broker/web": ["broker/base", "broker/board", "broker/config", "broker/front/wire", "broker/identity", "broker/oidc",
                   "broker/reasons"],
    "broker/metrics": ["broker/audit", "broker/base", "broker/http", "broker/login", "broker/policy", "broker/reasons"],
    "broker/ipc": ["broker/base", "broker/login", "pam_module/wire"],
    "broker/app": ["broker/audit", "broker/base", "broker/board", "broker/breakglass", "broker/config", "broker/front/wire",
                   "broker/http", "broker/identity", "broker/ipc", "broker/login", "broker/metrics", "broker/oidc",
                   "broker/policy", "broker/reasons", "broker/service",
                   "broker/web"],
    "broker": ["broker/app", "broker/audit", "broker/base", "broker/config"],
    "broker/ctl/cli": ["broker/ctl", "broker/ctl/doctor"],
    # pam_module for the arguments of the module: a line is right if the module says so.
    "broker/ctl/doctor": ["broker/base", "broker/breakglass", "broker/config", "broker/ctl", "broker/http", "broker/jose", "broker/oidc",
                          "broker/policy", "broker/reasons", "pam_module"],
    "broker/ctl": ["broker/base", "broker/breakglass", "broker/ctl/cli", "broker/ctl/doctor", "broker/config",
                   "broker/identity", "broker/jose",
                   "broker/oidc", "broker/policy", "broker/reasons",
                   "broker/texts"],
    "tests/simulator": ["broker/base", "broker/http", "tests/support"],
}

# What must not be reached, not even through a header of somebody else.
BOOST_IO = re.compile(r"boost/(asio|beast)[/.]")
BEAST = re.compile(r"boost/beast[/.]")
CANNOT_REACH = {
    # The code that judges is pure: it is tested and fuzzed without an event loop.
    "broker/jose": BOOST_IO,
    "broker/oidc": BOOST_IO,
    "broker/policy": BOOST_IO,
    "broker/config": BOOST_IO,
    "broker/breakglass": BOOST_IO,
    "broker/identity": BOOST_IO,
    "broker/base": BOOST_IO,
    "broker/reasons": BOOST_IO,
    "broker/texts": BOOST_IO,
    # What runs inside sshd knows libpam and libc.
    "pam_module": re.compile(r"broker/|boost/|openssl/|curl/|nlohmann/|systemd/|qrencode"),
    "pam_module/wire": re.compile(r"broker/|boost/|openssl/|curl/|nlohmann/|systemd/|qrencode"),
    # The stand-in for the provider must be another implementation.
    "tests/simulator": re.compile(r"broker/(jose|oidc|policy)/"),
    # Nothing that a browser reaches knows the client's key.
    "broker/front": re.compile(r"broker/(jose|oidc|config|login|audit|app)/"),
}
# Beast is expensive to compile and to trust: one folder uses it.
BEAST_FOLDERS = {"broker/http"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.M)


def includes(path):
    text = path.read_text()
    return [(common.line_of(text, m.start()), m[1] or m[2], m[1] is not None) for m in INCLUDE.finditer(text)]


def reached(path, cache):
    """Every header that `path` includes, directly or through headers of ours."""
    if path in cache:
        return cache[path]
    cache[path] = set()
    found = set()
    for _, header, _ in includes(path):
        found.add(header)
        ours = common.ROOT / header
        if ours.is_file():
            found |= reached(ours, cache)
    cache[path] = found
    return found


def check_direct(path, folder):
    for line, header, quoted in includes(path):
        target = str(pathlib.PurePosixPath(header).parent)
        where = f"{common.name(path)}:{line}"
        if BEAST.search(header) and folder not in BEAST_FOLDERS:
            yield f"{where}: only {', '.join(sorted(BEAST_FOLDERS))} may include Beast"
        # A quoted header that is not in the tree is made by the build in the folder itself.
        if quoted and target not in (folder, ".") and target not in MAY_INCLUDE[folder]:
            yield f"{where}: {folder} may not include {header}"


def main():
    findings = []
    cache = {}
    for path in common.files("broker", "pam_module", "tests/simulator"):
        folder = common.name(path.parent)
        if folder not in MAY_INCLUDE:
            findings.append(f"{common.name(path)}: {folder} has no place in tests/lint/layering.py")
            continue
        findings += check_direct(path, folder)
        forbidden = CANNOT_REACH.get(folder)
        for header in sorted(reached(path, cache)):
            if forbidden and forbidden.search(header):
                findings.append(f"{common.name(path)}: reaches {header}, which is out of bounds for {folder}")
    common.report(findings)


main()
