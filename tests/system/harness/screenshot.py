"""A real VTE terminal on a virtual X server, and what a phone's camera would read off it."""

import os
import subprocess

from .process import Program, clean_environment, eventually

# Nothing of lxterminal's looks is the test's business but the font: one that has the half blocks.
CONFIGURATION = """[general]
fontname=DejaVu Sans Mono 12
hidescrollbar=true
hidemenubar=true
hideclosebutton=true
disallowbold=false
cursorblinks=false
geometry_columns=80
geometry_rows=24
"""


class Desktop:
    """Xvfb with one lxterminal of 80x24 that runs `argv`."""

    def __init__(self, folder, argv, log_folder):
        self._folder = folder
        self._picture = os.path.join(folder, "screen.png")
        home = os.path.join(folder, "home")
        os.makedirs(os.path.join(home, ".config/lxterminal"))
        with open(os.path.join(home, ".config/lxterminal/lxterminal.conf"), "w") as out:
            out.write(CONFIGURATION)
        read_end, write_end = os.pipe()
        self._server = Program("xvfb", ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x1024x24",
                                        "-nolisten", "tcp"], log_folder, pass_fds=[write_end])
        os.close(write_end)
        with os.fdopen(read_end) as answer:
            display = answer.readline().strip()
        if not display:
            raise AssertionError("Xvfb did not start:\n" + self._server.text)
        self._environment = clean_environment(DISPLAY=":" + display, HOME=home, XDG_RUNTIME_DIR=folder,
                                              NO_AT_BRIDGE="1", GDK_BACKEND="x11")
        script = os.path.join(folder, "in-terminal.sh")
        with open(script, "w") as out:
            out.write("#!/bin/sh\nexec " + " ".join(_quoted(word) for word in argv) + "\n")
        os.chmod(script, 0o755)
        self._terminal = Program("lxterminal", ["lxterminal", "--no-remote", "--geometry=80x24", f"--command={script}"],
                                 log_folder, env=self._environment)

    def screenshot(self):
        subprocess.run(["import", "-window", "root", self._picture], env=self._environment, check=True, timeout=20,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self._picture

    def decodes(self, timeout=20):
        """What plain zbarimg reads on a screenshot; waits until it reads something."""
        return eventually(self._decode, "a QR code that zbarimg reads on the screenshot", timeout, pause=0.3)

    def _decode(self):
        done = subprocess.run(["zbarimg", "--quiet", "--raw", self.screenshot()], env=self._environment, timeout=20,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout.split()

    def close(self):
        for program in (self._terminal, self._server):
            if program.running():
                program.kill()


def _quoted(word):
    return "'" + word.replace("'", "'\\''") + "'"
