#!/usr/bin/python3
"""Somebody at a terminal window: runs a command on a terminal of its own inside the window, and types what comes out of a pipe.

    typist.py PIPE COMMAND [ARGUMENT...]
"""

import fcntl
import os
import pty
import select
import sys
import termios
import time


def main():
    pipe, command = sys.argv[1], sys.argv[2:]
    size = window_size()
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)
    typed = os.open(pipe, os.O_RDWR)  # so that it never ends
    while True:
        for ready in select.select([terminal, typed], [], [])[0]:
            try:
                data = os.read(ready, 65536)
            except OSError:
                data = b""
            if not data:
                return
            write_all(1 if ready == terminal else terminal, data)


def window_size():
    """The window gets its size a moment after its program has started."""
    size = b""
    for _ in range(50):
        last, size = size, fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8)
        if size == last:
            break
        time.sleep(0.1)
    return size


def write_all(target, data):
    while data:
        data = data[os.write(target, data):]


main()
