"""What the documents show is run as it stands there."""

import os
import re

from .machine import ROOT


def blocks(path, heading, language=r"\w*"):
    """The blocks under a heading of a document ("": above the first), in their order; with `language` those of that one."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as text:
        parts = text.read().split(f"\n## {heading}\n" if heading else "\n## ", 1)
    section = parts[1].split("\n## ", 1)[0] if heading else parts[0]
    found = re.findall(rf"```{language}\n(.*?)```", section, re.S)
    if not found:
        raise AssertionError(f"{path} has no block under {heading}")
    return found
