"""Goal: `cis2ctl enable` and `disable` change one service and nothing else, whoever had another way in keeps it whatever
the broker does, and what is not proved or not confirmed goes back by itself.

Real sshd, sudo, su and login with Debian's own PAM files, and cis2ctl on a terminal as an administrator has it.
"""

import contextlib
import json
import os
import re
import shutil
import signal

from harness import documents, machine
from harness.process import eventually, run
from harness.scenario import Scenario
from harness.stack import ONE_ROLE, SECOND, grant
from harness.terminal import LINK

RESCUE, PASSWORD = "rescue1", "local password"
SERVICES = ("sshd", "sudo", "sudo-i", "su", "su-l", "login", "cron")
DROP_IN = "/etc/ssh/sshd_config.d/10-cis2.conf"
STATE = "/var/lib/cis2ctl"
I_AM = ["sh", "-c", "echo \"I am $(id -un), $((40 + 2))\""]
BROKER = ("running", "stopped", "hung")
PATIENCE = 60  # a broker that hangs costs some seconds a try
CRON = """@include common-auth
session required pam_env.so
@include common-account
@include common-session-noninteractive
"""


def _read(path, mode="r"):
    with open(path, mode) as file:
        return file.read()


# Debian's own files: read when this is loaded, before any test has changed them.
_STOCK = {service: _read(f"/etc/pam.d/{service}") for service in SERVICES if os.path.exists(f"/etc/pam.d/{service}")}
_STOCK.setdefault("cron", CRON)


def stock(service):
    """Debian's file, without the login uid, which the kernel lets nobody set in here."""
    return re.sub(r"(?m)^session\s+required\s+pam_loginuid\.so.*\n", "", _STOCK[service])


def etc():
    """Every file of /etc that a login may depend on."""
    found = {}
    for folder in ("/etc/pam.d", "/etc/ssh", "/etc/security"):
        for path, _, names in os.walk(folder):
            for name in names:
                found[os.path.join(path, name)] = _read(os.path.join(path, name), "rb")
    return found


def _write(path, text, mode=0o644):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


