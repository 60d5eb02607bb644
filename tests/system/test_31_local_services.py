"""Goal: sudo, su and login of the system ask the module as docs/local-services.md says, each on a real terminal.

The PAM files are Debian's own, with the lines of conf/pam.d/examples in the place that those name.
"""

import os
import re
import shutil

from harness import machine
from harness.process import eventually, run
from harness.scenario import Scenario
from harness.sim import OPERATORS
from harness.stack import ONE_ROLE, SECOND, grant
from harness.terminal import LINK

NO_GRANT = "You are not allowed to log in to this account on this server."
NOT_ME = "said that they did not start this login"
LOW_LEVEL = "This server needs a sign-in of level 3, you signed in at level 2."
WRONG_DIGITS = "The six digits were wrong three times"
BLOCKS = "\u2580\u2584\u2588"
SUDOERS = "/etc/sudoers.d/cis2"
COMMAND = ["sh", "-c", "echo \"I am $(id -un), $((40 + 2))\""]

# Debian's own files, before any test has changed them.
_stock = {}


def stock(service):
    if service not in _stock:
        with open(f"/etc/pam.d/{service}") as file:
            _stock[service] = file.read()
    return _stock[service]


def example(service):
    """The lines of conf/pam.d/examples that are no comment."""
    with open(os.path.join(machine.ROOT, "conf/pam.d/examples", service)) as file:
        return [line for line in file.read().splitlines() if line and not line.startswith("#")]


class LocalServices(Scenario):
    parts = ("syslog", "sim", "broker")

    def setUp(self):
        super().setUp()
        for service in ("sudo", "sudo-i", "su", "login"):
            self.write_service(service)
        self.write_sudoers()
        shutil.rmtree("/run/sudo/ts", ignore_errors=True)

    def write_service(self, service, auth=None, account=()):
        """Debian's /etc/pam.d/SERVICE with these lines, by default the example's, for common-auth."""
        auth = auth or example("sudo" if service == "sudo-i" else service)
        text = stock(service)
        self.assertEqual(text.count("@include common-auth\n"), 1, text)
        text = text.replace("@include common-auth\n", "\n".join(auth) + "\n")
        text = text.replace("@include common-account\n", "\n".join([*account, "@include common-account"]) + "\n")
        # The kernel lets nobody here set a login uid, and that is the container's business, not ours.
        text = re.sub(r"(?m)^session\s+required\s+pam_loginuid\.so.*\n", "", text)
        with open(f"/etc/pam.d/{service}", "w") as file:
            file.write(text)

    def write_sudoers(self, *lines):
        with open(SUDOERS, "w") as file:
            file.write("\n".join([*lines, "op1 ALL=(ALL:ALL) ALL"]) + "\n")
        os.chmod(SUDOERS, 0o440)
        run(["visudo", "-c"])

    def as_account(self, account, *command, **options):
        """A command of this account on a terminal of its own."""
        return self.stack.terminal(["setpriv", "--reuid", account, "--regid", account, "--init-groups", "--reset-env",
                                    "--", *command], **options)

    def sudo(self, *arguments, command=COMMAND):
        return self.as_account("op1", "sudo", *arguments, *command)

    def types_the_digits(self, terminal, operator="one-role"):
        browser = self.signed_in(terminal, operator)
        self.assertEqual(browser.page.outcome, "code", browser.page)
        terminal.types(browser.page.code)
        return browser

    def gives_password(self, account, password):
        run(["chpasswd"], stdin=None, input=f"{account}:{password}\n")
        self.addCleanup(run, ["usermod", "--password", "!", account])

    def ran_as(self, terminal, account):
        terminal.sees(rf"I am {account}, 42\n")
        self.assertEqual(terminal.ends(), 0)

    def one_outcome(self, **wanted):
        """The outcome of the one login that there was, with these fields."""
        self.outcome(**wanted)
        outcomes = self.stack.audit.outcomes()
        self.assertEqual(len(outcomes), 1, outcomes)
        return outcomes[0]

    def targetpw_is_refused(self):
        self.write_sudoers("Defaults targetpw")
        terminal = self.sudo("-u", "op2")
        self.assertEqual(self.signed_in(terminal).page.outcome, "refused")
        terminal.types("")
        self.assertEqual(terminal.ends(), 1)
        event = self.one_outcome(outcome="refused")
        self.assertEqual((event["account"], event["ruser"], event["reason"]), ("op2", "op1", "policy.no_grant"))

    def nobody_was_asked(self, terminal):
        self.assertNotIn("Code: ", terminal.text)
        self.assertEqual(self.stack.audit.events(), [])
        self.assertEqual(self.stack.logins(), [])

    def only_printable(self, terminal):
        strange = sorted({c for c in terminal.text if c not in BLOCKS + "\r\n" and not " " <= c <= "~"})
        self.assertEqual(strange, [])
        self.assertNotRegex(terminal.text, r"\\[0-3][0-7][0-7]")


