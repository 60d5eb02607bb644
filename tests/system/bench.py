#!/usr/bin/python3
"""Measures what an operator waits for. Inside the throwaway machine; tests/bench.sh starts it.

Real sshd, broker, front and simulator on one machine; the browser is the tests' own, which draws nothing, so these are
times of the servers and not of a person's browser. The simulator answers at once: what a real provider takes comes on
top of "callback to digits".
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from harness import machine  # noqa: E402
from harness.pki import Pki  # noqa: E402
from harness.stack import Stack  # noqa: E402
from harness.terminal import PROMPT, LINK  # noqa: E402

WORK = "/srv/cis2-bench"

MEASURED = {
    "connect_to_link": "ssh started, to link and prompt on the terminal",
    "link_to_page": "link opened, to the page \"Is this your login?\"",
    "continue_to_provider": "Continue pressed, to the redirect to the provider",
    "callback_to_digits": "callback, to the page with the six digits (two requests, token and userinfo within)",
    "digits_to_shell": "Enter after the digits, to the prompt of the shell (audit on disk, session opened, bash started)",
}


def clock(function):
    began = time.perf_counter()
    value = function()
    return value, (time.perf_counter() - began) * 1000


def one_login(stack):
    took = {}
    began = time.perf_counter()
    terminal = stack.ssh("op1")
    link = terminal.sees(LINK).group(0)
    terminal.sees(PROMPT)
    took["connect_to_link"] = (time.perf_counter() - began) * 1000
    browser = stack.browser()
    _, took["link_to_page"] = clock(lambda: browser.open(link))
    redirect, took["continue_to_provider"] = clock(lambda: browser.submit("continue", follow=False))
    browser.open(redirect.header("location"))
    back = browser.submit("as-one-role", follow=False)
    page, took["callback_to_digits"] = clock(lambda: browser.open(back.header("location")))
    began = time.perf_counter()
    terminal.types(page.code)
    terminal.sees(r"op1@server-a:.*\$ $")
    took["digits_to_shell"] = (time.perf_counter() - began) * 1000
    terminal.types("exit")
    terminal.ends()
    terminal.close()
    return took


def report(rows, logins):
    print(f"\n{logins} logins, one after the other; milliseconds\n")
    print(f"{'':22} {'median':>8} {'least':>8} {'most':>8} {'90 %':>8}")
    result = {}
    for name, text in MEASURED.items():
        values = sorted(row[name] for row in rows)
        result[name] = {"what": text, "median_ms": statistics.median(values), "min_ms": values[0], "max_ms": values[-1],
                        "p90_ms": values[int(len(values) * 0.9) - 1], "n": len(values)}
        figures = result[name]
        print(f"{name:22} {figures['median_ms']:8.1f} {figures['min_ms']:8.1f} {figures['max_ms']:8.1f} "
              f"{figures['p90_ms']:8.1f}   {text}")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="release")
    parser.add_argument("--logins", type=int, default=30)
    parser.add_argument("--results", metavar="FILE", help="the figures as JSON")
    options = parser.parse_args()
    machine.prepare(options.preset)
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK + "/stack", mode=0o755)
    stack = Stack(WORK + "/stack", Pki(WORK + "/pki"),
                  limits={"token_requests_per_address_per_minute": 1000, "token_requests_per_minute": 1000})
    stack.start()
    try:
        one_login(stack)  # what is read from disk for the first time is nobody's figure
        rows = [one_login(stack) for _ in range(options.logins)]
    finally:
        stack.stop()
    result = report(rows, options.logins)
    if options.results:
        with open(options.results, "w") as out:
            json.dump(result, out, indent=2)
            out.write("\n")


if __name__ == "__main__":
    main()
