"""Goal: the profiles and the policy that are shipped are understood by those who would enforce them.

That they hold, and hold nothing up, is for a kernel that enforces them: tests/confine.sh.
"""

import glob
import os
import shutil
import unittest

from harness import documents
from harness.machine import ROOT
from harness.process import run

EXAMPLES = "/usr/share/doc/cis2-broker/examples"
PROFILES = ("cis2-brokerd", "cis2-front")


def parse(path):
    """AppArmor's parser compiles the profile; nothing is loaded."""
    return run(["apparmor_parser", "--skip-kernel-load", "--skip-cache", "--warn=all", path], check=False)


class Confinement(unittest.TestCase):
    longMessage = True

    def test_the_profiles_compile(self):
        for name in PROFILES:
            done = parse(os.path.join(ROOT, "conf/apparmor", name))
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_a_profile_with_a_mistake_does_not(self):
        with open(os.path.join(ROOT, "conf/apparmor/cis2-front")) as text, open("/tmp/mistaken", "w") as out:
            out.write(text.read().replace(" mr,", " mr"))
        self.assertNotEqual(parse("/tmp/mistaken").returncode, 0)

    def test_the_profiles_compile_with_each_example(self):
        local = "/etc/apparmor.d/local/cis2-brokerd"
        os.makedirs(os.path.dirname(local), exist_ok=True)
        self.addCleanup(lambda: os.path.exists(local) and os.unlink(local))
        examples = glob.glob(os.path.join(ROOT, "conf/apparmor/examples/*"))
        self.assertTrue(examples)
        for example in examples:
            shutil.copy(example, local)
            done = parse(os.path.join(ROOT, "conf/apparmor/cis2-brokerd"))
            self.assertEqual(done.returncode, 0, f"{example}: {done.stdout}")

    def test_the_selinux_policy_compiles(self):
        shutil.copytree(os.path.join(ROOT, "conf/selinux"), os.path.join(EXAMPLES, "selinux"))
        done = run(["bash", "-eux", "-c", documents.blocks("docs/confinement.md", "SELinux", "sh")[0]], timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertGreater(os.path.getsize("/root/cis2-selinux/cis2.pp"), 10_000)