class Sudo(LocalServices):
    options = {"grants": [grant("op1", services=["sudo"], operators=[ONE_ROLE, OPERATORS["aal2"]])]}

    def sudo_gives_up(self, terminal, sentence):
        """What is left of three tries after a final refusal: the reason, and sudo's own words for the second."""
        terminal.sees(re.escape(sentence))
        reference = terminal.sees(r"Reference: (\S+)\n").group(1)
        terminal.sees(r"^Sorry, try again\.\nsudo: PAM authentication error: Critical error - immediate abort\n")
        self.assertEqual(terminal.ends(), 1)
        self.assertNotRegex(terminal.rest(), LINK)
        self.assertEqual(len(LINK.findall(terminal.text)), 2, "the message and the prompt of one login")
        self.only_printable(terminal)
        self.nothing_pending()
        return self.one_outcome(outcome="refused", reference=reference)

    def test_link_and_qr_are_visible_and_the_command_runs(self):
        terminal = self.sudo()
        browser = self.types_the_digits(terminal)
        self.assertIn("\u2588", terminal.text)
        self.ran_as(terminal, "root")
        self.only_printable(terminal)
        wanted = {"service": "sudo", "account": "op1", "ruser": "op1", "sub": ONE_ROLE, "grant": "grant for op1"}
        event = self.one_outcome(outcome="allowed")
        self.assertEqual({key: event.get(key) for key in wanted}, wanted)
        self.assertEqual(browser.reload().outcome, "allowed")

    def test_one_message_has_everything_and_the_prompt_repeats_the_link(self):
        terminal = self.sudo()
        link = re.escape(terminal.sees_login())
        # sudo ends a message with a newline of its own: there is one empty line, so there is one message.
        shape = rf"^\n[{BLOCKS} \n]+\n{link}\n[^\n]*3 minutes 59 seconds[^\n]*\n\n{link}\nCode: $"
        self.assertRegex(terminal.text.replace("\r", ""), shape)
        self.only_printable(terminal)
        terminal.types("123456")
        terminal.sees("Not signed in yet")
        terminal.sees("Code: $")
        self.only_printable(terminal)

    def test_the_link_is_visible_where_sudoers_replaces_the_prompt(self):
        self.write_sudoers("Defaults passprompt_override")
        self._with_a_prompt_of_sudo(self.sudo(), r"\[sudo\] password for op1: $")

    def test_the_link_is_visible_where_the_caller_replaces_the_prompt(self):
        self._with_a_prompt_of_sudo(self.sudo("-p", "Well? "), r"Well\? $")

    def _with_a_prompt_of_sudo(self, terminal, prompt):
        terminal.link = terminal.sees(LINK).group(0)
        terminal.sees(prompt)
        self.assertNotIn("Code: ", terminal.text)
        self.assertIn("\u2588", terminal.text)
        browser = self.stack.browser()
        self.assertEqual(browser.sign_in(terminal.link).outcome, "code")
        terminal.types(browser.page.code)
        self.ran_as(terminal, "root")
        self.only_printable(terminal)

    def test_a_level_too_low_ends_sudo_without_a_second_journey(self):
        terminal = self.sudo()
        self.assertEqual(self.signed_in(terminal, "aal2").page.outcome, "refused")
        terminal.types("")
        event = self.sudo_gives_up(terminal, LOW_LEVEL)
        self.assertEqual(event["reason"], "levels.aal_too_low")

    def test_this_was_not_me_ends_sudo_without_a_second_journey(self):
        terminal = self.sudo()
        browser = self.stack.browser()
        browser.open(terminal.sees_login())
        browser.submit("not-me")
        terminal.types("")
        self.assertEqual(self.sudo_gives_up(terminal, NOT_ME)["reason"], "login.not_me")

    def test_wrong_digits_three_times_end_sudo(self):
        terminal = self.sudo()
        browser = self.signed_in(terminal)
        wrong = "111111" if browser.page.code != "111111" else "222222"
        for left in ("2 tries left", "1 try left"):
            terminal.types(wrong)
            terminal.sees(left)
            terminal.sees("Code: $")
        terminal.types(wrong)
        self.assertEqual(self.sudo_gives_up(terminal, WRONG_DIGITS)["reason"], "login.wrong_digits")

    def test_ctrl_c_cancels(self):
        terminal = self.sudo()
        terminal.sees_login()
        terminal.sends("\x03")
        self.assertEqual(terminal.ends(), 1)
        self.one_outcome(outcome="cancelled")

    def test_an_account_without_a_grant_is_refused(self):
        with open(SUDOERS, "a") as file:
            file.write("op3 ALL=(ALL:ALL) ALL\n")
        terminal = self.as_account("op3", "sudo", *COMMAND)
        self.signed_in(terminal)
        terminal.types("")
        event = self.sudo_gives_up(terminal, NO_GRANT)
        self.assertEqual((event["account"], event["reason"]), ("op3", "policy.no_grant"))

    def test_without_a_broker_sudo_ends_after_its_tries(self):
        self.stack.broker.stop()
        terminal = self.sudo()
        terminal.sees("3 incorrect password attempts", timeout=15)
        self.assertEqual(terminal.ends(), 1)
        self.assertNotIn("Code: ", terminal.text)

    def test_without_a_broker_the_line_with_a_fallback_asks_for_the_local_password(self):
        self.write_service("sudo", auth=example("login"))
        self.gives_password("op1", "local password")
        self.stack.broker.stop()
        terminal = self.sudo()
        terminal.sees(r"\[sudo\] password for op1: $")
        terminal.types("local password")
        self.ran_as(terminal, "root")

    def test_with_n_nobody_is_asked(self):
        terminal = self.sudo("-n")
        terminal.sees("a password is required")
        self.assertEqual(terminal.ends(), 1)
        self.nobody_was_asked(terminal)

    def test_without_anybody_it_ends_at_once(self):
        done = run(["setpriv", "--reuid", "op1", "--regid", "op1", "--init-groups", "--", "sudo", *COMMAND], check=False,
                   timeout=5, start_new_session=True)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertNotIn("I am", done.stdout)
        self.nothing_pending()
        self.one_outcome(outcome="cancelled")

    def test_without_a_terminal_it_shows_and_reads_all_the_same(self):
        # Without echo sudo would want a terminal; the digits are asked for with echo.
        terminal = self.as_account("op1", "setsid", "--wait", "sudo", *COMMAND)
        self.types_the_digits(terminal)
        self.ran_as(terminal, "root")


