#!/usr/bin/python3
"""Runs the scenarios of tests/boot inside the booted system; tests/boot.sh starts it there.

    run.py --packages FOLDER --release NAME --results FOLDER [--only PATTERN]...
"""

import argparse
import importlib.util
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../system")]

import server  # noqa: E402

# It has the name of this file.
_spec = importlib.util.spec_from_file_location("scenarios", os.path.join(HERE, "../system/run.py"))
scenarios = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(scenarios)


def tests_here():
    return scenarios.tests_in(unittest.TestLoader().discover(HERE, top_level_dir=HERE))


def main(must_be_right_place=server.must_be_booted, tests_there=tests_here):
    """tests/confine has another place, and other tests."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", required=True, metavar="FOLDER")
    parser.add_argument("--release", required=True, metavar="NAME")
    parser.add_argument("--results", required=True, metavar="FOLDER")
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN")
    options = parser.parse_args()
    must_be_right_place()
    scenarios.hear_signals()
    server.PACKAGES, server.RESULTS = options.packages, options.results
    tests = [test for test in tests_there() if scenarios.wanted(test, options.only)]
    result = scenarios.Result("boot")
    result.failfast = True  # it is one story
    unittest.TestSuite(tests).run(result)
    journal = server.journal()
    with open(os.path.join(options.results, f"journal-{options.release}.log"), "w") as out:
        out.write(journal)
    if not result.wasSuccessful():
        print("    | " + "\n    | ".join(journal.splitlines()[-40:]), flush=True)
    scenarios.write_junit(os.path.join(options.results, f"boot-{options.release}.xml"), result.cases)
    failed = sum(case["state"] == "failed" for case in result.cases)
    print(f"  boot: {len(result.cases)} scenarios on {options.release}, {failed} failed", flush=True)
    return 1 if failed or not result.cases else 0


if __name__ == "__main__":
    sys.exit(main())
