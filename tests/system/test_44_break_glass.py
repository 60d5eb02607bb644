"""Goal: while the provider cannot be reached, and only then, an emergency code lets its account in, once, and everybody
who should hears of it."""

import json
import os
import re
import shutil
import subprocess

import test_31_local_services as local
from harness import documents
from harness.process import eventually, run
from harness.scenario import Scenario
from harness.stack import grant, ONE_ROLE

CANNOT_BE_USED = "This emergency code cannot be used."
NOT_SIGNED_IN = "Not signed in yet"


class WithCodes:
    """What every scenario here needs: codes, made by cis2ctl, and whatever the provider is."""

    parts = None

    def setUp(self):
        super().setUp()
        self.stack.settings["break_glass"] = {"file": self.stack.path("state/break-glass.json")}

    def starts_without_provider(self, *parts):
        self.stack.start("syslog", "broker", *parts)
        self.stack.provider_is("away", 15)

    def break_glass(self, *arguments):
        return json.loads(self.stack.ctl("break-glass", *arguments, "--json").stdout)

    def make(self, count=1, account="op1", valid="90d"):
        made = self.break_glass("make", "--account", account, "--count", str(count), "--valid", valid)
        codes = [each["code"] for each in made["codes"]]
        self.keeps_secret(codes)
        return codes

    def keeps_secret(self, codes):
        for code in codes:
            plain = code.replace("-", "")
            self.stack.canary.add_all(("emergency code", form) for form in
                                      (code, plain, code.lower(), plain.lower(), plain[5:], code[6:]))

    def state_of(self, code):
        return next(each["state"] for each in self.break_glass("list")["codes"] if each["id"] == code[:5])

    def asked_for_a_code(self, terminal):
        terminal.sees("The sign-in service cannot be reached")
        terminal.sees("emergency code within")
        terminal.sees("Its use is recorded and reported at once")
        terminal.sees("Code: $")
        self.assertNotIn("/l/", terminal.text)
        return terminal

    def ssh_asked_for_a_code(self, account="op1"):
        return self.asked_for_a_code(self.stack.ssh(account))

    def was_by_code(self, code, **wanted):
        event = self.outcome(outcome="allowed", code_id=code[:5], **wanted)
        self.assertEqual(event["grant"], "break-glass")
        self.assertNotIn("sub", event)
        alarms = self.stack.audit.events(event="login.break_glass", login_id=event["login_id"])
        self.assertEqual([alarm["code_id"] for alarm in alarms], [code[:5]])
        # The copy of the alarm; without a journal it goes there.
        self.stack.broker.says(rf'"event":"login.break_glass".*"code_id":"{code[:5]}"')
        self.assertEqual(self.state_of(code), "used")


