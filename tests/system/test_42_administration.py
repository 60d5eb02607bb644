"""Goal: an administrator ends a pending login; its operator hears who did, everybody else goes on. And what cis2ctl says to
people it says to programs as well."""

import json
import os
import subprocess

from harness.process import clean_environment, eventually
from harness.scenario import Scenario
from harness.stack import ONE_ROLE, default_grants, grant
from test_45_completion import commands, subcommands

SENTENCE = "An administrator of this server ended this login."


class Cancel(Scenario):
    def _pending(self, account="op1"):
        return next(login for login in self.stack.logins() if login["account"] == account)

    def _is_cancelled(self, terminal, browser):
        eventually(lambda: browser.reload().outcome == "cancelled", "the page shows cancelled", 1, pause=0.05)
        self.assertIn(SENTENCE, browser.page.text)
        self.refused_at_next_enter(terminal, SENTENCE)

    def test_by_reference_while_another_goes_on(self):
        first, second = self.stack.ssh("op1"), self.stack.ssh("op2")
        browser = self.stack.browser()
        browser.open(first.sees_login())
        second.sees_login()
        reference = self._pending()["reference"]

        said = self.stack.ctl("cancel", reference.lower().replace("-", " ")).stdout

        self.assertEqual(said, f"Ended {reference}: op1 by sshd from 127.0.0.1\n")
        self._is_cancelled(first, browser)
        self.assertIn(reference, first.text)
        event = self.outcome(outcome="cancelled")
        self.assertEqual(event["reference"], reference)
        self.assertEqual(event["reason"], "login.cancelled_by_administrator")
        self.assertEqual(event["detail"], "by uid 0")
        browser = self.stack.browser()
        browser.sign_in(second.link, "second")
        second.types(browser.page.code)
        self.has_shell(second, "op2")

    def test_while_the_digits_are_shown(self):
        terminal = self.stack.ssh("op1")
        browser = self.signed_in(terminal)
        code = browser.page.code
        self.stack.ctl("cancel", "--account", "op1")
        eventually(lambda: browser.reload().outcome == "cancelled", "the page shows cancelled", 1, pause=0.05)
        terminal.types(code)
        terminal.sees("An administrator of this server")
        self.assertEqual(terminal.ends(), 255)
        self.assertEqual([event["outcome"] for event in self.stack.audit.outcomes()], ["cancelled"])

    def test_while_the_operator_is_at_the_provider(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.to_provider(terminal.sees_login())
        self.stack.ctl("cancel", self._pending()["reference"])
        self.assertEqual(browser.submit("as-one-role").outcome, "cancelled")
        self.assertEqual([code["redeemed"] for code in self.stack.sim.requests()["codes"]], [False])
        self.refused_at_next_enter(terminal, SENTENCE)

    def test_all(self):
        terminals = [self.stack.ssh(account) for account in ("op1", "op2", "op1")]
        for terminal in terminals:
            terminal.sees_login()
        ended = json.loads(self.stack.ctl("cancel", "--all", "--json").stdout)["cancelled"]
        self.assertEqual(sorted(login["account"] for login in ended), ["op1", "op1", "op2"])
        self.nothing_pending()
        for terminal in terminals:
            self.refused_at_next_enter(terminal, SENTENCE)
        self.assertEqual(len(self.stack.audit.outcomes(reason="login.cancelled_by_administrator")), 3)

    def test_the_audit_says_who_came_by_sudo(self):
        self.stack.ssh("op1").sees_login()
        self.stack.ctl("cancel", "--all", SUDO_USER="asmith")
        self.assertEqual(self.outcome(outcome="cancelled")["detail"], "by uid 0, SUDO_USER asmith")

    def test_a_reference_that_no_login_has(self):
        terminal = self.stack.ssh("op1")
        terminal.sees_login()
        done = self.stack.ctl("cancel", "00000-00000", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No pending login with the reference 00000-00000.", done.stdout)
        self.assertEqual(len(self.stack.logins()), 1)


class Status(Scenario):
    def test_the_grants_are_those_in_force(self):
        self.assertEqual(self.stack.status()["grants"], 2)
        self.stack.grants = [grant("op1", operators=[ONE_ROLE])]
        self.stack.write_config()
        self.assertEqual(self.stack.status()["grants"], 2, "until it is told to read them")
        self.stack.ctl("reload")
        self.assertEqual(self.stack.status()["grants"], 1)
        self.assertRegex(self.stack.ctl("status").stdout, r"grants +1\n")


class Json(Scenario):
    """Every command of --help with --json: one JSON document on standard output, and nothing else there."""

    parts = ("syslog", "sim", "broker")
    options = {"grants": [*default_grants(), grant("op1", name="sudo", services=["sudo"], operators=[ONE_ROLE])]}

    def rows(self):
        """Command, arguments, members, exit status; in the order in which they make sense."""
        yield "check-config", (), {"ok", "problems", "advice"}, 0
        yield "doctor", (), {"ok", "checks", "findings"}, 1
        yield "status", (), {"version", "host", "started", "pending", "grants", "provider", "front"}, 0
        yield "logins", (), {"logins"}, 0
        yield "cancel", ("--all",), {"cancelled"}, 1
        yield "reload", (), {"grants", "certificate"}, 0
        yield "explain", ("--account", "op1", "--sub", ONE_ROLE), {
            "allow", "grant", "reason", "operator_text", "administrator_text", "grants"}, 0
        yield "jwks", (), {"keys"}, 0
        yield "keygen", ("--out", self.stack.path("new.pem")), {"path", "kid", "jwk"}, 0
        for step, arguments in (("status", ()), ("prepare", ()), ("switch", ()), ("finish", ("--yes",))):
            yield f"rotate {step}", arguments, {"keys", "next_step", "advice"}, 0
        yield "break-glass make", ("--account", "op1"), {"account", "valid_until", "codes"}, 0
        yield "break-glass list", (), {"codes"}, 0
        yield "break-glass revoke", ("--all",), {"revoked"}, 0
        yield "enable", ("sudo", "--rescue-group", "none"), {"service", "state", "files", "checks", "notes"}, 0
        yield "disable", ("sudo",), {"service", "state", "files"}, 0
        # Nobody answers at its prompt.
        yield "test-login", ("--account", "op3", "--service", "sudo"), {
            "service", "account", "allowed", "asked_to_sign_in", "pam", "reference", "reason", "grant", "sub"}, 1

    def setUp(self):
        super().setUp()
        self.stack.settings["break_glass"] = {"file": self.stack.path("state/break-glass.json")}
        key = self.stack.path("client-key.pem")
        with open(self.stack.settings["provider"]["client_key"]) as source, open(key, "w") as target:
            target.write(source.read())
        os.chmod(key, 0o600)
        self.stack.settings["provider"]["client_key"] = key
        self.stack.write_config()

    def says(self, command, arguments):
        """Exit status, standard output, standard error."""
        done = subprocess.run(["cis2ctl", "--config", self.stack.path("broker.toml"), "--json", *command.split(), *arguments],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=clean_environment())
        return done.returncode, done.stdout, done.stderr

    def test_every_command(self):
        rows = {command: (arguments, members, status) for command, arguments, members, status in self.rows()}
        listed = {" ".join(command) for command, text in commands() if not subcommands(text)}
        self.assertEqual(set(rows), listed)
        for command, (arguments, members, status) in rows.items():
            with self.subTest(command):
                done, out, err = self.says(command, arguments)
                self.assertEqual(done, status, out + err)
                self.assertEqual(set(json.loads(out)), members)

    def test_what_cannot_be_done_is_said_to_people_and_programs(self):
        self.stack.broker.stop()
        for command, arguments in (("status", ()), ("logins", ()), ("cancel", ("--all",)), ("reload", ()),
                                   ("enable", ("sudo", "--confirm")), ("enable", ("cron",)), ("disable", ("cron",)),
                                   ("keygen", ("--out", "/nowhere/key")), ("rotate finish", ("--yes",)),
                                   ("break-glass revoke", ()), ("explain", ("--account", "op1", "--auth-age", "x"))):
            with self.subTest(command):
                status, out, err = self.says(command, arguments)
                self.assertIn(status, (1, 2))
                document = json.loads(out)
                self.assertEqual((set(document), document["ok"]), ({"ok", "error"}, False))
                self.assertEqual("cis2ctl: " + document["error"].replace("\n", "\ncis2ctl: "), err.rstrip("\n"))
