#!/usr/bin/python3
"""The demonstration, inside the throwaway machine: tests/demo.sh starts it.

Without arguments it plays an operator, for the reader to watch. With --interactive it leaves everything running until
Ctrl-C, for the reader's own terminal and browser.
"""

import argparse
import json
import os
import re
import shutil
import signal
import sys
import textwrap
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import machine  # noqa: E402
from harness.pki import PAGES_HOST, PROVIDER_HOST, Pki  # noqa: E402
from harness.process import run  # noqa: E402
from harness.stack import ONE_ROLE, SECOND, Stack, free_ports, grant  # noqa: E402
from harness.sim import OPERATORS  # noqa: E402

# Every browser and curl takes names under localhost to loopback by themselves.
INTERACTIVE_HOSTS = ("login.server-a.localhost", "am.sim-cis2.localhost")
STARTED = int(os.environ.get("CIS2_STARTED", time.time()))  # of demo.sh


def say(text):
    took = int(time.time()) - STARTED
    print(f"[{took // 60:02d}:{took % 60:02d}] {text}", file=sys.stderr, flush=True)


def heading(text):
    print(f"\n----- {text} {'-' * max(3, 100 - len(text))}\n", flush=True)


def line(mark, text):
    print(f"  {mark} {text}", flush=True)


def framed(rows):
    for row in rows:
        print("    | " + row, flush=True)


def grants():
    weak = [OPERATORS[name] for name in ("aal1", "aal2", "ial1", "ial2")]
    return [grant("op1", name="duty operator", operators=[ONE_ROLE, *weak]), grant("op2", name="second operator", operators=[SECOND])]


def show_processes(stack):
    heading("What runs")
    for name, what in (("cis2-brokerd", "decides; the confidential client"), ("cis2-front", "the pages; holds no client key"),
                       ("cis2-sim", "stands in for CIS2"), ("sshd", "OpenSSH of this Debian, with pam_cis2.so")):
        for pid in machine.processes(name):
            user = run(["stat", "-c", "%U", f"/proc/{pid}"]).stdout.strip()
            line("*", f"{name:13} {user:13} {what}")
    with open("/etc/pam.d/sshd") as service:
        line("*", "/etc/pam.d/sshd: " + service.readline().strip())
    print()
    framed(open(stack.path("broker.toml")).read().strip().splitlines())


def show_url(mark, text, url):
    """The address on one line, its parameters below; secret ones are cut, the reader should see their kind."""
    parts = urllib.parse.urlsplit(url)
    line(mark, f"{text} {parts.scheme}://{parts.netloc}{parts.path}")
    for key, value in urllib.parse.parse_qsl(parts.query):
        secret = key in ("code", "state", "nonce", "code_challenge", "session_state")
        print(f"        {key} = {value[:6] + '...' if secret else value}", flush=True)


class Steps:
    """Tells what the browser does. What it asks for again by a redirect is not told twice."""

    def __init__(self):
        self._told = ""

    def __call__(self, page):
        if page.url != self._told:
            show_url(">", page.method, page.url)
        else:
            line(">", page.method + " that")
        if page.status in (301, 302, 303, 307, 308):
            self._told = urllib.parse.urljoin(page.url, page.header("location"))
            show_url("<", f"{page.status}, go to", self._told)
        else:
            line("<", f"{page.status} {page.header('content-type')}")
            framed(row for text in page.lines for row in textwrap.wrap(text, 100))
            print()


