#!/usr/bin/python3
"""The bill of materials of one binary package, as SPDX 2.3 in JSON.

    sbom.py --package NAME --version VERSION --build FOLDER --root FOLDER [--output FILE]

FOLDER of --build is where ninja built; --root is the package before it is packed. What went in is asked of those who know, and
written down nowhere by hand:

    each file of the package         its hashes
    shared libraries                 NEEDED of each program, and the Debian package that has it
    what was compiled in             the headers that each object of a program was compiled from, as ninja recorded them, and
                                     static libraries, with the Debian package that has them: so a library that is headers alone
                                     is seen as well
    what built it                    the compiler's package

A file that is neither of this checkout nor of a Debian package is an error. The same input gives the same bytes: the time is
SOURCE_DATE_EPOCH.
"""

import argparse
import datetime
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import urllib.parse

SOURCE = pathlib.Path(__file__).resolve().parents[1]
SUPPLIER = "Organization: the pam-cis2 maintainers"
# Debian's names of licences that SPDX calls otherwise (DEP 5, "License specification").
SPDX_NAMES = {"Expat": "MIT", "MIT": "MIT", "BSD-2-clause": "BSD-2-Clause", "BSD-3-clause": "BSD-3-Clause", "LGPL-2.1+": "LGPL-2.1-or-later",
              "LGPL-2+": "LGPL-2.0-or-later", "GPL-2+": "GPL-2.0-or-later", "GPL-3+": "GPL-3.0-or-later",
              "GPL-2": "GPL-2.0-only", "GPL-3": "GPL-3.0-only", "BSL-1.0": "BSL-1.0", "Apache-2.0": "Apache-2.0", "curl": "curl"}


def said(*argv, cwd=None):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True, cwd=cwd, env={**os.environ, "LC_ALL": "C"}).stdout


def spdx_id(kind, name):
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-")


# --- Debian

@functools.cache
def owners():
    """{path: Debian package}, read from dpkg's lists at once: there are thousands of headers."""
    found = {}
    for file in sorted(pathlib.Path("/var/lib/dpkg/info").glob("*.list")):
        found.update(dict.fromkeys(file.read_text().splitlines(), file.name.removesuffix(".list").split(":")[0]))
    return found


@functools.cache
def owner_of(path):
    """The Debian package of a file. A package may know it by its path from before /usr was merged."""
    real = os.path.realpath(path)
    for name in (path, real, path.removeprefix("/usr"), real.removeprefix("/usr")):
        if name in owners():
            return owners()[name]
    raise SystemExit(f"sbom: {path} is of no Debian package, so its origin cannot be told")


@functools.cache
def debian(name):
    """(version, source package, licence) of an installed Debian package."""
    shown = said("dpkg-query", "--show", "--showformat", "${Version}\t${source:Package}\t${db:Status-Abbrev}\n", name)
    version, source, _ = next(line for line in shown.splitlines() if "\tii" in line).split("\t")
    return version, source, licence(name)


def licence(name):
    """What the copyright file of the package says about all files that it does not tell apart, if it says so in a machine's words."""
    path = pathlib.Path("/usr/share/doc") / name / "copyright"
    if not path.exists():
        return "NOASSERTION"
    for paragraph in re.split(r"\n\s*\n", path.read_text(errors="replace")):
        if re.search(r"^Files:\s*\*\s*$", paragraph, re.M):
            told = re.search(r"^License:\s*(\S+)\s*$", paragraph, re.M)
            return SPDX_NAMES.get(told[1], "NOASSERTION") if told else "NOASSERTION"
    return "NOASSERTION"


# --- what a program is made of