class Enabling(Scenario):
    parts = ("syslog", "sim", "broker")
    options = {"grants": [grant("op1", services=["sshd", "sudo", "login"], operators=[ONE_ROLE]),
                          grant("op1", name="su to op1", services=["su"], operators=[SECOND], callers=["op3"])]}

    def setUp(self):
        super().setUp()
        for service in SERVICES:
            _write(f"/etc/pam.d/{service}", stock(service))
        shutil.rmtree(STATE, ignore_errors=True)  # so what earlier tests left waiting undoes nothing
        shutil.rmtree("/run/sudo/ts", ignore_errors=True)
        if os.path.exists(DROP_IN):
            os.unlink(DROP_IN)
        self._accounts()
        _write("/etc/sudoers.d/cis2", f"Defaults timestamp_timeout=0\nop1 ALL=(ALL) ALL\n{RESCUE} ALL=(ALL) ALL\n", 0o440)
        self.before = etc()

    def _accounts(self):
        run(["groupadd", "--system", "--force", "cis2-rescue"])
        if not machine.known(RESCUE):
            run(["useradd", "--create-home", "--user-group", "--shell", "/bin/bash", RESCUE])
        run(["usermod", "--append", "--groups", "cis2-rescue", RESCUE])
        for account in ("op1", RESCUE, "root"):
            run(["chpasswd"], stdin=None, input=f"{account}:{PASSWORD}\n")
        for account in ("op1", "root"):
            self.addCleanup(run, ["usermod", "--password", "!", account])

    # --- the administrator

    def cis2ctl(self, *arguments):
        """On a terminal of its own."""
        return self.stack.terminal(["/usr/bin/cis2ctl", *arguments, "--config", self.stack.path("broker.toml")])

    def applies(self, service="sshd", *arguments, operator="one-role", by=None):
        """`enable --apply` up to its question; the terminal. `by` runs cis2ctl elsewhere than on a terminal here."""
        terminal = (by or self.cis2ctl)("enable", service, "--account", "op1", "--apply", *arguments)
        browser = self.stack.browser()
        browser.sign_in(terminal.sees_login(PATIENCE), operator)
        self.assertEqual(browser.page.outcome, "code", browser.page)
        terminal.types(browser.page.code)
        terminal.sees(r"Does it work\? \(yes or no\) $", PATIENCE)
        return terminal

    def enabled(self, service, *arguments, **options):
        terminal = self.applies(service, *arguments, **options)
        terminal.types("yes")
        terminal.sees("It stays")
        self.assertEqual(terminal.ends(), 0)

    def disabled(self, service):
        done = self.stack.ctl("disable", service, "--apply")
        self.assertIn("switched off", done.stdout)

    def as_before(self):
        """Not a byte of /etc is another."""
        now = etc()
        self.assertEqual({path for path in now if now[path] != self.before.get(path)}, set())
        self.assertEqual(set(now), set(self.before))

    # --- people

    def as_account(self, account, *command):
        return self.stack.terminal(["setpriv", "--reuid", account, "--regid", account, "--init-groups", "--reset-env",
                                    "--", *command])

    def comes(self, service, account, *arguments):
        """Somebody wants into `account` by this service; the terminal."""
        if service == "sshd":
            return self.stack.terminal(["ssh", "-F", "/dev/null", "-p", "2222", "-o", "StrictHostKeyChecking=no", "-o",
                                        "UserKnownHostsFile=/dev/null", "-o", "NumberOfPasswordPrompts=1", "-o",
                                        "IdentityAgent=none", *arguments, f"{account}@127.0.0.1", *map(_quoted, I_AM)])
        if service == "sudo":
            return self.as_account(account, "sudo", *arguments, *I_AM)
        if service == "su":
            return self.as_account("op3", "su", account, "-c", I_AM[-1])
        return self.stack.terminal(["login", "-p", "--", account])

    def is_in(self, terminal, service, account):
        if service == "login":
            terminal.sees(r"[$#] $", PATIENCE)
            terminal.types(I_AM[-1])
        terminal.sees(rf"I am {'root' if service == 'sudo' else account}, 42\n", PATIENCE)
        terminal.close()

    def gets_in_by_password(self, service, account):
        terminal = self.comes(service, account)
        terminal.sees("(?i)password.*: $", PATIENCE)
        self.assertNotRegex(terminal.text, LINK)
        terminal.types(PASSWORD)
        self.is_in(terminal, service, account)

    def gets_in_by_cis2(self, service, account, operator):
        terminal = self.comes(service, account)
        browser = self.stack.browser()
        browser.sign_in(terminal.sees_login(PATIENCE), operator)
        terminal.types(browser.page.code)
        self.is_in(terminal, service, account)
        self.assertNotIn("assword", terminal.text)

    def password_is_no_answer(self, service, account):
        """Where CIS2 is asked for, nobody asks for the password, and it does not pass for the digits."""
        terminal = self.comes(service, account)
        terminal.sees_login(PATIENCE)
        terminal.types(PASSWORD)
        terminal.sees("Code: $", PATIENCE)
        self.assertNotIn("I am ", terminal.text)
        terminal.close()

    def does_not_get_in(self, service, account):
        terminal = self.comes(service, account)
        refusal = {"sshd": "Permission denied", "sudo": r"incorrect password attempts?|try again", "login": "Login incorrect",
                   "su": "su: "}[service]
        terminal.sees(refusal, PATIENCE)
        self.assertNotIn("I am ", terminal.text)
        self.assertNotRegex(terminal.text, r"(?i)password: ")
        terminal.close()

    def cron_is_not_asked(self):
        cron = self.stack.pamtester("cron", "op1", "acct_mgmt", "open_session", "close_session")
        self.assertEqual(cron.ends(PATIENCE), 0, cron.text)
        self.assertNotRegex(cron.text, LINK)

    # --- the broker

    @contextlib.contextmanager
    def broker_is(self, state):
        """A broker that runs is "running", "stopped" or "hung" meanwhile."""
        if state == "stopped":
            self.stack.broker.stop()
        elif state == "hung":
            self.stack.broker.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            if state == "stopped":
                self.stack.start_broker()
            elif state == "hung":
                self.stack.broker.signal(signal.SIGCONT)


