#!/usr/bin/python3
"""The pictures of docs/gallery, inside the throwaway machine: tests/gallery.sh starts it.

    gallery.py FOLDER [NAME]...
"""

import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import machine  # noqa: E402
from harness.chromium import ChromiumBrowser  # noqa: E402
from harness.journeys import JOURNEYS  # noqa: E402
from harness.pki import Pki  # noqa: E402
from harness.process import eventually  # noqa: E402
from harness.screenshot import DARK, LIGHT, Desktop  # noqa: E402
from harness.stack import Stack  # noqa: E402

WORK = "/srv/cis2-gallery"
WINDOWS = {"phone": (375, 740), "desktop": (1000, 900)}
WELSH = ("pending", "code")
COLOURS = 64


def optimise(path):
    """Few colours are enough for these pages."""
    subprocess.run(["convert", path, "-strip", "-dither", "None", "-colors", str(COLOURS),
                    "-define", "png:compression-level=9", f"PNG8:{path}"], check=True)


def save(path, data):
    with open(path, "wb") as out:
        out.write(data)
    optimise(path)


def with_stack(pki, options, act):
    options = dict(options)
    parts = options.pop("parts", ())
    folder = os.path.join(WORK, "run")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder, mode=0o755)
    stack = Stack(folder, pki, **options)
    try:
        stack.start(*parts)
        act(stack)
    finally:
        stack.stop()


def take_page(stack, journey, folder):
    def new_browser():
        return stack.add_browser(ChromiumBrowser(stack.pki.ca, ["--hide-scrollbars"]))

    visit = journey.reach(stack, new_browser)
    browser = visit.browser
    for language in ("en", "cy") if journey.name in WELSH else ("en",):
        if language != "en":
            browser.speaks(language)
            browser.reload()
        for kind, size in WINDOWS.items():
            browser.window(*size)
            for scheme in ("light", "dark"):
                browser.media(prefers_color_scheme=scheme)
                name = "-".join([journey.name, kind, scheme] + ([language] if language != "en" else []))
                save(os.path.join(folder, name + ".png"), browser.picture())
    visit.leave()


def take_terminal(stack, folder, name, colours, act, rows):
    """The window after this was done in it."""
    place = stack.path(name)
    os.makedirs(place)
    # The window stays when ssh has ended.
    argv = ["/bin/sh", "-c", '"$@"; exec sleep 60', "sh", *stack.ssh_argv("op1")]
    desktop = Desktop(place, argv, stack.logs, rows=rows, colours=colours)
    try:
        eventually(stack.logins, "the login in the window is pending", 20)
        desktop.settled()
        act(stack, desktop)
        desktop.settled()
        optimise(desktop.screenshot(os.path.join(folder, name + ".png"), border=colours["background"]))
    finally:
        desktop.close()


def nothing(_stack, _desktop):
    pass


def steps(count):
    """Another QR code, so many times."""
    def act(_stack, desktop):
        for _ in range(count):
            desktop.types("x")
            desktop.settled()
    return act


def signs_in(operator, outcome):
    def act(stack, desktop):
        browser = stack.browser()
        # The camera reads it in capitals; the browser opens what is printed.
        code = re.search("[^/]*$", desktop.decodes()[0]).group(0)
        page = browser.sign_in(f"{stack.public_url}/l/{code}", operator)
        desktop.types(page.code if page.outcome == "code" else "")
        stack.audit.waits_for_outcome(10, outcome=outcome)
    return act


TERMINALS = {
    "terminal-login": (DARK, nothing, 24),
    "terminal-login-light": (LIGHT, steps(1), 24),
    "terminal-login-ascii": (DARK, steps(2), 45),
    "terminal-help": (DARK, steps(3), 24),
    "terminal-shell": (DARK, signs_in("one-role", "allowed"), 24),
    "terminal-refused": (DARK, signs_in("aal2", "refused"), 24),
}


def main():
    machine.prepare("release")
    folder, wanted = os.path.abspath(sys.argv[1]), sys.argv[2:]

    def asked_for(name):
        return not wanted or any(part in name for part in wanted)

    pki = Pki(os.path.join(WORK, "pki"))
    for name, journey in JOURNEYS.items():
        if asked_for(name):
            print("  " + name, flush=True)
            with_stack(pki, journey.options, lambda stack, journey=journey: take_page(stack, journey, folder))
    for name, (colours, act, rows) in TERMINALS.items():
        if asked_for(name):
            print("  " + name, flush=True)
            with_stack(pki, {}, lambda stack, name=name, colours=colours, act=act, rows=rows:
                       take_terminal(stack, folder, name, colours, act, rows))


main()
