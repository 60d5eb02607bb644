#!/usr/bin/python3
"""A TPM as a device, where the kernel has none to give: /dev/tpmrm0 is a terminal in raw mode, and what is written to it goes to
swtpm on a TCP port.

    tpm_device.py PORT

Commands and responses of a TPM carry their length, so a stream without borders does. Ends with swtpm.
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
import tty

DEVICE = "/dev/tpmrm0"
HEADER = 10  # tag, length, code


def make_device():
    """The end of the terminal that is not the device. Both ends stay open, so that the device outlives who closes it."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    name = os.ttyname(theirs)
    shutil.chown(name, "root", "tss")
    os.chmod(name, 0o660)
    with open(DEVICE, "w"):
        pass
    # A terminal can be opened in its own file system alone.
    subprocess.run(["mount", "--bind", name, DEVICE], check=True)
    return ours


def exactly(read, size):
    data = b""
    while len(data) < size:
        part = read(size - len(data))
        if not part:
            raise SystemExit("swtpm is gone")
        data += part
    return data


def message(read):
    head = exactly(read, HEADER)
    return head + exactly(read, struct.unpack(">HI", head[:6])[1] - HEADER)


def main():
    tpm = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    device = make_device()
    print("ready", flush=True)
    while True:
        tpm.sendall(message(lambda size: os.read(device, size)))
        os.write(device, message(tpm.recv))


main()
