"""Goal: a login is possible, and readable, with the clients that operators have; what each shows is kept.

The transcripts are tests/system/transcripts/NAME.txt (harness/transcript.py); docs/clients.md is their table, and the
blocks of commands and configuration are that document's.
"""

import os
import re
import shutil
import subprocess

from harness import documents, machine, transcript
from harness.process import Program, clean_environment, eventually, run
from harness.scenario import Scenario
from harness.stack import ONE_ROLE, grant
from harness.terminal import LINK

PYTHON = "/usr/bin/python3"
SOURCES = os.path.join(machine.ROOT, "tests/clients")
# A terminal without titles, colours and bracketed paste, so that a transcript is what stands in the window.
DUMB = clean_environment(TERM="dumb")
C_LOCALE = clean_environment(TERM="dumb", LANG="C", LC_ALL="C")
# Says where it stands even if a client mixes in something of its own.
COMMAND = "printf 'only this\\n'; exit 5"


class Clients(Scenario):
    options = {"sshd": ["PrintLastLog no"]}
    margin = ""  # what the client writes before each line of the server's

    def shows(self, name, command, text):
        """The transcript: what was typed at the client's shell, and what came."""
        transcript.compare(name, transcript.normalised(f"$ {command}\n{text}", self.stack.folder))

    def is_readable(self, text):
        """The link alone on its line and `Code: ` at the start of the last one, whatever became of the QR code."""
        rows = [row.removeprefix(self.margin) for row in text.replace("\r", "").split("\n")]
        self.assertEqual(rows[-1].rstrip(), "Code:", rows)
        self.assertEqual([row for row in rows if LINK.search(row)], [row for row in rows if LINK.fullmatch(row.rstrip())])

    def types_digits(self, terminal):
        """Signs in by the link on the terminal, types the digits; reads on to the end of that line."""
        browser = self.signed_in(terminal)
        self.is_readable(terminal.text)
        self.assertEqual(browser.page.outcome, "code", browser.page)
        terminal.types(browser.page.code)
        terminal.sees(rf"{browser.page.code}\n")

    def after_success(self, terminal, status=0, timeout=20):
        """What the client shows after the digits, to its end."""
        self.assertEqual(terminal.ends(timeout), status, terminal.text)
        rest = terminal.rest()
        self.assertNotRegex(rest, r"Code:|/l/|[Ss]ign|[Rr]eference|CIS2|[\u2580\u2584\u2588]")
        return rest

    def is_refused(self, terminal, status, timeout=20):
        """The person says that it was not them; the next Enter shows why, and there is no second question."""
        browser = self.stack.browser()
        browser.open(terminal.sees_login())
        self.is_readable(terminal.text)
        browser.submit("not-me")
        terminal.types("")
        self.assertEqual(terminal.ends(timeout), status, terminal.text)
        self.assertNotIn("Code: ", terminal.rest())
        reference = self.outcome(outcome="refused")["reference"]
        self.assertIn(f"Reference: {reference}", terminal.text)

    def without_terminal(self, argv, env=None, **options):
        """A client that has no terminal at all; its end."""
        return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30,
                              env=env or DUMB, start_new_session=True, text=True, errors="replace", **options)


