"""The modules of npm that tests/lib/packages.sh fetched."""

import hashlib
import os

from .machine import ROOT


def modules(folder):
    """node_modules of tests/FOLDER, where npm_modules of tests/lib/packages.sh puts it."""
    with open(os.path.join(ROOT, "tests", folder, "package-lock.json"), "rb") as lock:
        name = hashlib.sha256(lock.read()).hexdigest()[:16]
    return os.path.join(ROOT, "build", folder, name, "node_modules")
