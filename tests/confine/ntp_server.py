#!/usr/bin/python3
"""An NTP server (RFC 5905) at 127.0.0.1:123 that has the clock of this machine: whoever asks it hears that theirs is right."""

import socket
import struct
import time

LEAP_0_VERSION_4_SERVER = 0o44
STRATUM, POLL, PRECISION = 2, 6, -20
SECONDS_FROM_1900_TO_1970 = 2208988800


def now():
    """As a timestamp of NTP: seconds since 1900, and 32 bits behind the point."""
    return int((time.time() + SECONDS_FROM_1900_TO_1970) * 2 ** 32)


server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 123))
while True:
    request, client = server.recvfrom(1024)
    if len(request) >= 48:
        received, asked_at = now(), request[40:48]
        head = struct.pack(">BBbbII4sQ", LEAP_0_VERSION_4_SERVER, STRATUM, POLL, PRECISION, 0, 0, b"\x7f\0\0\x01", received)
        server.sendto(head + asked_at + struct.pack(">QQ", received, now()), client)