class OpenSsh(Clients):
    def test_utf8_locale(self):
        terminal = self.stack.ssh("op1", env=DUMB)
        self.types_digits(terminal)
        self.assertIn("\u2588", terminal.text)
        terminal.sees(r"op1@server-a:~\$ $")
        terminal.types("exit")
        self.after_success(terminal)
        self.shows("openssh-utf8", "ssh op1@127.0.0.1", terminal.text)

    def test_c_locale(self):
        terminal = self.stack.ssh("op1", "-T", command=[COMMAND], env=C_LOCALE)
        link = terminal.sees_login()
        self.is_readable(terminal.text)
        self.assertIn(r"\342\226\210", terminal.text)
        self.assertNotIn("\u2588", terminal.text)
        for _ in range(2):
            terminal.types("?")
            terminal.sees(re.escape(link))
            terminal.sees("Code: $")
        ascii_code = terminal.text[terminal.text.rindex(link):]
        self.assertRegex(ascii_code, "(?m)^(##){29}")
        self.assertNotIn("\\", ascii_code)
        browser = self.stack.browser()
        browser.sign_in(link)
        terminal.types(browser.page.code)
        self.after_success(terminal, 5)
        self.shows("openssh-c-locale", "LC_ALL=C ssh op1@127.0.0.1 COMMAND", terminal.text)

    def test_local_terminal_alone(self):
        terminal = self.stack.ssh("op1", "-T", command=[COMMAND], env=DUMB)
        self.types_digits(terminal)
        self.assertEqual(self.after_success(terminal, 5), "only this\n")
        self.shows("openssh-command", "ssh -T op1@127.0.0.1 COMMAND", terminal.text)

    def test_remote_terminal_for_a_command(self):
        terminal = self.stack.ssh("op1", "-t", command=["tty | tr -d '0-9'; exit 5"], env=DUMB)
        self.types_digits(terminal)
        self.assertEqual(self.after_success(terminal, 5).splitlines()[0], "/dev/pts/")
        self.shows("openssh-command-terminal", "ssh -t op1@127.0.0.1 COMMAND", terminal.text)

    def test_no_terminal(self):
        done = self.without_terminal(self.stack.ssh_argv("op1"))
        self.assertEqual(done.returncode, 255, done.stdout)
        self.assertEqual(self.outcome()["reason"], "login.nobody_there")
        self.nothing_pending()
        self.shows("openssh-no-terminal", "setsid ssh op1@127.0.0.1 </dev/null", done.stdout)

    def test_batch_mode(self):
        done = self.without_terminal(self.stack.ssh_argv("op1", "-o", "BatchMode=yes"))
        self.assertEqual(done.returncode, 255, done.stdout)
        self.assertEqual(self.stack.audit.outcomes(), [])
        self.shows("openssh-batch-mode", "ssh -o BatchMode=yes op1@127.0.0.1", done.stdout)

    def test_refused(self):
        terminal = self.stack.ssh("op1", env=DUMB)
        self.is_refused(terminal, 255)
        self.shows("openssh-refused", "ssh op1@127.0.0.1", terminal.text)


class AsciiByTheModule(Clients):
    options = {"sshd": ["PrintLastLog no"], "module": ["qr=ascii"]}

    def test_c_locale(self):
        terminal = self.stack.ssh("op1", "-T", command=[COMMAND], env=C_LOCALE)
        self.types_digits(terminal)
        self.assertNotIn("\\", terminal.text)
        self.assertEqual(self.after_success(terminal, 5), "only this\n")
        self.shows("openssh-qr-ascii", "LC_ALL=C ssh op1@127.0.0.1 COMMAND", terminal.text)


class Askpass(Clients):
    """The question is the argument of a program, which is a dialogue on a desktop."""

    def _program(self, name, *lines):
        path = self.stack.path(name)
        with open(path, "w") as out:
            out.write("\n".join(["#!/bin/sh", *lines, ""]))
        os.chmod(path, 0o755)
        return path

    def _ssh(self, askpass):
        program = Program("ssh", self.stack.ssh_argv("op1", "-T") + [COMMAND], self.stack.logs, start_new_session=True,
                          env=clean_environment(SSH_ASKPASS=askpass, SSH_ASKPASS_REQUIRE="force"))
        self.addCleanup(program.kill)
        return program

    def test_answered(self):
        dialogue, answers = self.stack.path("dialogue"), self.stack.path("answers")
        os.mkfifo(answers)
        client = self._ssh(self._program("askpass", f'printf %s "$1" >{dialogue}.new && mv {dialogue}.new {dialogue}',
                                         f"exec cat {answers}"))
        eventually(lambda: os.path.exists(dialogue), "the dialogue asks", 10)
        with open(dialogue, encoding="utf-8") as shown:
            question = shown.read()
        self.is_readable(question)
        found = LINK.search(question)
        self.stack.canary.add("user code", found.group(1))
        browser = self.stack.browser()
        browser.sign_in(found.group(0))
        with open(answers, "w") as answer:
            answer.write(browser.page.code + "\n")
        self.assertEqual(client.wait(), 5, client.text)
        self.assertEqual(client.text, "only this")
        self.shows("openssh-askpass", "SSH_ASKPASS=askpass SSH_ASKPASS_REQUIRE=force ssh op1@127.0.0.1 COMMAND",
                   f"[the argument of askpass:]\n{question}\n[the output:]\n{client.text}")

    def test_cancelled(self):
        client = self._ssh(self._program("askpass", "exit 1"))
        self.assertEqual(client.wait(), 255, client.text)
        self.assertEqual(self.outcome()["reason"], "login.nobody_there")
        self.shows("openssh-askpass-cancelled",
                   "SSH_ASKPASS=cancelled SSH_ASKPASS_REQUIRE=force ssh op1@127.0.0.1 COMMAND", client.text)


