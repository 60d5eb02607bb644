#!/usr/bin/python3
"""A fuzz target is whole: source, named seeds, a row in docs/fuzzing.md; and nothing lies about that is no target."""

import re

import common

FUZZ = common.ROOT / "tests/fuzz"
LEAST_SEEDS = 8
# Sources that are no target.
SHARED = {"libfuzzer", "replay"}


def check_target(name, document):
    seeds = sorted((FUZZ / "corpus" / name).glob("*"))
    if not (FUZZ / f"{name}.cc").is_file():
        yield f"tests/fuzz/{name}.cc: is missing"
    if len(seeds) < LEAST_SEEDS:
        yield f"tests/fuzz/corpus/{name}: {len(seeds)} seeds, at least {LEAST_SEEDS} are expected"
    for seed in seeds:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", seed.name) or re.fullmatch(r"[0-9a-f]{40}", seed.name):
            yield f"{common.name(seed)}: the name does not say what it is"
    if f"| `{name}` |" not in document:
        yield f"docs/fuzzing.md: no row for {name}"


def check_strays(targets):
    for path in sorted(FUZZ.glob("*.cc")):
        if path.stem not in targets | SHARED:
            yield f"{common.name(path)}: is no target in tests/fuzz/CMakeLists.txt"
    for path in sorted((FUZZ / "corpus").iterdir()):
        if path.name not in targets:
            yield f"{common.name(path)}: belongs to no target"


def check_dictionaries(text):
    named = set(re.findall(r"DICTIONARY ([a-z_]+\.dict)", text))
    there = {path.name for path in (FUZZ / "dictionaries").iterdir()}
    for name in sorted(named ^ there):
        yield f"tests/fuzz/dictionaries/{name}: " + ("is missing" if name in named else "belongs to no target")


def main():
    text = (FUZZ / "CMakeLists.txt").read_text()
    targets = set(re.findall(r"^cis2_fuzz\(([a-z_]+) ", text, re.M))
    document = (common.ROOT / "docs/fuzzing.md").read_text()
    findings = [] if targets else ["tests/fuzz/CMakeLists.txt: no target was found"]
    for name in sorted(targets):
        findings += check_target(name, document)
    common.report([*findings, *check_strays(targets), *check_dictionaries(text)])


main()
