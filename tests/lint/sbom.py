#!/usr/bin/python3
"""The bill of materials of the programs in a build folder: sbom.py FOLDER.

It is well formed, the same twice, and complete: each library that a program is linked with, and each header library that the
sources include, is in it. Both are found out here in another way than cmake/sbom.py does.
"""

import collections
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import common

BUILD = pathlib.Path(sys.argv[1])
PROGRAMS = {"cis2-brokerd": "usr/sbin", "cis2ctl": "usr/sbin", "cis2-front": "usr/libexec/cis2-broker", "cis2-sim": "usr/bin",
            "pam_cis2.so": "usr/lib/security"}
# SPDX 2.3, clauses 6 to 11: what must be there.
REQUIRED = {"document": ("spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo"),
            "packages": ("SPDXID", "name", "versionInfo", "downloadLocation", "licenseConcluded", "licenseDeclared", "copyrightText"),
            "files": ("SPDXID", "fileName", "checksums", "licenseConcluded", "copyrightText"),
            "relationships": ("spdxElementId", "relationshipType", "relatedSpdxElement")}
LENGTHS = {"SHA1": 40, "SHA256": 64}


def said(*argv):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def stage(root):
    """{name: path} of the programs, laid out as a package has them."""
    staged = {}
    for name, folder in PROGRAMS.items():
        found = [path for path in BUILD.rglob(name) if path.is_file() and "sanitized" not in path.parts]
        (root / folder).mkdir(parents=True, exist_ok=True)
        staged[name] = root / folder / name
        shutil.copy(found[0], staged[name])
    return staged


def made(root):
    return said(str(common.ROOT / "cmake/sbom.py"), "--package", "all", "--version", "1.0", "--build", str(BUILD), "--root", str(root))


def check_form(document):
    for kind, names in REQUIRED.items():
        for entry in [document] if kind == "document" else document[kind]:
            for name in names:
                if not entry.get(name):
                    yield f"{kind}: {entry.get('SPDXID', entry)} has no {name}"
    datetime.datetime.strptime(document["creationInfo"]["created"], "%Y-%m-%dT%H:%M:%SZ")
    ids = [entry["SPDXID"] for kind in ("packages", "files") for entry in document[kind]] + [document["SPDXID"]]
    for one, count in collections.Counter(ids).items():
        if count > 1 or not re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one):
            yield f"{one} stands there {count} times, or is no id"
    for link in document["relationships"]:
        for end in (link["spdxElementId"], link["relatedSpdxElement"]):
            if end not in ids:
                yield f"a relationship names {end}, which is not there"


def check_sums(document, root):
    for entry in document["files"]:
        data = (root / entry["fileName"]).read_bytes()
        for told in entry["checksums"]:
            name, value = told["algorithm"], told["checksumValue"]
            if len(value) != LENGTHS[name] or hashlib.new(name, data).hexdigest() != value:
                yield f"{entry['fileName']}: {name} is wrong"
    sums = sorted(told["checksumValue"] for entry in document["files"] for told in entry["checksums"] if told["algorithm"] == "SHA1")
    own = next(entry for entry in document["packages"] if entry.get("filesAnalyzed"))
    if own["packageVerificationCode"]["packageVerificationCodeValue"] != hashlib.sha1("".join(sums).encode()).hexdigest():
        yield "the verification code of the package is wrong"


def owners(paths):
    """{path: Debian package}, as dpkg answers when asked for these files. It may know them from before /usr was merged."""
    spellings = {spelling: path for path in paths for known in (path, os.path.realpath(path))
                 for spelling in (known, "/usr" + known, known.removeprefix("/usr"))}
    answers = subprocess.run(["dpkg-query", "-S", *spellings], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    told = dict(reversed(line.split(": ", 1)) for line in answers.splitlines() if not line.startswith("diversion"))
    return {path: told[spelling].split(":")[0] for spelling, path in spellings.items() if spelling in told}


def check_linked(document, program):
    """What the program says that it needs, and where this system's loader finds it."""
    here = next(entry["SPDXID"] for entry in document["files"] if os.path.basename(entry["fileName"]) == program.name)
    linked = {link["relatedSpdxElement"] for link in document["relationships"]
              if link["spdxElementId"] == here and link["relationshipType"] == "DYNAMIC_LINK"}
    names = {entry["name"] for entry in document["packages"] if entry["SPDXID"] in linked}
    loaded = {os.path.basename(path): path for path in re.findall(r"(/\S+) \(0x", said("ldd", str(program)))}
    needs = {library: loaded.get(library) for library in re.findall(r"NEEDED\s+(\S+)", said("objdump", "-p", str(program)))}
    packages = owners(filter(None, needs.values()))
    for library, path in needs.items():
        if packages.get(path) not in names:
            yield f"{program.name} needs {library} of {packages.get(path)}, which is not told of it"


def headers_included():
    """The headers between < and > in what is shipped."""
    pattern = re.compile(r"^[ \t]*#[ \t]*include[ \t]*<([^>]+)>", re.M)
    shipped = [path for path in common.files("broker", "pam_module", "tests/simulator")
               if not path.stem.endswith("_test") and not path.stem.startswith("test_")]
    return sorted({header for path in shipped for header in pattern.findall(path.read_text())})


def check_included(document):
    names = {entry["name"] for entry in document["packages"]}
    folders = ["/usr/include", *map(str, pathlib.Path("/usr/include").glob("*-linux-gnu*"))]
    paths = [path for header in headers_included() for folder in folders if os.path.exists(path := os.path.join(folder, header))]
    if len(paths) < 20:
        yield f"only {len(paths)} headers of libraries were found"
    for path, package in owners(paths).items():
        if package not in names:
            yield f"{path} is of {package}, which is not told"


def main():
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        programs = stage(root)
        text = made(root)
        document = json.loads(text)
        findings = [] if made(root) == text else ["two runs differ"]
        findings += [*check_form(document), *check_sums(document, root), *check_included(document)]
        for program in programs.values():
            findings += check_linked(document, program)
    print(f"{len(document['packages'])} packages, {len(document['relationships'])} relationships")
    common.report(findings)


main()