class Copies(Clients):
    """sftp, scp, rsync and git, each once with its own login and once through a master that was opened before."""

    def setUp(self):
        super().setUp()
        self.home = os.path.expanduser("~op1")
        self.source = self.stack.path("source")
        with open(self.source, "w") as out:
            out.write("content\n")
        self._make_repository()

    def _make_repository(self):
        work = self.stack.path("work")
        shutil.rmtree(f"{self.home}/repository.git", ignore_errors=True)
        as_person = ["-c", "user.name=op1", "-c", "user.email=op1@server-a.example"]
        run(["git", "init", "-q", "-b", "main", work])
        run(["cp", self.source, work])
        run(["git", "-C", work, "add", "source"])
        run(["git", "-C", work, *as_person, "commit", "-q", "-m", "first"])
        run(["git", "clone", "-q", "--bare", work, f"{self.home}/repository.git"])
        run(["chown", "-R", "op1:op1", f"{self.home}/repository.git"])

    def ssh_config(self, block):
        """The person's ssh_config: this block, and where this scenario's sshd is."""
        folder = os.path.expanduser("~/.ssh")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self.addCleanup(os.unlink, f"{folder}/config")
        with open(f"{folder}/config", "w") as out:
            out.write(f"{block}\nHost *\n  Port {self.stack.ports['sshd']}\n  StrictHostKeyChecking yes\n"
                      f"  UserKnownHostsFile {self.stack.path('known_hosts')}\n  GlobalKnownHostsFile /dev/null\n"
                      "  IdentityAgent none\n  IdentitiesOnly yes\n")

    def runs(self, argv, digits):
        """A copy at a terminal, with its login if there is one, to its end; what was shown."""
        terminal = self.stack.terminal(argv, env=DUMB)
        if digits:
            self.types_digits(terminal)
        self.after_success(terminal)
        return terminal.text

    def copied(self, path):
        with open(path) as text:
            self.assertEqual(text.read(), "content\n")

    def sftp(self, name, digits):
        # From a file: the editing of lines at its prompt is libedit's and no matter here. ssh asks at the terminal.
        commands = self.stack.path("commands")
        with open(commands, "w") as out:
            out.write(f"put {self.source} {name}\nbye\n")
        text = self.runs(["/bin/sh", "-c", f"exec sftp server-a <{commands}"], digits)
        self.copied(f"{self.home}/{name}")
        return "sftp server-a <commands", text

    def scp(self, name, digits):
        text = self.runs(["scp", self.source, f"server-a:{name}"], digits)
        self.copied(f"{self.home}/{name}")
        return f"scp source server-a:{name}", text

    def rsync(self, name, digits):
        text = self.runs(["rsync", "-e", "ssh", self.source, f"server-a:{name}"], digits)
        self.copied(f"{self.home}/{name}")
        return f"rsync -e ssh source server-a:{name}", text

    def git(self, name, digits):
        text = self.runs(["git", "clone", "--no-progress", "server-a:repository.git", self.stack.path(name)], digits)
        self.copied(self.stack.path(f"{name}/source"))
        return f"git clone --no-progress server-a:repository.git {name}", text

    def direct(self, copy, name):
        self.ssh_config("Host server-a\n  User op1")
        self.shows(name, *copy(name, True))
        self.assertEqual(len(self.stack.audit.outcomes(outcome="allowed")), 1)

    def test_sftp(self):
        self.direct(self.sftp, "sftp")

    def test_scp(self):
        self.direct(self.scp, "scp")

    def test_rsync(self):
        self.direct(self.rsync, "rsync")

    def test_git(self):
        self.direct(self.git, "git")

    def test_one_login_for_all_of_them(self):
        """The blocks of docs/clients.md, as they stand."""
        block, commands = documents.blocks("docs/clients.md", "One login for many connections")
        self.ssh_config(block)
        opened, checked, closed = commands.strip().split("\n")
        # In a shell, as it would be: ssh that is the terminal's first process takes its own child with it at the end.
        master = self.stack.terminal(["/bin/sh", "-ec", f"{opened}\n{checked}"], env=DUMB)
        self.types_digits(master)
        self.assertRegex(self.after_success(master), r"^Master running \(pid=\d+\)\n$")
        self.shows("control-master", f"{opened}; {checked}", master.text)
        for copy, name in ((self.sftp, "sftp-control-master"), (self.scp, "scp-control-master"),
                           (self.rsync, "rsync-control-master"), (self.git, "git-control-master")):
            with self.subTest(name):
                self.shows(name, *copy(name, False))
        self.assertEqual(self.runs(["ssh", "server-a", "id -un"], False).replace("\r", ""), "op1\n")
        # One journey served all of them.
        self.assertEqual(len(self.stack.audit.outcomes()), 1)
        self.assertEqual(self.stack.sim.requests()["authorize"], 1)
        run(closed.split())
        self.assertNotEqual(run(checked.split(), check=False).returncode, 0)