def is_elf(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def needed(path):
    """The names of the shared libraries that a program is linked with."""
    return re.findall(r"\(NEEDED\).*\[(.*)\]", said("readelf", "--dynamic", "--wide", str(path)))


@functools.cache
def shared_libraries():
    """{name: path}, as the loader knows them."""
    lines = said("/sbin/ldconfig", "-p").splitlines()
    return {line.split(" ")[0].strip(): line.split(" => ")[1] for line in reversed(lines) if " => " in line}


@functools.cache
def headers_of_objects(build):
    """{object: headers}, as the compiler told ninja."""
    found, current = {}, None
    for line in said("ninja", "-t", "deps", cwd=build).splitlines():
        if line and not line.startswith(" "):
            current = found.setdefault(line.split(":")[0], [])
        elif line:
            current.append(line.strip())
    return found


def output_of(build, name):
    """The program of that name, as ninja calls it."""
    targets = said("ninja", "-t", "targets", "all", cwd=build).splitlines()
    found = {path for path, rule in (line.rsplit(": ", 1) for line in targets)
             if os.path.basename(path) == name and "LINKER" in rule and "sanitized/" not in path}
    if len(found) != 1:
        raise SystemExit(f"sbom: {name} is not built once in {build}: {sorted(found)}")
    return found.pop()


def compiled_in(build, name):
    """The files outside of the checkout whose content is in the program: headers, and static libraries."""
    inputs = said("ninja", "-t", "inputs", output_of(build, name), cwd=build).splitlines()
    headers = headers_of_objects(build)
    files = {one for one in inputs if one.startswith("/") and one.endswith(".a")}
    for one in inputs:
        files |= {header for header in headers.get(one, ()) if header.startswith("/")}
    return {path for path in map(os.path.normpath, files) if SOURCE not in pathlib.Path(path).parents and
            pathlib.Path(build).resolve() not in pathlib.Path(path).parents}


# --- the document

def purl(name, version, vendor="debian/"):
    return {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
            "referenceLocator": f"pkg:deb/{vendor}{urllib.parse.quote(name)}@{urllib.parse.quote(version)}"}


def file_entry(root, path):
    data = path.read_bytes()
    name = "./" + str(path.relative_to(root))
    return {"SPDXID": spdx_id("File", name), "fileName": name, "licenseConcluded": "Apache-2.0", "copyrightText": "NOASSERTION",
            "checksums": [{"algorithm": "SHA1", "checksumValue": hashlib.sha1(data).hexdigest()},
                          {"algorithm": "SHA256", "checksumValue": hashlib.sha256(data).hexdigest()}]}


def package_entry(name):
    version, source, told = debian(name)
    return {"SPDXID": spdx_id("Package", name), "name": name, "versionInfo": version, "supplier": "Organization: Debian",
            "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": told,
            "copyrightText": "NOASSERTION", "sourceInfo": f"Debian source package {source}",
            "externalRefs": [purl(name, version)]}


def own_entry(arguments, files):
    sums = sorted(entry["checksums"][0]["checksumValue"] for entry in files)
    return {"SPDXID": spdx_id("Package", arguments.package), "name": arguments.package, "versionInfo": arguments.version,
            "supplier": SUPPLIER, "downloadLocation": "NOASSERTION", "filesAnalyzed": True,
            "packageVerificationCode": {"packageVerificationCodeValue": hashlib.sha1("".join(sums).encode()).hexdigest()},
            "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0", "licenseInfoFromFiles": ["Apache-2.0"],
            "copyrightText": "2026 the pam-cis2 maintainers",
            "externalRefs": [purl(arguments.package, arguments.version, vendor="")]}


def relations(build, path, file_id):
    """[(from, what, to)] of one program, and the Debian packages that they name."""
    for library in needed(path):
        if library not in shared_libraries():
            raise SystemExit(f"sbom: {path} needs {library}, which is not installed here")
        yield file_id, "DYNAMIC_LINK", owner_of(shared_libraries()[library])
    for owner in map(owner_of, sorted(compiled_in(build, path.name))):
        yield file_id, "STATIC_LINK", owner


def document(arguments):
    root = pathlib.Path(arguments.root)
    paths = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink()
                   and "DEBIAN" not in path.parts and path != pathlib.Path(arguments.output or ""))
    files = [file_entry(root, path) for path in paths]
    own = own_entry(arguments, files)
    links = sorted({link for path, entry in zip(paths, files) if is_elf(path)
                    for link in relations(arguments.build, path, entry["SPDXID"])})
    compiler = owner_of(os.path.realpath("/usr/bin/c++"))
    others = sorted({owner for _, _, owner in links} | {compiler})
    told = [("SPDXRef-DOCUMENT", "DESCRIBES", own["SPDXID"])]
    told += [(own["SPDXID"], "CONTAINS", entry["SPDXID"]) for entry in files]
    told += [(one, what, spdx_id("Package", owner)) for one, what, owner in links]
    told += [(spdx_id("Package", compiler), "BUILD_TOOL_OF", own["SPDXID"])]
    content = {"packages": [own, *map(package_entry, others)], "files": files,
               "relationships": [{"spdxElementId": one, "relationshipType": what, "relatedSpdxElement": other}
                                 for one, what, other in told]}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    created = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"{arguments.package}-{arguments.version}",
            "documentNamespace": f"https://pam-cis2.example/spdx/{arguments.package}-{arguments.version}-{digest}",
            "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
                             "creators": [SUPPLIER, f"Tool: cmake/sbom.py-{arguments.version}"]},
            **content}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("package", "version", "build", "root"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--output", help="where it goes (default: standard output); never in the list itself")
    arguments = parser.parse_args()
    text = json.dumps(document(arguments), indent=1, ensure_ascii=False) + "\n"
    if arguments.output:
        os.makedirs(os.path.dirname(arguments.output), exist_ok=True)
        pathlib.Path(arguments.output).write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
