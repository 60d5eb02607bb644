"""Goal: fifty logins at once, and nothing of one moves another."""

import concurrent.futures
import re
import time

from harness import machine
from harness.process import eventually
from harness.scenario import Scenario
from harness.stack import ONE_ROLE, SECOND, grant

LOGINS = 50
PER_BROWSER = 3  # a browser keeps at most four logins


class Crowd(Scenario):
    options = {
        "limits": {"pending_per_account_and_address": 40, "token_requests_per_address_per_minute": 200},
        "sshd": ["MaxStartups 100:30:200", "LogLevel INFO"],
        "grants": [grant("op1", operators=[ONE_ROLE]), grant("op2", operators=[SECOND])],
    }

    def test_fifty_at_once(self):
        began = time.monotonic()
        machine.add_ipv6("fd00:c152::1")
        people = []
        for number in range(LOGINS):
            account, operator = (("op1", "one-role"), ("op2", "second"))[number % 2]
            six = number % 3 == 0
            terminal = self.stack.ssh(account, host="::1" if six else "127.0.0.1", address="::1" if six else "127.0.0.1")
            people.append({"account": account, "operator": operator, "six": six, "terminal": terminal})
        for person in people:
            person["link"] = person["terminal"].sees_login(timeout=60)
        self.assertEqual(len(self.stack.logins()), LOGINS)
        self.assertEqual(len({person["link"] for person in people}), LOGINS)

        # Several logins share a browser, IPv4 and IPv6; many browsers share an address. Every step of one browser is
        # taken for all its logins before the next, so the logins of a browser are always in each other's way.
        groups = [people[start:start + PER_BROWSER] for start in range(0, LOGINS, PER_BROWSER)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(self._sign_in, index, group) for index, group in enumerate(groups)]:
                done.result()
        self.assertEqual(len(self.stack.logins()), LOGINS)

        # The digits of the next person are not mine.
        for one, other in zip(people, people[1:] + people[:1]):
            if one["digits"] != other["digits"]:
                one["terminal"].types(other["digits"])
        for one, other in zip(people, people[1:] + people[:1]):
            if one["digits"] != other["digits"]:
                one["terminal"].sees("These are not the digits", timeout=30)
                one["terminal"].sees("Code: $", timeout=30)
        for person in people:
            person["terminal"].types(person["digits"])
        for person in people:
            person["terminal"].sees(rf"{person['account']}@server-a:.*\$ $", timeout=60)
        took = time.monotonic() - began

        self.nothing_pending()
        events = self.stack.audit.outcomes()
        self.assertEqual({event["outcome"] for event in events}, {"allowed"})
        self.assertEqual(len(events), LOGINS)
        self.assertEqual(len({event["login_id"] for event in events}), LOGINS)
        subjects = {"op1": ONE_ROLE, "op2": SECOND}
        for event in events:
            self.assertEqual(event["sub"], subjects[event["account"]])
        addresses = sorted(event["rhost"] for event in events)
        self.assertEqual(addresses, sorted("::1" if person["six"] else "127.0.0.1" for person in people))
        requests = self.stack.sim.requests()
        self.assertEqual((requests["token"], requests["token_refused"]), (LOGINS, 0))
        states = [value for kind, value in self.stack.sim.secrets() if kind.startswith("state")]
        self.assertEqual(len(set(states)), LOGINS)
        print(f"    ({LOGINS} logins in {took:.1f} s)", flush=True)

    def _sign_in(self, index, group):
        browser = self.stack.browser(("127.0.0.1", "fd00:c152::1")[index % 2])
        callbacks = []
        for person in group:
            browser.to_provider(person["link"])
            callbacks.append((person, browser.page))
        for position, (person, page) in enumerate(callbacks):
            browser.page = page
            callbacks[position] = (person, browser.submit("as-" + person["operator"], follow=False).header("location"))
        for person, callback in reversed(callbacks):
            page = browser.open(callback)
            if page.outcome != "code":
                raise AssertionError(f"{person['account']}: {page}")
            person["digits"] = page.code
        for person, _ in callbacks:
            page = browser.open(person["link"])
            if page.outcome != "code" or page.code != person["digits"] or person["account"] not in page.text:
                raise AssertionError(f"another login's page: {page}")


class Flood(Scenario):
    """A scanner that opens connections and closes them again."""

    options = {"sshd": ["MaxStartups 100:30:200", "LogLevel INFO"]}

    def test_terminals_that_come_and_go_leave_nothing(self):
        for _ in range(4):
            terminals = [self.stack.ssh("op1", address=f"127.0.3.{number + 1}") for number in range(12)]
            for terminal in terminals:
                terminal.sees_login(timeout=30)
            for terminal in terminals:
                terminal.close()
        eventually(lambda: self.stack.logins() == [], "no login is pending", 5)
        # Nothing was asked of the provider for people who never came.
        self.assertEqual(self.stack.sim.requests()["authorize"], 0)
        # Logins that nobody continued are not written one by one without end.
        self.assertLessEqual(len(self.stack.audit.outcomes()), 12)
        self.allowed(self.stack.ssh("op1"))
        self.assertFalse([line for line in self.stack.broker.lines if re.search(r"(?i)exception|assert", line)])