class Libraries(Clients):
    """Three implementations of keyboard-interactive that are not OpenSSH's, each in a program that prints what it gets."""

    def _built(self, name, library):
        program = self.stack.path(name)
        # Debian 13's libssh would rather have the exit status asked for by a function that Debian 12's has not.
        run(["gcc", "-Wall", "-Wextra", "-Werror", "-Wno-deprecated-declarations", "-O1", "-o", program,
             os.path.join(SOURCES, name + ".c"), f"-l{library}"])
        return [program, "127.0.0.1", str(self.stack.ports["sshd"]), "op1", COMMAND]

    def _paramiko(self, how):
        return [PYTHON, os.path.join(SOURCES, "paramiko_login.py"), how, "127.0.0.1", str(self.stack.ports["sshd"]),
                self.stack.path("known_hosts"), "op1", COMMAND]

    def _logs_in(self, argv):
        terminal = self.stack.terminal(argv, env=DUMB)
        self.types_digits(terminal)
        self.assertEqual(self.after_success(terminal, 5), "only this\n")
        return terminal.text

    def _refused(self, argv):
        terminal = self.stack.terminal(argv, env=DUMB)
        self.is_refused(terminal, 1)
        return terminal.text

    def test_paramiko_with_a_handler(self):
        self.shows("paramiko", "paramiko: auth_interactive", self._logs_in(self._paramiko("handler")))

    def test_paramiko_with_its_own_handler(self):
        self.shows("paramiko-dumb", "paramiko: auth_interactive_dumb", self._logs_in(self._paramiko("dumb")))

    def test_paramiko_refused(self):
        self.shows("paramiko-refused", "paramiko: auth_interactive", self._refused(self._paramiko("handler")))

    def test_libssh2(self):
        argv = self._built("libssh2_login", "ssh2")
        self.shows("libssh2", "libssh2_userauth_keyboard_interactive", self._logs_in(argv))

    def test_libssh2_refused(self):
        argv = self._built("libssh2_login", "ssh2")
        self.shows("libssh2-refused", "libssh2_userauth_keyboard_interactive", self._refused(argv))

    def test_libssh(self):
        argv = self._built("libssh_login", "ssh")
        self.shows("libssh", "ssh_userauth_kbdint", self._logs_in(argv))

    def test_libssh_refused(self):
        argv = self._built("libssh_login", "ssh")
        self.shows("libssh-refused", "ssh_userauth_kbdint", self._refused(argv))

    def test_curl_answers_by_itself(self):
        """curl gives its password for an answer, whatever is asked."""
        done = self.without_terminal(["curl", "-sS", "--insecure", "-u", "op1:not-digits",
                                      f"sftp://127.0.0.1:{self.stack.ports['sshd']}/etc/hostname"])
        self.assertEqual(done.returncode, 67, done.stdout)
        self.assertEqual(self.outcome()["reason"], "login.too_many_prompts")
        self.nothing_pending()
        self.shows("curl", "curl -u op1:not-digits sftp://127.0.0.1/etc/hostname", done.stdout)