def _stat(pid):
    """What /proc says of it from the state on; the fields of a process that is gone are zeros."""
    try:
        return _read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()
    except OSError:
        return ["X", *"00000"]


def _in_session(leader):
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in pids if _stat(pid)[3] == str(leader) and _stat(pid)[0] not in "ZX"]


def _parent_and_tty(pid):
    _, parent, _, _, tty, *_ = _stat(pid)
    return int(parent), int(tty)


def _quoted(word):
    return "'" + word.replace("'", "'\\''") + "'"


class Ways(Enabling):
    """Every kind of login before, while and after a service is enabled, with the broker running, stopped and hung."""

    def every_way(self, service, operator="one-role", more=lambda: None):
        arguments = ("--ruser", "op3") if service == "su" else ()
        self.all_as_before(service, more)
        self.enabled(service, *arguments, operator=operator)
        self.gets_in_by_cis2(service, "op1", operator)
        self.password_is_no_answer(service, "op1")
        self.others_get_in(service, more)
        for state in ("stopped", "hung"):
            with self.subTest(state), self.broker_is(state):
                self.does_not_get_in(service, "op1")
                self.others_get_in(service, more)
        self.disabled(service)
        self.as_before()
        self.all_as_before(service, more)

    def all_as_before(self, service, more):
        for state in BROKER:
            with self.subTest(state), self.broker_is(state):
                self.gets_in_by_password(service, "op1")
                self.others_get_in(service, more)

    def others_get_in(self, service, more):
        self.gets_in_by_password(service, RESCUE)
        self.cron_is_not_asked()
        more()

    def test_sshd(self):
        sshd = RealSshd(self)
        self.every_way("sshd", more=sshd.keys_get_in)

    def test_sudo(self):
        self.every_way("sudo", more=lambda: self.root_by(["sudo", *I_AM]))

    def test_su(self):
        def root_gets_in():
            self.root_by(["su", "-c", I_AM[-1]])
            self.gets_in_by_password("su", "root")
        self.every_way("su", operator="second", more=root_gets_in)

    def test_login(self):
        if run(["dpkg-query", "-W", "-f", "${source:Package}", "login"]).stdout != "shadow":
            self.skipTest("login(1) is not that of shadow")  # see test_31_local_services
        self.every_way("login", more=lambda: self.gets_in_by_password("login", "root"))

    def root_by(self, command):
        terminal = self.stack.terminal(command)
        terminal.sees("I am root, 42\n", PATIENCE)

    def test_jobs_of_cron_run(self):
        """Everything is enabled, even for others, and the broker hangs; cron runs its jobs each minute."""
        for service, arguments, operator in (("sshd", (), "one-role"), ("sudo", (), "one-role"), ("login", (), "one-role"),
                                             ("su", ("--ruser", "op3"), "second")):
            self.enabled(service, "--others", "refuse", *arguments, operator=operator)
        ran = "/home/op1/ran-by-cron"
        run(["crontab", "-u", "op1", "-"], stdin=None, input=f"* * * * * id -un >{ran}\n")
        self.addCleanup(run, ["crontab", "-u", "op1", "-r"])
        self.stack._program("cron", ["/usr/sbin/cron", "-f"])
        with self.broker_is("hung"):
            eventually(lambda: os.path.exists(ran) and _read(ran) == "op1\n", "cron has run the job", 90, pause=0.5)
        os.unlink(ran)

    def test_sudo_i_is_enabled_with_sudo(self):
        self.enabled("sudo-i")
        terminal = self.comes("sudo", "op1", "-i")
        browser = self.stack.browser()
        browser.sign_in(terminal.sees_login(PATIENCE))
        terminal.types(browser.page.code)
        self.is_in(terminal, "sudo", "op1")

    def test_su_l_is_covered_by_su(self):
        self.enabled("su", "--ruser", "op3", operator="second")
        self.assertEqual(_read("/etc/pam.d/su-l"), stock("su-l"))
        terminal = self.as_account("op3", "su", "-", "op1", "-c", I_AM[-1])
        self.assertTrue(terminal.sees_login(PATIENCE))
        terminal.close()

    def test_the_doctor_finds_nothing_wrong_with_the_lines(self):
        for service, arguments, operator in (("sudo", (), "one-role"), ("su", ("--ruser", "op3"), "second"),
                                             ("login", ("--fallback",), "one-role")):
            self.enabled(service, *arguments, operator=operator)
            report = json.loads(self.stack.ctl("doctor", "--service", service, "--json", check=False).stdout)
            found = {finding["id"] for finding in report["findings"] if finding["id"].startswith("pam.")}
            self.assertLessEqual(found, {"pam.nullok"}, report)  # which is Debian's

    def test_with_a_fallback_the_password_serves_without_a_broker_alone(self):
        self.enabled("sudo", "--fallback")
        self.gets_in_by_cis2("sudo", "op1", "one-role")
        with self.broker_is("stopped"):
            self.gets_in_by_password("sudo", "op1")

    def test_others_refused_keeps_root_and_the_rescue_group(self):
        sshd = RealSshd(self)
        self.enabled("sshd", "--others", "refuse")
        sshd.key_gets_in("root")
        sshd.key_gets_in(RESCUE)
        terminal = sshd.comes_by_key("op1")
        self.assertEqual(terminal.ends(PATIENCE), 255)
        self.assertNotIn("I am", terminal.text)


