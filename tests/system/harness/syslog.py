"""/dev/log of the machine: what pam_syslog and the programs of the system say lands in a file of the scenario."""

import os
import re
import socket
import threading
import time

PATH = "/dev/log"


class Syslog:
    def __init__(self, log_folder):
        self.path = os.path.join(log_folder, "syslog.log")
        self._lines = []
        self._news = threading.Condition()
        if os.path.lexists(PATH):
            os.unlink(PATH)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(PATH)
        os.chmod(PATH, 0o666)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        with open(self.path, "a", encoding="utf-8") as log:
            while True:
                line = self._socket.recv(65536).decode("utf-8", "replace")
                if line == "stop":
                    return
                log.write(line.rstrip("\n\0") + "\n")
                log.flush()
                with self._news:
                    self._lines.append(line)
                    self._news.notify_all()

    @property
    def lines(self):
        with self._news:
            return list(self._lines)

    def count(self, pattern):
        return sum(1 for line in self.lines if re.search(pattern, line))

    def says(self, pattern, timeout=5):
        deadline = time.monotonic() + timeout
        with self._news:
            while True:
                for line in self._lines:
                    found = re.search(pattern, line)
                    if found:
                        return found
                left = deadline - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    raise AssertionError(f"syslog had no {pattern!r} within {timeout} s:\n" + "\n".join(self._lines[-20:]))

    def stop(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"stop", PATH)
        self._thread.join(2)
        self._socket.close()
        os.unlink(PATH)