def play(stack):
    heading("The terminal")
    line("$", f"ssh -p {stack.ports['sshd']} op1@127.0.0.1      (and a known_hosts file of this demonstration)")
    terminal = stack.ssh("op1")
    link = terminal.sees_login(20)
    framed(row for row in terminal.text.replace("\r", "").split("\n"))

    heading("The browser opens the link")
    browser = stack.browser()
    browser.on_step = Steps()
    browser.open(link)
    line("*", "presses Continue")
    browser.submit("continue")
    line("*", "chooses the operator one-role on the page of the simulator")
    page = browser.submit("as-one-role")
    line("*", f"the page shows six digits: {page.code}")

    heading("The terminal again")
    before = len(terminal.text)
    terminal.types(page.code)
    terminal.sees(r"op1@server-a:.*\$ $", 20)
    terminal.types("id; hostname; exit")
    status = terminal.ends()
    framed(_plain(terminal.text[before:]))
    line("*", f"ssh ended with {status}")

    heading("The audit has one line for it")
    print(json.dumps(stack.audit.waits_for_outcome(outcome="allowed"), indent=2), flush=True)
    if status != 0:
        raise SystemExit("the shell did not end well")

    heading("Somebody who signed in at a lower level")
    terminal = stack.ssh("op1")
    browser = stack.browser()
    page = browser.sign_in(terminal.sees_login(20), "aal2")
    line("*", f"the page: {page.text_of('outcome')}")
    before = len(terminal.text)
    terminal.types("")
    status = terminal.ends()
    framed(_plain(terminal.text[before:]))
    line("*", f"ssh ended with {status}")
    if status != 255:
        raise SystemExit("a refused operator got in")


def _plain(text):
    """Terminal output without the control sequences of the shell's line editor."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07", "", text.replace("\r", ""))
    return text.strip("\n").split("\n")


def explain(stack, shared):
    ssh = (f"ssh -F none -p {stack.ports['sshd']} -o UserKnownHostsFile={shared}/known_hosts -o StrictHostKeyChecking=yes "
           "-o PubkeyAuthentication=no op1@127.0.0.1")
    heading("Your turn")
    print(f"""  In another terminal of this machine:

    {ssh}

  Open the link it shows in a browser of this machine. The certificates are of a CA made just now, so either
  continue past the warning of the browser, twice (this server, then the simulator), or let it trust
    {shared}/ca.pem
  From another machine: ssh -L {stack.ports['pages']}:localhost:{stack.ports['pages']} \
-L {stack.ports['provider']}:localhost:{stack.ports['provider']} to this one first.

  On the simulator's page choose who you are:
    one-role     may log in as op1              aal2, aal1   signed in too weakly: refused, and told why
    second       may log in as op2              no-roles     has no grant: refused

  What the audit records appears below. Ctrl-C ends it all, and nothing of it stays.
""", flush=True)


def interact(stack, shared):
    shutil.copy(stack.path("known_hosts"), f"{shared}/known_hosts")
    shutil.copy(stack.pki.ca, f"{shared}/ca.pem")
    for name in ("known_hosts", "ca.pem"):
        os.chmod(f"{shared}/{name}", 0o644)
    explain(stack, shared)
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    shown = 0
    while not over.wait(0.5):
        events = stack.audit.events()
        for event in events[shown:]:
            print("  audit: " + json.dumps(event), flush=True)
        shown = len(events)
        ended = [program.name for program in stack.programs if not program.running()]
        if ended:
            raise SystemExit(f"{ended[0]} ended by itself:\n" + "\n".join(stack.programs[0].lines[-10:]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interactive", metavar="FOLDER",
                        help="leave it running; FOLDER gets what the reader's ssh and browser need")
    options = parser.parse_args()

    say("installing the programs, accounts and names of the throwaway machine")
    machine.must_be_throwaway()
    hosts = INTERACTIVE_HOSTS if options.interactive else (PAGES_HOST, PROVIDER_HOST)
    machine.prepare("release")
    machine.name_hosts(*hosts)
    say("making certificates and keys")
    os.makedirs("/srv/cis2-demo", exist_ok=True)
    pki = Pki("/srv/cis2-demo/pki", *hosts)
    os.makedirs("/srv/cis2-demo/run")
    ports = dict(zip(("pages", "provider", "control", "sshd"), free_ports(4))) if options.interactive else None
    stack = Stack("/srv/cis2-demo/run", pki, grants=grants(), ports=ports)
    say("starting cis2-sim, cis2-brokerd with cis2-front, and a private sshd")
    try:
        stack.start()
        show_processes(stack)
        if options.interactive:
            interact(stack, options.interactive)
        else:
            play(stack)
    finally:
        problems = stack.stop()
    if problems:
        raise SystemExit("\n".join(problems))


if __name__ == "__main__":
    main()
