"""A real VTE terminal on a virtual X server, and what a phone's camera would read off it."""

import os
import subprocess
import time

from .process import Program, clean_environment, eventually

# Nothing of lxterminal's looks is the test's business but these: a font that has the half blocks, size and colours.
CONFIGURATION = """[general]
fontname=DejaVu Sans Mono 12
hidescrollbar=true
hidemenubar=true
hideclosebutton=true
disallowbold=false
cursorblinks=false
geometry_columns={columns}
geometry_rows={rows}
color_preset=Custom
bgcolor={background}
fgcolor={foreground}
"""
DARK = {"background": "rgb(0,0,0)", "foreground": "rgb(211,215,207)"}
LIGHT = {"background": "rgb(255,255,255)", "foreground": "rgb(46,52,54)"}
TYPIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "typist.py")


class Desktop:
    """Xvfb with one lxterminal that runs `argv`, into which types() types."""

    def __init__(self, folder, argv, log_folder, rows=24, columns=80, colours=DARK):
        self._folder = folder
        self._picture = os.path.join(folder, "screen.png")
        self._pipe = os.path.join(folder, "typed")
        os.mkfifo(self._pipe)
        home = os.path.join(folder, "home")
        os.makedirs(os.path.join(home, ".config/lxterminal"))
        with open(os.path.join(home, ".config/lxterminal/lxterminal.conf"), "w") as out:
            out.write(CONFIGURATION.format(columns=columns, rows=rows, **colours))
        read_end, write_end = os.pipe()
        # Around the window the screen has the window's colour.
        background = ["-wr"] if colours is LIGHT else []
        self._server = Program("xvfb", ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x1024x24", *background,
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
            out.write("#!/bin/sh\nexec " + " ".join(_quoted(word) for word in (TYPIST, self._pipe, *argv)) + "\n")
        os.chmod(script, 0o755)
        self._terminal = Program("lxterminal", ["lxterminal", "--no-remote", f"--geometry={columns}x{rows}",
                                                f"--command={script}"], log_folder, env=self._environment)

    def types(self, line):
        with open(self._pipe, "w") as out:
            out.write(line + "\r")

    def screenshot(self, path=None, border="black"):
        """The path of a picture of the screen; or in `path`, of what is on it with a `border` around."""
        subprocess.run(["import", "-window", "root", self._picture], env=self._environment, check=True, timeout=20,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not path:
            return self._picture
        subprocess.run(["convert", self._picture, "-bordercolor", border, "-border", "1", "-trim", "+repage", "-border", "8", path],
                       env=self._environment, check=True, timeout=20)
        return path

    def settled(self, timeout=10):
        """Waits until the screen looks the same for a second."""
        seen, since = None, time.monotonic()

        def same():
            nonlocal seen, since
            now = subprocess.run(["import", "-window", "root", "-depth", "8", "rgb:-"], env=self._environment, check=True,
                                 timeout=20, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            if now != seen:
                seen, since = now, time.monotonic()
            return time.monotonic() - since > 1
        eventually(same, "the screen stays as it is", timeout, pause=0.2)

    def decodes(self, timeout=20, **options):
        """What plain zbarimg reads on a screenshot; waits until it reads something."""
        return eventually(lambda: self.reads(**options), "a QR code that zbarimg reads on the screenshot", timeout, pause=0.3)

    def reads(self, size="100%"):
        """What it reads now. A smaller `size` is a camera further away, which does not see the strokes of letters."""
        picture = self.screenshot()
        small = os.path.join(self._folder, "small.png")
        subprocess.run(["convert", picture, "-resize", size, small], env=self._environment, check=True, timeout=20)
        done = subprocess.run(["zbarimg", "--quiet", "--raw", small], env=self._environment, timeout=20,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout.split()

    def close(self):
        for program in (self._terminal, self._server):
            if program.running():
                program.kill()


def _quoted(word):
    return "'" + word.replace("'", "'\\''") + "'"