class WhoSudoAsksFor(LocalServices):
    options = {"grants": [grant("op1", services=["sudo"], operators=[ONE_ROLE])]}

    def test_a_login_shell_is_the_service_sudo_i_and_the_same_grant(self):
        terminal = self.sudo("-i")
        self.types_the_digits(terminal)
        self.ran_as(terminal, "root")
        event = self.one_outcome(outcome="allowed")
        self.assertEqual((event["service"], event["account"], event["ruser"]), ("sudo-i", "op1", "op1"))

    def test_as_another_account_it_is_the_caller_who_is_asked_for(self):
        terminal = self.sudo("-u", "op2")
        page = self.stack.browser().open(terminal.sees_login())
        self.assertIn("op1", page.text)
        browser = self.stack.browser()
        browser.sign_in(terminal.link)
        terminal.types(browser.page.code)
        self.ran_as(terminal, "op2")
        event = self.one_outcome(outcome="allowed")
        self.assertEqual((event["account"], event["ruser"], event["grant"]), ("op1", "op1", "grant for op1"))

    def test_the_identity_of_the_target_is_worth_nothing(self):
        terminal = self.sudo("-u", "op2")
        self.assertEqual(self.signed_in(terminal, "second").page.outcome, "refused")
        terminal.types("")
        self.assertEqual(terminal.ends(), 1)
        self.assertEqual(self.one_outcome(outcome="refused")["reason"], "policy.no_grant")

    def test_targetpw_with_a_grant_for_the_caller_alone_is_refused(self):
        self.targetpw_is_refused()


class TargetAlone(LocalServices):
    options = {"grants": [grant("op2", services=["sudo"], operators=[ONE_ROLE])]}

    def test_targetpw_with_a_grant_for_the_target_alone_is_refused(self):
        self.targetpw_is_refused()


class CallerAndTarget(LocalServices):
    options = {"grants": [grant("op1", services=["sudo"], operators=[ONE_ROLE]),
                          grant("op2", services=["sudo"], operators=[ONE_ROLE])]}

    def test_targetpw_with_a_grant_for_both_is_allowed(self):
        self.write_sudoers("Defaults targetpw")
        terminal = self.sudo("-u", "op2")
        self.types_the_digits(terminal)
        self.ran_as(terminal, "op2")
        event = self.one_outcome(outcome="allowed")
        self.assertEqual((event["account"], event["ruser"], event["grant"]), ("op2", "op1", "grant for op1, grant for op2"))