class RealSshd:
    """/usr/sbin/sshd with the configuration that Debian ships, on loopback."""

    def __init__(self, test):
        self.test, self.stack = test, test.stack
        self.key = self.stack.path("key")
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key])
        for account, home in (("root", "/root"), ("op1", "/home/op1"), (RESCUE, f"/home/{RESCUE}")):
            folder = os.path.join(home, ".ssh")
            os.makedirs(folder, mode=0o700, exist_ok=True)
            shutil.copy(self.key + ".pub", os.path.join(folder, "authorized_keys"))
            run(["chown", "-R", f"{account}:", folder])
            test.addCleanup(shutil.rmtree, folder)
        self.stack.sshd = self.stack._program("sshd", ["/usr/sbin/sshd", "-D", "-e", "-p", "2222", "-o",
                                                       "ListenAddress=127.0.0.1", "-o", "LogLevel=DEBUG1"])
        self.stack.sshd.says(r"Server listening on 127\.0\.0\.1", PATIENCE)

    def comes_by_key(self, account):
        return self.test.comes("sshd", account, "-i", self.key, "-o", "PreferredAuthentications=publickey")

    def key_gets_in(self, account):
        terminal = self.comes_by_key(account)
        self.test.is_in(terminal, "sshd", account)
        self.test.assertNotRegex(terminal.text, LINK)

    def password_alone_gets_in(self, account):
        """By sshd's own method, which it offers again only once it has read its files again."""
        terminal = self.test.comes("sshd", account, "-o", "PreferredAuthentications=password")
        terminal.sees("(?i)password.*: $", PATIENCE)
        terminal.types(PASSWORD)
        self.test.is_in(terminal, "sshd", account)

    def runs(self, *command):
        """A command in a session of root's over ssh; the terminal of the client."""
        return self.stack.terminal(["ssh", "-F", "/dev/null", "-p", "2222", "-tt", "-i", self.key, "-o", "StrictHostKeyChecking=no",
                                    "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentityAgent=none", "root@127.0.0.1",
                                    *map(_quoted, command)])

    def keys_get_in(self):
        for account in ("root", "op1", RESCUE):
            self.key_gets_in(account)


