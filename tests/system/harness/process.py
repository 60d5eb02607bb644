"""One program that a scenario runs: its output is read all the time, kept, and can be waited for."""

import os
import re
import signal
import subprocess
import threading
import time


class Program:
    """A process whose standard output and error are read line by line into a log that every waiter sees."""

    def __init__(self, name, argv, log_folder, env=None, **options):
        self.name = name
        self.argv = argv
        self.log_path = os.path.join(log_folder, name + ".log")
        self._lines = []
        self._ended = False
        self._news = threading.Condition()
        self._log = open(self.log_path, "ab", buffering=0)
        self.process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env if env is not None else clean_environment(),
            **options,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._log.write(line)
            with self._news:
                self._lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._news.notify_all()
        # Here, and not when somebody waits: a run starts hundreds of programs.
        self.process.stdout.close()
        self._log.close()
        with self._news:
            self._ended = True
            self._news.notify_all()

    @property
    def lines(self):
        with self._news:
            return list(self._lines)

    @property
    def text(self):
        return "\n".join(self.lines)

    def mark(self):
        """The place where the log ends now, for `says(..., since=...)`."""
        with self._news:
            return len(self._lines)

    def says(self, pattern, timeout=10, since=0):
        """The first line (from `since` on) that matches, waiting for it; an error with the log if it never comes."""
        regex = re.compile(pattern)
        deadline = time.monotonic() + timeout
        with self._news:
            seen = since
            while True:
                while seen < len(self._lines):
                    found = regex.search(self._lines[seen])
                    if found:
                        return found
                    seen += 1
                left = deadline - time.monotonic()
                if self._ended or left <= 0 or not self._news.wait(left):
                    why = "ended" if self._ended else f"said nothing for {timeout} s"
                    tail = "\n  ".join(self._lines[-25:])
                    raise AssertionError(f"{self.name} {why} without a line that matches {pattern!r}:\n  {tail}")

    def count(self, pattern, since=0):
        return sum(1 for line in self.lines[since:] if re.search(pattern, line))

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        if self.running():
            self.process.send_signal(number)

    def wait(self, timeout=10):
        """Its exit status, waiting for it."""
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {timeout} s") from None
        self._reader.join(2)
        return status

    def stop(self, timeout=10):
        """SIGTERM, then its exit status. A program that does not end is killed, and that is an error."""
        self.signal(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except AssertionError:
            self.kill()
            raise

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()
        self._reader.join(2)


def clean_environment(**more):
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root"}
    environment.update(more)
    return environment


def run(argv, timeout=30, check=True, **options):
    """A short command; its result with text output. Fails with the output unless `check` is off."""
    done = subprocess.run(
        argv,
        stdin=options.pop("stdin", subprocess.DEVNULL),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout,
        text=True,
        errors="replace",
        env=options.pop("env", clean_environment()),
        **options,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, argv))} ended with {done.returncode}:\n{done.stdout}")
    return done


def eventually(question, what, timeout=5, pause=0.02):
    """The first true answer of `question()`, asked again and again for at most `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(pause)
