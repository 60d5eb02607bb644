#!/usr/bin/python3
"""Runs the story of tests/boot and the scenarios of this folder in the virtual machine; tests/confine.sh starts it there."""

import importlib.util
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BOOT = os.path.join(HERE, "../boot")
sys.path[:0] = [HERE, BOOT, os.path.join(HERE, "../system")]

import server  # noqa: E402
import test_server  # noqa: E402

# It has the name of this file.
_spec = importlib.util.spec_from_file_location("booted", os.path.join(BOOT, "run.py"))
booted = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(booted)

# Of the story these are told here: they start the programs and log in, each in its own way. The others are about systemd alone,
# or need a machine that is as fast as sshd asks again (test_25).
CHAPTERS = ("test_10", "test_11", "test_12", "test_13", "test_14", "test_15", "test_20", "test_22", "test_23", "test_30",
            "test_33", "test_34")


def must_be_virtual():
    """Refuses to go on elsewhere: this installs packages and edits PAM."""
    if server.run(["systemd-detect-virt", "--vm"], check=False).stdout.strip() not in ("kvm", "qemu"):
        raise SystemExit("run this by tests/confine.sh")


def tests_here():
    loader = unittest.TestLoader()
    story = booted.scenarios.tests_in(loader.loadTestsFromModule(test_server))
    yield from (test for test in story if test.id().split(".")[-1].startswith(CHAPTERS))
    yield from booted.scenarios.tests_in(loader.discover(HERE, top_level_dir=HERE))


if __name__ == "__main__":
    sys.exit(booted.main(must_be_virtual, tests_here))