class SudoTimestamps(LocalServices):
    options = {"grants": [grant("op1", services=["sudo"], operators=[ONE_ROLE])]}

    def _first_sudo_in_a_shell(self):
        terminal = self.as_account("op1", "sh")
        terminal.sees(r"\$ $")
        terminal.types("sudo echo fir\\st")
        self.types_the_digits(terminal)
        terminal.sees(r"\nfirst\n.*\$ $")
        return terminal

    def _second_sudo_asks_nobody(self):
        terminal = self._first_sudo_in_a_shell()
        terminal.types("sudo echo seco\\nd")
        terminal.sees(r"\nsecond\n.*\$ $")
        self.one_outcome(outcome="allowed")

    def test_a_second_sudo_on_the_same_terminal_asks_nobody(self):
        self._second_sudo_asks_nobody()

    def test_nor_where_the_module_is_in_the_account_phase(self):
        self.write_service("sudo", account=["account required pam_cis2.so"])
        self._second_sudo_asks_nobody()

    def test_where_other_means_are_refused_a_remembered_sudo_is_refused(self):
        self.write_service("sudo", account=["account required pam_cis2.so others=refuse"])
        terminal = self._first_sudo_in_a_shell()
        terminal.types("sudo echo seco\\nd")
        terminal.sees("PAM account management error: Permission denied")
        terminal.sees(r"\$ $")
        self.assertNotIn("second\r\n", terminal.text)

    def test_with_timestamp_timeout_0_every_sudo_asks(self):
        self.write_sudoers("Defaults timestamp_timeout=0")
        terminal = self._first_sudo_in_a_shell()
        terminal.types("sudo echo seco\\nd")
        self.types_the_digits(terminal)
        terminal.sees(r"\nsecond\n.*\$ $")
        self.assertEqual([event["outcome"] for event in self.stack.audit.outcomes()], ["allowed"] * 2)


class Su(LocalServices):
    options = {"host": {"lifetimes": {"su": "40s"}},
               "grants": [grant("op2", services=["su"], operators=[SECOND], callers=["op1"])]}

    def test_the_target_is_what_the_grant_names(self):
        terminal = self.as_account("op1", "su", "op2", "-c", COMMAND[-1])
        browser = self.types_the_digits(terminal, "second")
        self.ran_as(terminal, "op2")
        self.only_printable(terminal)
        self.assertRegex(browser.page.text, r"op2 .*From this server, \S+, called by op1 ")
        event = self.one_outcome(outcome="allowed")
        wanted = {"service": "su", "account": "op2", "ruser": "op1", "sub": SECOND, "grant": "grant for op2"}
        self.assertEqual({key: event.get(key) for key in wanted}, wanted)

    def test_a_login_shell_is_the_service_su_l_with_grant_and_lifetime_of_su(self):
        terminal = self.as_account("op1", "su", "-", "op2", "-c", COMMAND[-1])
        terminal.sees("within 39 seconds")
        browser = self.stack.browser()
        browser.sign_in(LINK.search(terminal.text).group(0), "second")
        terminal.types(browser.page.code)
        self.ran_as(terminal, "op2")
        self.assertEqual(self.one_outcome(outcome="allowed")["service"], "su-l")

    def _refused(self, caller, target, operator):
        terminal = self.as_account(caller, "su", target, "-c", COMMAND[-1])
        self.assertEqual(self.signed_in(terminal, operator).page.outcome, "refused")
        terminal.types("")
        terminal.sees(re.escape(NO_GRANT))
        self.assertEqual(terminal.ends(), 1)
        self.assertNotIn("I am ", terminal.text)
        self.only_printable(terminal)
        event = self.one_outcome(outcome="refused")
        self.assertEqual((event["account"], event["ruser"], event["reason"]), (target, caller, "policy.no_grant"))

    def test_a_caller_who_is_not_listed_is_refused(self):
        self._refused("op3", "op2", "second")

    def test_the_callers_own_identity_is_worth_nothing(self):
        self._refused("op1", "op2", "one-role")

    def test_root_is_not_reached_by_su(self):
        self._refused("op1", "root", "second")

    def test_root_is_not_asked(self):
        terminal = self.stack.terminal(["su", "op2", "-c", COMMAND[-1]])
        self.ran_as(terminal, "op2")
        self.nobody_was_asked(terminal)

    def test_ctrl_c_cancels(self):
        terminal = self.as_account("op1", "su", "op2")
        terminal.sees_login()
        terminal.sends("\x03")
        self.assertNotEqual(terminal.ends(), 0)
        self.one_outcome(outcome="cancelled")


