#!/usr/bin/python3
"""Starts a program the way systemd's socket units do, as another user, with its sockets passed (sd_listen_fds(3)).

    activate.py USER NAME=ADDRESS... -- PROGRAM ARGUMENT...

ADDRESS is the path of a Unix socket (mode 0600, `PATH@OWNER` for another owner than root), or HOST:PORT.
"""

import os
import pwd
import socket
import sys


def listen(address):
    if address.startswith("/"):
        path, _, owner = address.partition("@")
        if os.path.lexists(path):
            os.unlink(path)
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.bind(path)
        user = pwd.getpwnam(owner or "root")
        os.chown(path, user.pw_uid, user.pw_gid)
        os.chmod(path, 0o600)
    else:
        host, _, port = address.rpartition(":")
        host = host.strip("[]")
        made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if ":" in host:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, int(port)))
    made.listen(128)
    return made


def main():
    split = sys.argv.index("--")
    user, pairs, command = pwd.getpwnam(sys.argv[1]), [pair.split("=", 1) for pair in sys.argv[2:split]], sys.argv[split + 1:]
    sockets = [listen(address) for _, address in pairs]
    # Out of the way first, so that no descriptor is overwritten before it has moved.
    high = [os.dup2(each.fileno(), 100 + number) for number, each in enumerate(sockets)]
    for number, descriptor in enumerate(high):
        os.dup2(descriptor, 3 + number)
        os.set_inheritable(3 + number, True)
    os.closerange(3 + len(high), 200)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(pairs)),
                      LISTEN_FDNAMES=":".join(name for name, _ in pairs))
    os.initgroups(user.pw_name, user.pw_gid)
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    os.execv(command[0], command)


main()
