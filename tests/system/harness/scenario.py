"""The base of every scenario: a stack that is up before the test, and the checks that follow each test.

After every test, whatever it was about: no secret of it is in any log, no sanitizer spoke, every login of the audit has
at most one outcome and every event fits the schema, everything ends on SIGTERM. `Scenario.options` are the keywords of the stack.
"""

import os
import re
import shutil
import signal
import unittest

from . import machine
from .pki import Pki
from .process import eventually
from .stack import Stack

WORK = "/srv/cis2-scenarios"
TEST_SECONDS = 180

_shared = {}


def shared_pki():
    if "pki" not in _shared:
        _shared["pki"] = Pki(os.path.join(WORK, "pki"))
    return _shared["pki"]


def _ran_out(_signal, _frame):
    raise AssertionError(f"the test took more than {TEST_SECONDS} s")


class Scenario(unittest.TestCase):
    options = {}
    parts = ()  # what starts by itself; () is everything
    longMessage = True

    def setUp(self):
        signal.signal(signal.SIGALRM, _ran_out)
        signal.alarm(TEST_SECONDS)
        self.addCleanup(signal.alarm, 0)
        self.addCleanup(machine.restore_logins)
        self.stack = self.make_stack(**self.options)
        if self.parts is not None:
            self.stack.start(*self.parts)

    def make_stack(self, **options):
        """A stack that is checked and stopped after the test; one at a time."""
        folder = os.path.join(WORK, self.id().replace("/", "_"))
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder, mode=0o755)
        stack = Stack(folder, self.pki(), **options)
        self.addCleanup(self._finish, stack)
        return stack

    def pki(self):
        return shared_pki()

    def _finish(self, stack):
        problems = []
        try:
            stack.collect_secrets()
        except (AssertionError, OSError) as problem:
            problems.append(f"secrets could not be collected: {problem}")
        problems += [f"secret leaked: {found}" for found in stack.search_secrets()]
        problems += stack.stop()
        problems += [f"secret leaked: {found}" for found in stack.search_secrets()]
        problems += [f"sanitizer: {line}" for line in stack.sanitizer_reports()]
        try:
            stack.audit.exactly_one_outcome_each()
            stack.audit.fits_the_schema()
        except AssertionError as problem:
            problems.append(str(problem))
        self._keep_logs(stack)
        self.assertEqual(sorted(set(problems)), [])

    def _keep_logs(self, stack):
        """The logs of the newest run of each test stay in build/, for the person who has to find out."""
        keep = os.environ.get("CIS2_RESULTS")
        if keep:
            target = os.path.join(keep, "logs", self.id())
            shutil.rmtree(target, ignore_errors=True)
            os.makedirs(target)
            for source in (stack.logs, stack.path("state")):
                shutil.copytree(source, target, dirs_exist_ok=True, ignore_dangling_symlinks=True)
            for name in ("broker.toml", "sshd_config", "sim-requests.log"):
                if os.path.exists(stack.path(name)):
                    shutil.copy(stack.path(name), target)

    # --- steps that many scenarios share

    def signed_in(self, terminal, operator="one-role", browser=None):
        """Follows the terminal's link and signs in; the browser, on its last page."""
        browser = browser or self.stack.browser()
        browser.sign_in(terminal.sees_login(), operator)
        return browser

    def has_shell(self, terminal, account="op1"):
        terminal.sees(rf"{account}@server-a:.*\$ $")
        terminal.types("id -un; echo \"<$((40 + 2))>\"")
        terminal.sees(rf"{account}\n<42>\n")

    def allowed(self, terminal, account="op1", operator="one-role", browser=None):
        """The whole of a login that is allowed; the browser."""
        browser = self.signed_in(terminal, operator, browser)
        self.assertEqual(browser.page.outcome, "code", browser.page)
        terminal.types(browser.page.code)
        self.has_shell(terminal, account)
        return browser

    def outcome(self, timeout=5, **wanted):
        """The newest outcome in the audit with these fields, waiting for it."""
        return self.stack.audit.waits_for_outcome(timeout, **wanted)

    def refused_at_next_enter(self, terminal, sentence, timeout=5):
        """Enter prints why, and the client gets no second journey."""
        terminal.types("")
        terminal.sees(re.escape(sentence), timeout)
        self.assertEqual(terminal.ends(timeout), 255)
        self.assertNotIn("Code: ", terminal.rest())

    def nothing_pending(self, timeout=2):
        eventually(lambda: self.stack.logins() == [], "no login is pending", timeout)
