"""Goal: the test that the packages bring along (autopkgtest) passes where they are installed, under AppArmor as well."""

import os
import unittest

import test_apparmor
from harness.machine import ROOT
from harness.process import run
from server import UNITS, sh, systemctl


class Packages(unittest.TestCase):
    longMessage = True

    def test_99_smoke(self):
        systemctl("stop", "cis2-front.socket", *UNITS)
        sh("rm -rf /etc/cis2-broker/*")
        before = test_apparmor.denials()
        done = run([os.path.join(ROOT, "debian/tests/smoke")], timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(test_apparmor.denials(), before)