class Putty(Clients):
    margin = "| "

    def _argv(self, *arguments):
        fingerprint = run(["ssh-keygen", "-l", "-f", self.stack.path("ssh_host_ed25519_key.pub")]).stdout.split()[1]
        return ["plink", "-ssh", "-P", str(self.stack.ports["sshd"]), "-hostkey", fingerprint, *arguments]

    def _begins(self, terminal):
        """PuTTY's own question, so that no session can pass itself off as the login."""
        terminal.sees(r"Press Return to begin session\. ?")
        terminal.types("")

    def test_with_a_terminal(self):
        terminal = self.stack.terminal(self._argv("op1@127.0.0.1"), env=DUMB)
        self.types_digits(terminal)
        self.assertIn("\u2588", terminal.text)
        self._begins(terminal)
        terminal.sees(r"op1@server-a:~\$ $")
        terminal.types("exit")
        self.after_success(terminal)
        self.shows("plink", "plink op1@127.0.0.1", terminal.text)

    def test_c_locale(self):
        terminal = self.stack.terminal(self._argv("op1@127.0.0.1", COMMAND), env=C_LOCALE)
        self.types_digits(terminal)
        self._begins(terminal)
        self.assertEqual(self.after_success(terminal, 5).strip(), "only this")
        self.shows("plink-c-locale", "LC_ALL=C plink op1@127.0.0.1 COMMAND", terminal.text)

    def test_refused(self):
        terminal = self.stack.terminal(self._argv("op1@127.0.0.1"), env=DUMB)
        self.is_refused(terminal, 1)
        self.shows("plink-refused", "plink op1@127.0.0.1", terminal.text)

    def test_batch_ends_by_itself(self):
        done = self.without_terminal(self._argv("-batch", "op1@127.0.0.1", COMMAND))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.nothing_pending()
        self.assertEqual(self.stack.audit.outcomes(outcome="allowed"), [])
        self.shows("plink-batch", "plink -batch op1@127.0.0.1 COMMAND", done.stdout)


class Mosh(Clients):
    def test_its_ssh_logs_in(self):
        ssh = " ".join(self.stack.ssh_argv("op1")[:-1])
        terminal = self.stack.terminal(["mosh", "--ssh=" + ssh, "--predict=never", "op1@127.0.0.1"],
                                       env=clean_environment(TERM="xterm"))
        self.types_digits(terminal)
        terminal.sees(r"op1@server-a:~\$")
        shown = terminal.text
        terminal.types("echo \"<$((40 + 2))>\"")
        terminal.sees("<42>")
        terminal.types("exit")
        self.assertEqual(terminal.ends(), 0, terminal.text)
        self.assertIn("[mosh is exiting.]", terminal.text)
        # Then the window is mosh's.
        self.shows("mosh", "mosh op1@127.0.0.1", shown.split("\x1b", 1)[0])