class ProviderAway(WithCodes, Scenario):
    def setUp(self):
        super().setUp()
        self.starts_without_provider("sshd")

    def test_a_code_lets_in_once(self):
        code, other = self.make(2)
        terminal = self.ssh_asked_for_a_code()
        terminal.types(code)
        self.has_shell(terminal)
        self.was_by_code(code, service="sshd", account="op1")
        # The same code again; then another one, typed as people type.
        terminal = self.ssh_asked_for_a_code()
        terminal.types(code)
        terminal.sees(CANNOT_BE_USED + " 2 tries left")
        terminal.sees("Code: $")
        terminal.types(other.lower().replace("-", " "))
        self.has_shell(terminal)
        self.was_by_code(other)
        self.stack.broker.says(r"break_glass\.used_code")
        # None is left: as if there had never been any.
        terminal = self.stack.ssh("op1")
        self.assertEqual(terminal.ends(), 255)
        self.assertNotIn("Code:", terminal.text)

    def test_an_account_without_a_code_is_told_as_ever(self):
        self.make()
        terminal = self.stack.ssh("op2")
        self.assertEqual(terminal.ends(), 255)
        self.assertNotIn("Code:", terminal.text)
        self.assertEqual(self.outcome(account="op2")["outcome"], "unavailable")

    def test_three_wrong_codes_are_final(self):
        code, = self.make()
        wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
        terminal = self.ssh_asked_for_a_code()
        for typed, left in ((wrong, "2 tries left"), ("ZZZZZ" + code[5:], "1 try left")):
            terminal.types(typed)
            terminal.sees(f"{CANNOT_BE_USED} {left}")
            terminal.sees("Code: $")
        terminal.types("482913")
        terminal.sees("That is no emergency code")
        terminal.sees("Code: $")
        terminal.types(wrong)
        terminal.sees(CANNOT_BE_USED)
        self.assertEqual(terminal.ends(), 255)
        self.assertEqual(self.outcome(outcome="refused")["reason"], "break_glass.wrong_code")
        self.assertEqual(self.state_of(code), "ready")

    def test_expired_revoked_and_other_peoples_codes_look_the_same_and_the_log_tells_them_apart(self):
        ready, revoked = self.make(2)
        expired, = self.make(valid="1s")
        others, = self.make(account="op2")
        self.assertEqual(self.break_glass("revoke", revoked[:5])["revoked"], [revoked[:5]])
        eventually(lambda: self.state_of(expired) == "expired", "the code's time is over")
        for code, told in ((expired, r"break_glass\.expired_code"), (revoked, r"break_glass\.revoked_code"),
                           (others, r"break_glass\.wrong_code.*of another account")):
            terminal = self.ssh_asked_for_a_code()
            terminal.types(code)
            terminal.sees(CANNOT_BE_USED + " 2 tries left")
            self.stack.broker.says(told)
            terminal.close()
        self.assertEqual(self.state_of(ready), "ready")
        self.assertEqual(self.state_of(others), "ready")

    def test_a_file_that_others_may_read_is_no_file(self):
        self.make()
        path = self.stack.settings["break_glass"]["file"]
        os.chmod(path, 0o644)
        terminal = self.stack.ssh("op1")
        self.assertEqual(terminal.ends(), 255)
        self.assertNotIn("Code:", terminal.text)
        self.stack.broker.says(r"there are no emergency codes.*chmod 0600")

    def test_a_use_that_cannot_be_marked_lets_nobody_in(self):
        code, = self.make()
        os.mkdir(self.stack.settings["break_glass"]["file"] + ".new")
        terminal = self.ssh_asked_for_a_code()
        terminal.types(code)
        terminal.sees("Emergency codes cannot be checked")
        self.assertEqual(terminal.ends(), 255)
        self.assertEqual(self.outcome(outcome="refused")["reason"], "break_glass.unavailable")
        self.assertEqual(self.state_of(code), "ready")

    def test_when_the_provider_is_back_the_link_is_shown_and_no_code_is_taken(self):
        code, = self.make()
        terminal = self.ssh_asked_for_a_code()
        self.stack.start_sim()
        self.stack.provider_is("present", 40)
        terminal.types(code)
        terminal.sees("can be reached again")
        self.allowed(terminal)
        self.assertEqual(self.state_of(code), "ready")
        self.assertEqual(self.stack.audit.events(event="login.break_glass"), [])


class ProviderComesAndGoes(WithCodes, Scenario):
    def setUp(self):
        super().setUp()
        self.stack.start("syslog", "sim", "broker", "sshd")

    def a_sign_in_fails(self):
        browser = self.signed_in(self.stack.ssh("op2"), "second")
        self.assertNotEqual(browser.page.outcome, "code", browser.page)

    def test_while_the_provider_is_present_a_code_is_an_answer_like_any_other(self):
        code, = self.make()
        terminal = self.stack.ssh("op1")
        terminal.sees_login()
        for _ in range(4):
            terminal.types(code)
            terminal.sees(NOT_SIGNED_IN)
            terminal.sees("Code: $")
        self.assertEqual(self.state_of(code), "ready")
        browser = self.stack.browser()
        browser.sign_in(terminal.link)
        terminal.types(browser.page.code)
        self.has_shell(terminal)

    def test_a_login_that_is_pending_when_the_provider_goes_away(self):
        code, = self.make()
        terminal, other = self.stack.ssh("op1"), self.stack.ssh("op2")
        terminal.sees_login()
        browser = self.stack.browser()
        browser.to_provider(other.sees_login())
        callback = browser.submit("as-second", follow=False).header("location")
        self.stack.collect_secrets()
        self.stack.sim.program.stop()
        self.assertEqual(browser.open(callback).outcome, "unavailable")  # what makes the broker ask for itself
        self.stack.provider_is("away", 20)
        terminal.types(code)
        self.has_shell(terminal)
        self.was_by_code(code)
        self.assertEqual(self.stack.browser().open(terminal.link).outcome, "allowed")

    def test_a_provider_that_refuses_this_server(self):
        code, = self.make()
        terminal = self.stack.ssh("op1")
        terminal.sees_login()
        self.stack.sim.misbehave("token-invalid-client", 0)
        self.a_sign_in_fails()
        self.stack.broker.says("refuses this server as a client", 20)
        terminal.types(code)
        self.has_shell(terminal)
        self.was_by_code(code)
        self.stack.sim.reset()
        self.stack.broker.says("accepts this server as a client again", 45)

    def test_a_refusal_that_our_own_question_does_not_confirm_counts_for_nothing(self):
        code, = self.make()
        terminal = self.stack.ssh("op1")
        terminal.sees_login()
        self.stack.sim.misbehave("token-invalid-client")
        self.a_sign_in_fails()
        eventually(lambda: self.stack.sim.requests()["token"] == 2, "the broker asked for itself", 20)
        terminal.types(code)
        terminal.sees(NOT_SIGNED_IN)
        self.assertEqual(self.state_of(code), "ready")


