"""How an operator's browser comes to each page, in a real login.

    visit = JOURNEYS["code"].reach(stack, new_browser)     # a Visit, its browser on that page

`options` of a journey are the keywords of the stack that it needs; `new_browser()` makes a ChromiumBrowser.
"""

from . import passed
from .process import eventually

WARDS_AND_GUESTS = {"networks": {"wards": ["127.0.0.1/32"], "guests": ["127.0.0.5/32"]}}


class Visit:
    """`leave` is called before the stack is stopped."""

    def __init__(self, browser, terminal=None, leave=lambda: None):
        self.browser = browser
        self.terminal = terminal
        self.leave = leave


class Journey:
    def __init__(self, name, outcome, reach, options, status):
        self.name, self.outcome, self.options = name, outcome, options
        self.statuses = status if isinstance(status, tuple) else (status,)
        self._reach = reach

    def reach(self, stack, new_browser):
        visit = self._reach(stack, new_browser)
        browser = visit.browser
        if browser.outcome != self.outcome:
            raise AssertionError(f"the way to {self.name} led to {browser.outcome} ({browser.url}): {browser.text}")
        return visit


JOURNEYS = {}


def journey(name, outcome, status=200, **options):
    def note(reach):
        JOURNEYS[name] = Journey(name, outcome, reach, options, status)
        return reach
    return note


def _opened(stack, new_browser, **options):
    terminal = stack.ssh("op1", **options)
    browser = new_browser()
    browser.open(terminal.sees_login())
    return Visit(browser, terminal)


def _signed_in(stack, new_browser, operator="one-role"):
    visit = _opened(stack, new_browser)
    visit.browser.submit("continue")
    visit.browser.submit("as-" + operator)
    return visit


@journey("enter-code", None)
def _(stack, new_browser):
    browser = new_browser()
    browser.open(stack.public_url + "/")
    return Visit(browser)


@journey("not-a-code", None, status=404)
def _(stack, new_browser):
    browser = new_browser()
    browser.open(stack.public_url + "/?code=hello")
    return Visit(browser)


@journey("pending", "pending")
def _(stack, new_browser):
    return _opened(stack, new_browser)


@journey("other-network", "pending", host=WARDS_AND_GUESTS)
def _(stack, new_browser):
    return _opened(stack, new_browser, address="127.0.0.5")


# The broker waits for the provider for so long that every look at the page falls into it.
@journey("checking", "checking", provider={"timeout": "60s"})
def _(stack, new_browser):
    visit = _opened(stack, new_browser)
    browser = visit.browser
    stack.sim.misbehave("token-hang")
    browser.submit("continue")
    browser.leave_behind("as-one-role")
    eventually(lambda: stack.sim.requests()["token"] == 1, "the broker asks for the tokens")
    browser.open(visit.terminal.link)
    visit.leave = stack.sim.program.stop  # or the broker would wait for it
    return visit


@journey("code", "code")
def _(stack, new_browser):
    return _signed_in(stack, new_browser)


@journey("allowed", "allowed")
def _(stack, new_browser):
    visit = _signed_in(stack, new_browser)
    visit.terminal.types(visit.browser.code)
    visit.terminal.sees(r"op1@server-a:.*\$ $")
    visit.browser.reload()
    return visit


@journey("refused", "refused")
def _(stack, new_browser):
    return _signed_in(stack, new_browser, "aal2")


@journey("not-me", "refused")
def _(stack, new_browser):
    visit = _opened(stack, new_browser)
    visit.browser.submit("not-me")
    return visit


# The shortest that a login may last.
@journey("expired", "expired", host={"login_lifetime": "10s"})
def _(stack, new_browser):
    visit = _opened(stack, new_browser)
    eventually(lambda: stack.logins() == [], "the time of the login is over", 15)
    visit.browser.reload()
    return visit


@journey("in-use", "in-use", status=409)
def _(stack, new_browser):
    visit = _opened(stack, new_browser)
    visit.browser.submit("continue")
    second = new_browser()
    second.open(visit.terminal.link)
    return Visit(second, visit.terminal)


@journey("cancelled", "cancelled")
def _(stack, new_browser):
    visit = _opened(stack, new_browser)
    visit.terminal.close()
    eventually(lambda: stack.logins() == [], "the login is over")
    visit.browser.reload()
    return visit


@journey("unavailable", "unavailable")
def _(stack, new_browser):
    stack.sim.misbehave("token-503")
    return _signed_in(stack, new_browser)


@journey("broker-away", "unavailable", status=503, parts=("syslog", "sim"))
def _(stack, new_browser):
    passed.PassedSockets(stack)
    stack.start_sshd()
    visit = _opened(stack, new_browser)
    stack.broker.stop()
    visit.browser.reload()
    return visit


@journey("no-such-login", "error", status=404)
def _(stack, new_browser):
    browser = new_browser()
    browser.open(stack.public_url + "/l/BBBB-BBBB")
    return Visit(browser)


# 403, and 400 to whoever loads the address of the way back again.
@journey("other-browser", "error", status=(403, 400))
def _(stack, new_browser):
    starter = _opened(stack, new_browser)
    starter.browser.submit("continue")
    # The person copies the address of the sign-in page into another browser and signs in there.
    finisher = new_browser()
    finisher.open(starter.browser.url)
    finisher.submit("as-one-role")
    return Visit(finisher, starter.terminal)
