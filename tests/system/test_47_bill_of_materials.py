"""Goal: the bill of materials that a package has answers what docs/sbom.md asks of it. That it is complete is a lint's: sbom.py."""

import os
import shutil
import unittest

from harness import documents
from harness.machine import ROOT, built
from harness.process import run


class BillOfMaterials(unittest.TestCase):
    def test_it_answers_what_its_document_asks(self):
        preset = next(name for name in ("release", "dev") if os.path.exists(os.path.join(ROOT, "build", name, "build.ninja")))
        root = "/srv/sbom"
        os.makedirs(root)
        shutil.copy(built(preset, "cis2-brokerd"), root)
        os.makedirs("/usr/share/doc/cis2-broker", exist_ok=True)
        run([os.path.join(ROOT, "cmake/sbom.py"), "--package", "cis2-broker", "--version", "0.1.0",
             "--build", os.path.join(ROOT, "build", preset), "--root", root,
             "--output", "/usr/share/doc/cis2-broker/cis2-broker_amd64.spdx.json"], timeout=120)
        said = run(["bash", "-eux", "-c", documents.blocks("docs/sbom.md", "", "sh")[0]]).stdout
        self.assertIn("SPDXRef-Package-nlohmann-json3-dev\n", said)
        self.assertRegex(said, r"(?m)^nlohmann-json3-dev\t\S+\tMIT$")