class Console(LocalServices):
    def setUp(self):
        # Debian 13 has login(1) of util-linux, which hangs its terminal up (vhangup(2)) and, on the pseudo-terminal of a
        # test, now and then ends with it.
        if run(["dpkg-query", "-W", "-f", "${source:Package}", "login"]).stdout != "shadow":
            self.skipTest("login(1) is not that of shadow")
        super().setUp()


class Login(Console):
    """login(1) as getty starts it: by root, on a terminal."""

    options = {"grants": [grant("op1", services=["login"], operators=[ONE_ROLE, OPERATORS["aal2"]])]}

    def test_the_whole_login(self):
        terminal = self.stack.terminal(["login", "-p", "--", "op1"])  # agetty has asked for the name
        browser = self.types_the_digits(terminal)
        self.assertIn("\u2588", terminal.text)
        self.only_printable(terminal)
        # With the shipped example nobody is asked for a password as well.
        self.has_shell(terminal)
        self.assertNotIn("Password", terminal.text)
        terminal.types("exit")
        terminal.ends()
        self.assertIn("/dev/pts/0", browser.visited[0].text)
        event = self.one_outcome(outcome="allowed")
        self.assertEqual((event["service"], event["account"], event.get("ruser")), ("login", "op1", None))

    def test_the_screen_says_that_there_are_55_seconds(self):
        terminal = self.stack.terminal(["login", "op1"])
        terminal.sees("within 54 seconds")
        terminal.sees("Code: $")
        self.assertLessEqual(self.stack.logins()[0]["seconds_left"], 55)

    def test_a_refusal_ends_it_with_the_reason_on_the_screen(self):
        terminal = self.stack.terminal(["login", "op1"])
        self.signed_in(terminal, "aal2")
        terminal.types("")
        self.assertEqual(terminal.ends(15), 0)
        shown = "\n".join(terminal.screen)
        self.assertIn(LOW_LEVEL, shown)
        self.assertIn("Reference: " + self.one_outcome(outcome="refused")["reference"], shown)
        self.assertNotIn("login: ", terminal.rest())
        self.only_printable(terminal)

    def _ends_at_once(self):
        terminal = self.stack.terminal(["login", "op1"])
        terminal.sees("abort requested by PAM")
        self.assertEqual(terminal.ends(), 99)
        self.nobody_was_asked(terminal)

    def test_a_bad_argument_ends_it_at_once(self):
        self.write_service("login", auth=["auth requisite pam_cis2.so colour=blue"])
        self._ends_at_once()
        self.assertEqual(self.stack.syslog.count("colour=blue"), 1)

    def test_a_socket_that_is_not_to_be_trusted_ends_it_at_once(self):
        os.chmod(self.stack.pam_socket, 0o666)
        self._ends_at_once()

    def test_without_a_broker_the_example_asks_for_the_local_password(self):
        self.gives_password("op1", "local password")
        self.stack.broker.stop()
        terminal = self.stack.terminal(["login", "op1"])
        terminal.sees("Password: $")
        terminal.types("local password")
        self.has_shell(terminal)

    def test_without_a_broker_and_without_a_fallback_it_ends_after_its_tries(self):
        self.write_service("login", auth=["auth requisite pam_cis2.so"])
        with open("/etc/login.defs") as file:
            defaults = file.read()
        self.addCleanup(_write, "/etc/login.defs", defaults)
        _write("/etc/login.defs", re.sub(r"(?m)^LOGIN_RETRIES.*", "LOGIN_RETRIES 2", defaults))
        self.stack.broker.stop()
        terminal = self.stack.terminal(["login", "op1"])
        terminal.sees("login: $")
        terminal.types("op1")
        terminal.sees(r"Maximum number of tries exceeded \(2\)", timeout=15)
        self.assertEqual(terminal.ends(15), 0)
        self.assertNotIn("Code: ", terminal.text)


class ConsoleDeadline(Console):
    options = {"host": {"lifetimes": {"login": "10s"}}, "grants": [grant("op1", services=["login"], operators=[ONE_ROLE])]}

    def test_the_next_enter_says_that_time_ran_out(self):
        terminal = self.stack.terminal(["login", "op1"])
        terminal.sees_login()
        eventually(lambda: self.stack.logins() == [], "the login is over", 14, pause=0.1)
        terminal.types("")
        terminal.sees("Time ran out before the sign-in was finished")
        self.assertEqual(terminal.ends(), 0)
        self.one_outcome(outcome="expired")


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)