class FullDisk(WithCodes, Scenario):
    """Audit and codes on one small disk that is full: in an emergency a likely place to be."""

    def setUp(self):
        super().setUp()
        disk = self.stack.path("disk")
        os.mkdir(disk)
        run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=0755", "small", disk])
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False, stderr=subprocess.DEVNULL)
        folder = disk + "/broker"
        run(["install", "-d", "-o", "_cis2-broker", "-g", "_cis2-broker", "-m", "0700", folder])
        self.stack.settings["audit"]["file"] = self.stack.audit.path = folder + "/audit.jsonl"
        self.stack.settings["break_glass"]["file"] = folder + "/break-glass.json"
        # One page to the last byte: the next line of the audit needs another one.
        line = json.dumps({"event": "padding", "detail": ""})
        with open(self.stack.audit.path, "w") as out:
            out.write(line.replace('""', '"' + "x" * (4095 - len(line)) + '"') + "\n")
        os.chmod(self.stack.audit.path, 0o600)
        self.starts_without_provider("sshd")

    def fill(self):
        with open(self.stack.path("disk/ballast"), "wb", buffering=0) as out:
            try:
                while True:
                    out.write(b"\0" * 512)
            except OSError:
                pass

    def test_a_code_lets_in_and_syslog_hears_what_the_audit_cannot_keep(self):
        code, = self.make()
        self.fill()
        terminal = self.ssh_asked_for_a_code()
        terminal.types(code)
        self.has_shell(terminal)
        self.assertEqual(self.state_of(code), "used")
        self.assertEqual(self.stack.audit.outcomes(), [])
        # authpriv.alert
        told = self.stack.syslog.says(r'<81>.*cis2-brokerd.*ended: allowed by grant "break-glass".*"code_id":"(\w+)"')
        self.assertEqual(told.group(1), code[:5])


class Guide(WithCodes, Scenario):
    """What docs/break-glass.md tells an administrator to type."""

    FOLDER = "/etc/cis2-broker"

    def sh(self, commands, folder="/"):
        return run(["bash", "-euc", commands], timeout=60, cwd=folder).stdout

    def test_the_commands_of_the_guide(self):
        run(["useradd", "--create-home", "--shell", "/bin/bash", "asmith"])
        self.addCleanup(run, ["userdel", "--remove", "asmith"], check=False)
        self.starts_without_provider("sshd")
        shutil.rmtree(self.FOLDER, ignore_errors=True)
        os.makedirs(self.FOLDER, mode=0o755)
        self.addCleanup(shutil.rmtree, self.FOLDER, ignore_errors=True)
        shutil.copy(self.stack.path("broker.toml"), self.FOLDER)
        make = documents.blocks("docs/break-glass.md", "Make", "sh")[0]
        shown = documents.blocks("docs/break-glass.md", "Use")[0]
        question = documents.blocks("docs/break-glass.md", "After each use", "sh")[0]
        revoke = documents.blocks("docs/break-glass.md", "Revoke", "sh")[0]
        codes = re.findall(r"^  (\w{5}(?:-\w{5}){3})$", self.sh(make), re.M)
        self.keeps_secret(codes)
        self.assertEqual(len(codes), 5)
        terminal = self.stack.ssh("asmith")
        terminal.sees("Code: $")
        for line in shown.strip().split("\n"):
            self.assertIn(line.split(" within")[0].strip(), terminal.text)
        terminal.types(codes[0])
        self.has_shell(terminal, "asmith")
        alarm, = self.sh(question, self.stack.path("state")).splitlines()
        self.assertEqual(json.loads(alarm)[1:], ["asmith", "sshd", "127.0.0.1", codes[0][:5]])
        self.make()
        self.sh(revoke.replace("7K2QX", codes[1][:5]))
        states = [each["state"] for each in self.break_glass("list")["codes"]]
        self.assertEqual(sorted(states), ["revoked"] * 5 + ["used"])


class Sudo(WithCodes, local.LocalServices):
    options = {"grants": [grant("op1", services=["sudo"], operators=[ONE_ROLE])]}

    def test_sudo_asks_for_a_code_too(self):
        self.starts_without_provider()
        code, = self.make()
        terminal = self.sudo()
        self.asked_for_a_code(terminal)
        terminal.types(code)
        self.ran_as(terminal, "root")
        self.was_by_code(code, service="sudo", account="op1", ruser="op1")