class NothingHappens(Enabling):
    """What changes nothing."""

    def test_a_dry_run_shows_the_difference_and_changes_nothing(self):
        done = self.stack.ctl("enable", "sshd")
        self.assertIn("--- /etc/pam.d/sshd\n+++ /etc/pam.d/sshd\n", done.stdout)
        self.assertIn("+auth\t[success=done default=die]\tpam_cis2.so\n", done.stdout)
        self.assertIn(f"--- /dev/null\n+++ {DROP_IN}\n", done.stdout)
        self.assertIn("root, members of cis2-rescue: as before", done.stdout)
        self.assertIn("--apply", done.stdout)
        self.as_before()
        self.assertFalse(os.path.exists(STATE))

    def test_the_dry_run_in_json(self):
        plan = json.loads(self.stack.ctl("enable", "sudo", "--json").stdout)
        self.assertEqual(plan["state"], "ready")
        self.assertEqual([file["path"] for file in plan["files"]], ["/etc/pam.d/sudo", "/etc/pam.d/sudo-i"])
        self.as_before()

    def test_json_of_a_file_that_is_no_utf8(self):
        text = stock("sudo").encode().replace(b"@include common-auth", b"# caf\xe9\n@include common-auth")
        with open("/etc/pam.d/sudo", "wb") as file:
            file.write(text)
        self.before = etc()
        plan = json.loads(self.stack.ctl("enable", "sudo", "--json").stdout)
        self.assertIn(" # caf\ufffd\n", plan["files"][0]["diff"])
        self.as_before()

    def test_json_where_it_cannot_be_done(self):
        self.stack.broker.stop()
        done = self.stack.ctl("enable", "sudo", "--json", check=False)
        self.assertEqual((done.returncode, json.loads(done.stdout)["state"]), (1, "not ready"))

    def test_a_test_login_that_fails_changes_nothing(self):
        terminal = self.cis2ctl("enable", "sshd", "--account", "op1", "--apply")
        browser = self.signed_in(terminal, "second")
        self.assertEqual(browser.page.outcome, "refused")
        terminal.types("")
        terminal.sees("would NOT be let in by sshd", PATIENCE)
        terminal.sees("policy.no_grant")
        terminal.sees("Nothing was changed")
        self.assertEqual(terminal.ends(), 1)
        self.as_before()

    def test_ctrl_c_in_the_test_login_changes_nothing(self):
        terminal = self.cis2ctl("enable", "sudo", "--account", "op1", "--apply")
        terminal.sees_login(PATIENCE)
        terminal.sends("\x03")
        terminal.ends(PATIENCE)
        self.as_before()

    def _not_ready(self, why, *arguments, service="sudo"):
        done = self.stack.ctl("enable", service, "--account", "op1", "--apply", *arguments, check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stdout, rf"NO +.*{why}")
        self.assertIn("Nothing was changed", done.stdout)
        self.as_before()

    def test_without_a_broker(self):
        self.stack.broker.stop()
        self._not_ready("does not answer")

    def test_without_the_rescue_group(self):
        self._not_ready("there is no group nobody-there.*groupadd", "--rescue-group", "nobody-there")

    def test_without_a_grant(self):
        settings = _read(self.stack.path("broker.toml")).replace('"sudo", ', "")
        _write(self.stack.path("broker.toml"), settings)
        self._not_ready("no grant names sudo")

    def test_without_the_module(self):
        module = os.path.join(machine.module_folder(), "pam_cis2.so")
        os.rename(module, module + ".away")
        self.addCleanup(os.rename, module + ".away", module)
        self._not_ready("not installed")

    def test_as_somebody_who_proves_nothing(self):
        done = self.stack.ctl("enable", "sudo", "--account", RESCUE, "--apply", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing would be proved", done.stdout)
        self.as_before()

    def test_a_stack_with_a_way_past_is_refused(self):
        _write("/etc/pam.d/su", stock("su").replace("# auth       sufficient pam_wheel.so trust",
                                                     "auth       sufficient pam_wheel.so trust"))
        self.before = etc()
        done = self.stack.ctl("enable", "su", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stdout, r"/etc/pam\.d/su:\d+: this auth line \(sufficient pam_wheel\.so\)")
        self.as_before()

    def test_no_other_service(self):
        done = self.stack.ctl("enable", "cron", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("none of sshd, sudo, su and login", done.stdout)


class WayBack(Enabling):
    """What is not confirmed goes back."""

    def test_no_takes_it_back_at_once(self):
        terminal = self.applies("sshd")
        self.assertNotEqual(etc(), self.before)
        terminal.types("no")
        terminal.sees("Taken back", PATIENCE)
        self.assertEqual(terminal.ends(), 1)
        self.as_before()

    def test_time_that_runs_out_takes_it_back(self):
        terminal = self.applies("sudo", "--confirm-within", "10s")
        terminal.sees("Taken back|taken back meanwhile", PATIENCE)
        self.assertEqual(terminal.ends(), 1)
        self.as_before()

    def test_a_session_that_is_killed_does_not_keep_it(self):
        terminal = self.applies("sshd", "--confirm-within", "10s")
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.close()
        self.goes_back("sshd")

    def kill_session(self, terminal):
        for pid in _in_session(terminal.pid):
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: _in_session(terminal.pid) == [], "nothing of the session is left")

    def goes_back(self, service):
        self.assertNotEqual(etc(), self.before)
        eventually(lambda: etc() == self.before, "everything is as before", PATIENCE, pause=0.2)
        eventually(lambda: not os.path.exists(f"{STATE}/enable/{service}/unconfirmed"), "nothing waits")

    def test_a_hangup_does_not_keep_it(self):
        terminal = self.applies("sudo", "--confirm-within", "10s")
        os.kill(terminal.pid, signal.SIGHUP)
        self.goes_back("sudo")

    def test_a_session_of_which_nothing_is_left_does_not_keep_it(self):
        """Each process of the session that ran it is killed, and none can do anything about it."""
        self.kill_session(self.applies("sudo", "--confirm-within", "10s"))
        self.goes_back("sudo")

    def test_a_session_that_is_killed_in_the_test_login_changes_nothing(self):
        terminal = self.cis2ctl("enable", "sudo", "--account", "op1", "--apply", "--confirm-within", "10s")
        terminal.sees_login(PATIENCE)
        self.kill_session(terminal)
        self.nothing_pending()
        self.as_before()
        self.assertFalse(os.path.exists(STATE))

    def enable_over_ssh(self, sshd):
        def by(*arguments):
            return sshd.runs("/usr/bin/cis2ctl", *arguments, "--config", self.stack.path("broker.toml"))
        return self.applies("sshd", "--confirm-within", "10s", by=by)

    def test_an_ssh_session_that_drops_while_it_enables_sshd(self):
        sshd = RealSshd(self)
        terminal = self.enable_over_ssh(sshd)
        os.kill(terminal.pid, signal.SIGKILL)
        self.goes_back("sshd")
        sshd.password_alone_gets_in("op1")

    def test_an_sshd_that_is_killed_under_the_session_that_enables_it(self):
        sshd = RealSshd(self)
        self.enable_over_ssh(sshd)
        parents = {parent for parent, tty in (_parent_and_tty(pid) for pid in machine.processes("cis2ctl")) if tty}
        self.assertEqual(len(parents), 1, "cis2ctl runs on one terminal")
        os.kill(parents.pop(), signal.SIGKILL)
        self.goes_back("sshd")
        sshd.password_alone_gets_in("op1")

    def test_a_window_that_is_closed_does_not_keep_it(self):
        terminal = self.applies("sudo", "--confirm-within", "10s")
        terminal.close()
        self.goes_back("sudo")

    def test_the_way_back_of_an_earlier_try_undoes_nothing(self):
        before = set(machine.processes("cis2ctl"))  # those of earlier tests, which wait for nothing
        terminal = self.applies("sudo", "--confirm-within", "15s")
        terminal.types("no")
        terminal.sees("Taken back", PATIENCE)
        terminal.ends()
        waits = set(machine.processes("cis2ctl")) - before
        self.assertEqual(len(waits), 1)
        terminal = self.applies("sudo", "--confirm-within", "1h")
        eventually(lambda: not waits & set(machine.processes("cis2ctl")), "that of the first try has ended", PATIENCE, pause=0.2)
        self.assertIn("pam_cis2.so", _read("/etc/pam.d/sudo"))
        self.assertTrue(os.path.exists(f"{STATE}/enable/sudo/unconfirmed"))
        terminal.types("no")
        terminal.sees("Taken back", PATIENCE)

    def test_after_a_restart_what_waits_goes_back_and_what_was_confirmed_stays(self):
        """The command of cis2-roll-back.service."""
        whatever_waits = ["/usr/bin/cis2ctl", "disable", "sudo", "--unless-confirmed", "any"]
        terminal = self.applies("sudo", "--confirm-within", "1h")
        run(whatever_waits)
        self.as_before()
        terminal.sees("taken back meanwhile", PATIENCE)
        self.assertEqual(terminal.ends(), 1)
        self.enabled("sudo")
        run(whatever_waits)
        self.assertIn("pam_cis2.so", _read("/etc/pam.d/sudo"))

    def test_confirmed_in_another_window_it_stays(self):
        terminal = self.applies("sudo")
        done = self.stack.ctl("enable", "sudo", "--confirm")
        self.assertIn("stays switched on", done.stdout)
        terminal.sees("Confirmed in another window")
        self.assertEqual(terminal.ends(), 0)
        self.assertIn("pam_cis2.so", _read("/etc/pam.d/sudo"))

    def test_nothing_that_waits_cannot_be_confirmed(self):
        done = self.stack.ctl("enable", "sudo", "--confirm", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no change of sudo waits", done.stdout)

    def test_an_earlier_line_of_sshd_takes_it_back(self):
        earlier = "/etc/ssh/sshd_config.d/05-site.conf"
        _write(earlier, "KbdInteractiveAuthentication no\n")
        self.addCleanup(os.unlink, earlier)
        self.before = etc()
        terminal = self.cis2ctl("enable", "sshd", "--account", "op1", "--apply")
        browser = self.signed_in(terminal)
        terminal.types(browser.page.code)
        terminal.sees("KbdInteractiveAuthentication is not on", PATIENCE)
        terminal.sees(f"line 1 of {earlier} becomes:\n +KbdInteractiveAuthentication yes\n")
        terminal.sees("Taken back", PATIENCE)
        self.assertEqual(terminal.ends(), 1)
        self.as_before()

    def test_what_sshd_has_that_keeps_nobody_out_is_a_note(self):
        earlier = "/etc/ssh/sshd_config.d/05-site.conf"
        _write(earlier, "PasswordAuthentication yes\n")
        self.before = etc()
        terminal = self.applies("sshd")
        self.assertIn("note: PasswordAuthentication is on", terminal.text)
        terminal.types("no")
        terminal.sees("Taken back", PATIENCE)
        self.as_before()

    def test_a_file_that_was_edited_since_keeps_the_edit(self):
        self.enabled("sudo")
        text = _read("/etc/pam.d/sudo")
        _write("/etc/pam.d/sudo", "# ours\n" + text)
        done = self.stack.ctl("disable", "sudo")
        self.assertIn("/etc/pam.d/sudo: edited since enable", done.stdout)
        self.assertIn("/etc/pam.d/sudo-i: as it was before enable, byte for byte", done.stdout)
        self.assertEqual(_read("/etc/pam.d/sudo"), "# ours\n" + text, "a dry run")
        self.disabled("sudo")
        self.assertEqual(_read("/etc/pam.d/sudo"), "# ours\n" + stock("sudo"))
        self.assertEqual(_read("/etc/pam.d/sudo-i"), stock("sudo-i"))


class AsTheDocumentsSay(Enabling):
    def test_as_the_documents_say(self):
        os.makedirs("/etc/cis2-broker", exist_ok=True)
        shutil.copy(self.stack.path("broker.toml"), "/etc/cis2-broker/broker.toml")
        self.addCleanup(os.unlink, "/etc/cis2-broker/broker.toml")
        run(["groupdel", "cis2-rescue"])
        blocks = documents.blocks("README.md", "Install", "sh")
        enable = next(block for block in blocks if "cis2ctl enable" in block)
        terminal = self.stack.terminal(["bash", "-euc", enable.replace("NAME", RESCUE).replace("asmith", "op1")])
        browser = self.signed_in(terminal)
        terminal.types(browser.page.code)
        terminal.sees(r"\(yes or no\) $", PATIENCE)
        terminal.types("yes")
        self.assertEqual(terminal.ends(), 0)
        self.assertIn("pam_cis2.so", _read("/etc/pam.d/sshd"))
        disable = documents.blocks("docs/lock-out.md", "Switch it off", "sh")[0]
        done = run(["bash", "-euc", disable])
        self.assertIn("Nothing was changed", done.stdout)
        self.assertIn("switched off", done.stdout)
        self.as_before()


class TestLogin(Enabling):
    def _ends(self, terminal, operator, status):
        browser = self.signed_in(terminal, operator)
        terminal.types(browser.page.code if browser.page.outcome == "code" else "")
        self.assertEqual(terminal.ends(PATIENCE), status, terminal.text)
        self.as_before()

    def test_allowed(self):
        terminal = self.cis2ctl("test-login", "--account", "op1")
        self._ends(terminal, "one-role", 0)
        event = self.outcome(outcome="allowed")
        self.assertIn(f"grant grant for op1, operator {ONE_ROLE}, reference {event['reference']}", terminal.text)
        self.assertEqual((event["service"], event["tty"], event["ruser"]), ("sshd", "ssh", "root"))

    def test_refused_says_why_and_how_to_look_further(self):
        terminal = self.cis2ctl("test-login", "--account", "op1")
        self._ends(terminal, "second", 1)
        self.assertIn("policy.no_grant", terminal.text)
        self.assertIn(self.outcome(outcome="refused")["reference"], terminal.text)
        self.assertIn(f"cis2ctl explain --service sshd --account op1 --sub {SECOND}", terminal.text)

    def test_in_json(self):
        terminal = self.cis2ctl("test-login", "--service", "sudo", "--account", "op1", "--json")
        self._ends(terminal, "one-role", 0)
        end = json.loads(terminal.text[terminal.text.index("{"):])
        self.assertEqual((end["service"], end["allowed"], end["grant"]), ("sudo", True, "grant for op1"))

    def test_without_a_broker_nobody_is_asked(self):
        self.stack.broker.stop()
        terminal = self.cis2ctl("test-login", "--account", "op1")
        self.assertEqual(terminal.ends(PATIENCE), 1)
        self.assertIn("Nobody was asked to sign in", terminal.text)


class TestLoginWithAKey(Enabling):
    options = {"grants": [grant("op1", operators=[ONE_ROLE], require_key=True, client_networks=["192.0.2.0/24"])]}

    def test_what_sshd_would_say_of_key_and_client_counts(self):
        key = self.stack.path("key")
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
        terminal = self.cis2ctl("test-login", "--account", "op1", "--client-address", "192.0.2.7", "--key", key + ".pub")
        browser = self.signed_in(terminal)
        self.assertEqual(browser.page.outcome, "code", browser.page)
        terminal.types(browser.page.code)
        self.assertEqual(terminal.ends(PATIENCE), 0)
        self.assertIn("publickey ssh-ed25519 SHA256:", self.outcome(outcome="allowed")["auth_info"])

    def test_without_the_key_it_does_not(self):
        terminal = self.cis2ctl("test-login", "--account", "op1", "--client-address", "192.0.2.7")
        self.assertEqual(self.signed_in(terminal).page.outcome, "refused")
        terminal.types("")
        self.assertEqual(terminal.ends(PATIENCE), 1)
