"""Every secret of a scenario, looked for where none may be: in each log, the audit, the journal, and the
environment and arguments of each process."""

import glob
import os
import re
import urllib.parse

# Times would make six digits look found: 12:00:01.482913.
FRACTION = re.compile(r"(?<=:\d\d)[.,]\d{3,9}")


class Canary:
    def __init__(self):
        self._secrets = {}

    def add(self, kind, value):
        if value and len(value) >= 6:
            self._secrets[value] = kind

    def add_all(self, pairs):
        for kind, value in pairs:
            self.add(kind, value)

    def __len__(self):
        return len(self._secrets)

    def kinds(self):
        return sorted(set(self._secrets.values()))

    def find(self, name, text):
        """What is found in one text, as sentences that do not repeat the secret."""
        text = FRACTION.sub("", text)
        found = []
        for value, kind in self._secrets.items():
            if value.isdigit():
                position = re.search(r"(?<!\d)" + value + r"(?!\d)", text)
                start = position.start() if position else -1
            else:
                start = max(text.find(form) for form in _forms(value))
            if start >= 0:
                line = text[text.rfind("\n", 0, start) + 1:start]
                found.append(f"{kind} ({len(value)} characters) in {name} after {line[-160:]!r}")
        return found

    def search(self, files, texts):
        found = []
        for path in files:
            with open(path, encoding="utf-8", errors="replace") as stream:
                found += self.find(path, stream.read())
        for name, text in texts:
            found += self.find(name, text)
        return found


def _forms(value):
    """The ways one secret may be written."""
    return {value, urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value)}


def process_texts():
    """Environment and arguments of every process of the machine but this one."""
    for folder in glob.glob("/proc/[0-9]*"):
        if folder == f"/proc/{os.getpid()}":
            continue
        for name in ("environ", "cmdline"):
            try:
                with open(f"{folder}/{name}", "rb") as stream:
                    yield f"{folder}/{name}", stream.read().replace(b"\0", b"\n").decode("utf-8", "replace")
            except OSError:
                pass  # it has ended meanwhile
