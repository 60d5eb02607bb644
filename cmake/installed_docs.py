#!/usr/bin/python3
"""Writes the documents as they are installed: installed_docs.py FOLDER.

In the checkout they are beside README.md and in docs/; installed they are in one folder, so that `docs/` falls away, and
docs/README.md is documents.md. Links are turned to fit. A link to what is not installed (tests, pictures) becomes its words.
"""

import os
import pathlib
import re
import shutil
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
TOP = ("README.md", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#:]*)(#[^)\s]*)?\)")
PICTURE = re.compile(r"<img [^>]*>\s*")


def installed():
    """{path in the checkout: path below the folder}."""
    docs = [path.relative_to(SOURCE) for path in sorted((SOURCE / "docs").rglob("*.md")) if "gallery" not in path.parts]
    found = {pathlib.PurePath(name): name for name in TOP}
    found.update({pathlib.PurePath(path): str(path.relative_to("docs")) for path in docs})
    found[pathlib.PurePath("docs/README.md")] = "documents.md"
    found[pathlib.PurePath("docs/audit.schema.json")] = "audit.schema.json"
    return found


def turned(path, text, places):
    """The text of a document with its links as they are where it is installed."""
    here = os.path.dirname(places[path])

    def link(match):
        picture, words, target, anchor = match[1], match[2], match[3], match[4] or ""
        if not target:
            return match[0]
        place = places.get(pathlib.PurePath(os.path.normpath(path.parent / target)))
        if place is None:
            return "" if picture else words
        return f"[{words}]({os.path.relpath(place, here)}{anchor})"

    return PICTURE.sub("", LINK.sub(link, text))


def write(folder):
    places = installed()
    for path, place in places.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            target.write_text(turned(path, (SOURCE / path).read_text(), places))
        else:
            shutil.copyfile(SOURCE / path, target)


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
