#!/usr/bin/python3
"""Prints docs/man/broker.toml.5, written from docs/configuration.md.

    tests/lint/make_settings_page.py > docs/man/broker.toml.5

The lint `man_pages` compares the two. It knows the Markdown that the document uses and no more: headings, tables of
settings, lists, blocks, paragraphs; code, bold, emphasis and links within a line.
"""

import pathlib
import re
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/configuration.md"

HEAD = r""".\" Written from docs/configuration.md by tests/lint/make_settings_page.py; edit it there.
.Dd November 25, 2026
.Dt BROKER.TOML 5
.Os pam-cis2
.Sh NAME
.Nm broker.toml
.Nd configuration of cis2-brokerd
.Sh SYNOPSIS
.Bl -item -compact
.It
.Pa /etc/cis2-broker/broker.toml
.It
.Pa /etc/cis2-broker/broker.d/*.toml
.El
.Sh DESCRIPTION"""

TAIL = r""".Sh SEE ALSO
.Xr cis2-brokerd 8 ,
.Xr cis2-front 8 ,
.Xr cis2ctl 8 ,
.Xr pam_cis2 8
.Pp
.Pa /usr/share/doc/cis2-broker/examples/broker.toml
has every key with its default."""

CELLS = re.compile(r"(?<!\\)\|")
SEPARATOR = re.compile(r"\|[-| ]+\|$")


def escape(text):
    return text.replace("\\", r"\e")


def name(word):
    """A word of code: \\% keeps it from being hyphenated, \\: lets a long one break behind a slash."""
    word = escape(word).replace("-", r"\-")
    return r"\%" + (word.replace("/", r"/\:") if len(word) > 60 else word)


def prose(text):
    """A run of Markdown as roff lines: a sentence begins a line, no line is a request."""
    pieces = re.split(r"`([^`]+)`", text)
    out = []
    for index, piece in enumerate(pieces):
        if index % 2:
            out.append(r"\fB" + "\0".join(name(word) for word in piece.split(" ")) + r"\fP")
            continue
        piece = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", piece.replace(r"\|", "|"))
        piece = re.sub(r"\*\*(.+?)\*\*", r"\\fB\1\\fP", piece)
        out.append(re.sub(r"(?<!\w)\*([^*]+)\*(?!\w)", r"\\fI\1\\fP", piece))
    lines = []
    # The mark counts where a word begins alone.
    text = re.sub(r"([^\s\0]*?)\\%", r"\\%\1", " ".join("".join(out).split()))
    for sentence in re.split(r"(?<=[.:;])\s+(?=\S)", text):
        lines += textwrap.wrap(sentence, 79, break_long_words=False, break_on_hyphens=False)
    lines = [line.replace("\0", " ") for line in lines]
    return [r"\&" + line if line[:1] in (".", "'") else line for line in lines]


def setting(line):
    """One row of a table of settings."""
    key, default, *rest = [cell.strip() for cell in CELLS.split(line)[1:-1]]
    span, meaning = rest if len(rest) == 2 else ("", rest[0])
    given = f"Default: {default}." if default != "none" else "No default: must be set."
    if span:
        given += f" Range: {span}."
    if meaning and meaning[-1].isalnum():
        meaning += "."
    return [f".It Ic {key.strip('`')}", *prose(given), *([".br", *prose(meaning)] if meaning else [])]


def table(rows):
    head = [cell.strip() for cell in CELLS.split(rows[0])[1:-1]]
    if head[:2] != ["key", "default"]:
        raise SystemExit(f"docs/configuration.md: a table that is none of settings: {rows[0]}")
    return [".Bl -tag -width Ds", *(line for row in rows[2:] for line in setting(row)), ".El"]


def bullets(lines):
    items = re.split(r"(?:^|\n)- ", "\n".join(lines))[1:]
    return [".Bl -bullet", *(line for item in items for line in [".It", *prose(item)]), ".El"]


def block(lines):
    return [".Bd -literal -offset 2n", *(escape(re.sub(r"^([.'])", r"\&\1", line)) for line in lines), ".Ed"]


def heading(line):
    level, title = re.match(r"(#+) (.*)", line).groups()
    title = title.replace("`", "")
    return [f".Ss {title}" if level != "##" else f".Sh {title if title.startswith('[') else title.upper()}"]


def kind(line):
    for name, pattern in (("fence", "```"), ("heading", "#"), ("table", r"\|"), ("bullets", "- "), ("blank", r"\s*$|<!--")):
        if re.match(pattern, line):
            return name
    return "text"


def take(lines, at):
    """The lines of what begins at `at`, and where it ends."""
    what = kind(lines[at])
    end = at + 1
    if what == "fence":
        while lines[end] != "```":
            end += 1
        return what, lines[at + 1:end], end + 1
    if what in ("heading", "blank"):
        return what, lines[at:end], end
    while end < len(lines) and (kind(lines[end]) == what or (what == "bullets" and kind(lines[end]) == "text")):
        end += 1
    return what, lines[at:end], end


def document():
    lines = DOCUMENT.read_text().splitlines()[1:]  # the title is NAME
    out, at, before = [HEAD], 0, "heading"
    while at < len(lines):
        what, taken, at = take(lines, at)
        if what == "blank":
            continue
        if what == "heading":
            out += heading(taken[0])
        elif what == "table":
            out += table(taken)
        elif what == "bullets":
            out += bullets(taken)
        elif what == "fence":
            out += block(taken)
        else:
            out += ([] if before == "heading" else [".Pp"]) + prose(" ".join(taken))
        before = what
    return "\n".join([*out, TAIL]) + "\n"


if __name__ == "__main__":
    print(document(), end="")
