"""What a client showed in a login, in a form that is the same every time, and the golden files it is compared with.

The golden files are tests/system/transcripts/NAME.txt. With CIS2_TRANSCRIPTS=write in the environment they are written
instead of compared. What changes from login to login is replaced by words: the user code, the digits, ports, the time
left, the reference, the inside of the QR code, rates of copies.
"""

import difflib
import os
import re

from .machine import ROOT

FOLDER = os.path.join(ROOT, "tests/system/transcripts")
BLOCKS = "\u2580\u2584\u2588"
# What bash tells the terminal of itself: the title of the window, and to mark what is pasted.
OF_THE_SHELL = re.compile(r"\x1b\]0;[^\x07]*\x07|\x1b\[\?2004[hl]")
OCTAL = r"\\342\\226\\2(?:00|04|10)"

REPLACED = (
    (re.compile(r"/l/[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}"), "/l/XXXX-XXXX"),
    (re.compile(r"(?m)(Code: )\d{6}$"), r"\1[6 digits]"),
    (re.compile(r"(\.example|\bport|\]|127\.0\.0\.1):? ?(?:8443|2222)\b"), r"\1:PORT"),
    (re.compile(r"\d+ minutes?(?: \d+ seconds?)?|\d+ seconds?"), "[time left]"),
    (re.compile(r"(\bReference: )\S+"), r"\1[reference]"),
    (re.compile(r"\bpid=\d+"), "pid=[number]"),
    (re.compile(r"(?m)^(curl: \(\d+\)) .*$"), r"\1 [another wording in each version]"),
    (re.compile(r"(?m)^(\S+) +100% .*$"), r"\1 100% [size, rate, time]"),
)


def normalised(text, folder=None):
    """The lines as a terminal keeps them, with what changes from run to run replaced. `folder` is the scenario's."""
    text = re.sub(r"\r+\n", "\n", OF_THE_SHELL.sub("", text))
    if folder:
        text = text.replace(folder, "[folder]")
    lines = [_picture(_overwritten(line)) for line in text.split("\n")]
    text = "\n".join(lines)
    for pattern, words in REPLACED:
        text = pattern.sub(words, text)
    text = "".join(character if character.isprintable() or character == "\n" else f"\\x{ord(character):02x}"
                   for character in text)
    # A reader's editor would take spaces at the end of lines away.
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n")) + "\n"


def compare(name, text):
    """Fails with the difference if `text` is not the golden file `name`; writes it when the environment says so."""
    path = os.path.join(FOLDER, name + ".txt")
    if os.environ.get("CIS2_TRANSCRIPTS") == "write":
        os.makedirs(FOLDER, exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return
    try:
        with open(path, encoding="utf-8") as golden:
            wanted = golden.read()
    except FileNotFoundError:
        wanted = ""
    if text != wanted:
        raise AssertionError(f"not as in tests/system/transcripts/{name}.txt:\n" + "\n".join(
            difflib.unified_diff(wanted.split("\n"), text.split("\n"), "golden", "shown", lineterm="")))


def _overwritten(line):
    """A progress meter draws over itself: what stays."""
    parts = [part for part in line.split("\r") if part.strip()]
    return parts[-1] if parts else ""


def _picture(line):
    """A row of the QR code: its quiet zone stays, the inside is grey. Rows in octal are far too wide to read."""
    margin = "| " if line.startswith("| ") else ""  # PuTTY's
    row = line.removeprefix(margin)
    if re.fullmatch(f"[ {BLOCKS}]{{25,}}", row):
        return margin + row[:4] + "\u2592" * (len(row) - 8) + row[-4:]
    if re.fullmatch("(?:##|  ){25,}", row):
        return margin + row[:8] + "::" * (len(row) // 2 - 8) + row[-8:]
    if re.fullmatch(f"(?:{OCTAL}| ){{25,}}", row):
        return f"{margin}[a row of {len(re.findall(f'{OCTAL}| ', row))} half blocks, each as \\342\\226\\210]"
    return line