class Tmux(Clients):
    def _tmux(self, *words, check=True):
        return run(["tmux", "-L", "cis2", "-f", "/dev/null", *words], check=check, env=clean_environment(TERM="xterm")).stdout

    def _pane(self):
        return self._tmux("capture-pane", "-p").rstrip()

    def _in_a_window_of(self, columns, rows, name):
        self.addCleanup(self._tmux, "kill-server", check=False)
        self._tmux("new-session", "-d", "-x", str(columns), "-y", str(rows), *self.stack.ssh_argv("op1"))
        eventually(lambda: self._pane().endswith("Code:"), "the pane shows the prompt", 10)
        shown = self._pane()
        self.is_readable(shown)
        found = LINK.search(shown)
        self.assertTrue(found, shown)
        self.stack.canary.add("user code", found.group(1))
        browser = self.stack.browser()
        browser.sign_in(found.group(0))
        self._tmux("send-keys", browser.page.code, "Enter")
        eventually(lambda: self._pane().endswith("op1@server-a:~$"), "the pane shows the shell", 10)
        self.shows(name, "ssh op1@127.0.0.1", shown)

    def test_80x24(self):
        self._in_a_window_of(80, 24, "tmux-80x24")

    def test_60x20(self):
        self._in_a_window_of(60, 20, "tmux-60x20")


class TwoLanes(Clients):
    """The sshd configuration of docs/clients.md, as it stands: people sign in, machines have keys."""

    parts = None
    options = {"grants": [grant("op1", operators=[ONE_ROLE]), grant("deploy", operators=[ONE_ROLE])]}

    def make_stack(self, **options):
        self.sshd_block, self.commands = documents.blocks("docs/clients.md", "People and machines")
        lines = [line for line in self.sshd_block.splitlines() if line]
        return super().make_stack(sshd=[*lines[:1], "PrintLastLog no", *lines[1:]], **options)

    def setUp(self):
        super().setUp()
        for line in self.commands.strip().split("\n"):
            run(line.split())
        self.addCleanup(run, ["groupdel", "machines"])
        self.addCleanup(run, ["userdel", "--remove", "deploy"], check=False)
        self.stack.start()

    def _key_of(self, account):
        key = self.stack.path("key-of-" + account)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
        folder = os.path.expanduser(f"~{account}/.ssh")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        run(["cp", key + ".pub", f"{folder}/authorized_keys"])
        run(["chown", "-R", f"{account}:{account}", folder])
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return key

    def test_a_person_signs_in_and_no_key_helps(self):
        key = self._key_of("op1")
        done = self.without_terminal(self.stack.ssh_argv("op1", "-i", key, "-o", "BatchMode=yes"))
        self.assertEqual(done.returncode, 255, done.stdout)
        self.allowed(self.stack.ssh("op1", "-i", key))

    def test_they_count_beside_what_debian_ships(self):
        drop_in = "/etc/ssh/sshd_config.d/10-people-and-machines.conf"
        with open(drop_in, "w") as out:
            out.write(self.sshd_block)
        self.addCleanup(os.unlink, drop_in)
        for account, asked, key in (("op1", "yes", "no"), ("root", "yes", "yes"), ("deploy", "no", "yes")):
            shown = run(["/usr/sbin/sshd", "-T", "-C", f"user={account},host=client.example,addr=192.0.2.7"]).stdout.splitlines()
            for line in (f"kbdinteractiveauthentication {asked}", f"pubkeyauthentication {key}", "passwordauthentication no"):
                self.assertIn(line, shown, account)

    def test_a_machine_has_its_key_and_is_asked_nothing(self):
        key = self._key_of("deploy")
        done = self.without_terminal(self.stack.ssh_argv("deploy", "-i", key, "-o", "BatchMode=yes") + [COMMAND])
        self.assertEqual((done.returncode, done.stdout), (5, "only this\n"))
        terminal = self.stack.ssh("deploy", env=DUMB)
        self.assertEqual(terminal.ends(), 255)
        self.assertNotIn("Code:", terminal.text)
        self.assertEqual(self.stack.audit.outcomes(), [])
        self.assertEqual(self.stack.sim.requests()["authorize"], 0)
