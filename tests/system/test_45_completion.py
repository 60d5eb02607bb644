"""Goal: Tab offers for each command of cis2ctl what its --help names, nothing else, and quoted as the shell needs it."""

import json
import os
import re
import shutil
import tempfile
import unittest

from harness import machine
from harness.process import clean_environment, run
from harness.scenario import Scenario
from harness.terminal import Terminal

COMPLETION = os.path.join(machine.ROOT, "conf/completion/cis2ctl")
EVERYWHERE = {"--config", "--json"}
READLINE = "compopt -o default"  # leave it to readline, which completes file names
# What bash does when Tab is pressed, without a terminal: the last argument is the word at the cursor.
PRESS_TAB = """. "$0"
compopt() { echo "compopt $*"; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_cis2ctl "$1" "${@: -1}" "${@: -2:1}"
((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "${COMPREPLY[@]}"
"""
# Prints how the shell took the line, in place of running it.
SHOW = "cis2ctl() { printf '<%s>' \"$@\"; echo .; }"
OPTION = re.compile(r"^ +(?:-\w, *)?(--[a-z-]+)(?: ([A-Z]+)(?::\{([^}]+)\})?)?(?=[ :]|$)", re.M)
SUBCOMMANDS = re.compile(r"^subcommands:\n((?:  .*\n)+)", re.M | re.I)
SERVICES = re.compile(r"^ +service TEXT REQUIRED +(.*)$", re.M)


def offered(*words, completion=COMPLETION, **options):
    shown = run(["bash", "--norc", "-c", PRESS_TAB, completion, "cis2ctl", *words], **options).stdout
    return set(shown.splitlines())


def help_of(command):
    return run(["cis2ctl", *command, "--help"]).stdout


def subcommands(text):
    found = SUBCOMMANDS.search(text)
    return set(re.findall(r"^  ([a-z][a-z-]*)", found[1], re.M)) if found else set()


def commands(command=()):
    """Every command and step with its help, from cis2ctl itself."""
    text = help_of(command)
    yield command, text
    for name in sorted(subcommands(text)):
        yield from commands((*command, name))


def prints(text):
    """A shell script that prints it."""
    return f"cat <<'END'\n{text}\nEND\n"


class AsInTheHelp(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.help = dict(commands())
        cls.options = {(*command, option): (kind, words) for command, text in cls.help.items()
                       for option, kind, words in OPTION.findall(text) if option not in ("--help", "--version")}

    def test_the_help_is_understood(self):
        self.assertIn(("rotate", "finish"), self.help)
        self.assertEqual(self.options["enable", "--others"], ("TEXT", "allow,refuse"))
        self.assertEqual(self.options["enable", "--apply"], ("", ""))

    def test_commands_and_steps(self):
        named = {command: subcommands(text) for command, text in self.help.items() if subcommands(text)}
        self.assertEqual({command: offered(*command, "") for command in named}, named, f"_cis2ctl_words in {COMPLETION}")

    def test_options(self):
        named = {command: EVERYWHERE | {option for option, _, _ in OPTION.findall(text)}
                 for command, text in self.help.items()}
        self.assertEqual({command: offered(*command, "--") for command in named}, named, f"_cis2ctl_options in {COMPLETION}")

    def test_which_options_take_a_value(self):
        named = {option: bool(kind) for option, (kind, _) in self.options.items()}
        seen = {option: "--json" not in offered(*option, "-") for option in named}
        self.assertEqual(seen, named, f"_cis2ctl_options in {COMPLETION}")

    def test_words_of_a_value(self):
        named = {option: set(words.split(",")) for option, (_, words) in self.options.items() if words}
        self.assertEqual({option: offered(*option, "") for option in named}, named)
        self.assertEqual({option: offered(*option, "=") for option in named}, named)

    def test_files(self):
        kinds = "--config --identity --key --out --socket --sshd-config".split()
        named = {option for option, (kind, _) in self.options.items() if kind and option[-1] in kinds}
        self.assertEqual({option for option in self.options if offered(*option, "/") == {READLINE}}, named)

    def test_services(self):
        for command in ("enable", "disable"):
            named = SERVICES.search(self.help[command,])[1]
            self.assertEqual(offered(command, ""), set(re.split(r", | or ", named)))
            self.assertEqual(offered(command, "sshd", ""), offered(command, "-"), "one service, then options")

    def test_a_value_is_not_taken_for_a_command(self):
        self.assertEqual(offered("--config", "rotate", "sta"), {"status"})
        self.assertEqual(offered("--config", "=", "status", "rotate", "sw"), {"switch"})
        self.assertIn("su", offered("enable", "--account", "sudo", ""))

    def test_accounts_and_groups(self):
        for command in (("cancel", "--account"), ("break-glass", "revoke", "--account"), ("enable", "su", "--ruser")):
            self.assertEqual(offered(*command, "daem"), {"daemon"})
        self.assertEqual(offered("enable", "--rescue-group", "daem"), {"daemon"})
        self.assertIn("none", offered("enable", "--rescue-group", "n"))


class References(unittest.TestCase):
    """Who asks which broker, with a cis2ctl that answers what the test wants."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(dir="/var/tmp")
        self.addCleanup(shutil.rmtree, self.folder)
        os.chmod(self.folder, 0o755)

    def offered(self, *words, script, command=("cancel",), **options):
        path = os.path.join(self.folder, "cis2ctl")
        with open(path, "w") as out:
            out.write("#!/bin/sh\n" + script)
        os.chmod(path, 0o755)
        env = clean_environment()
        env["PATH"] = self.folder + ":" + env["PATH"]
        return offered(*command, *words, env=env, cwd=self.folder, **options)

    def answer(self, reference):
        return prints(f'{{"logins": [{{"account": "op1", "reference": "{reference}", "state": "waiting"}}]}}')

    def test_for_root_alone(self):
        script = self.answer("4G7K2-9QXD3")
        self.assertEqual(self.offered("", script=script), {"4G7K2-9QXD3"})
        copy = shutil.copy(COMPLETION, os.path.join(self.folder, "completion"))  # nobody may not reach the checkout
        nobody = self.offered("", script=script, user="nobody", completion=copy)
        self.assertEqual(nobody, offered("cancel", "-"), "the options, and no reference")

    def test_of_the_broker_that_the_line_names(self):
        script = """[ "$*" = "logins --config /a --socket /b --json" ] || exit 1\n""" + self.answer("4G7K2-9QXD3")
        self.assertEqual(self.offered("--config", "/a", "--socket", "=", "/b", "4", script=script), {"4G7K2-9QXD3"})

    def test_emergency_codes_that_can_be_revoked(self):
        codes = [{"id": "7K2QX", "account": "op1", "state": "ready"}, {"id": "8M3RY", "account": "op1", "state": "used"},
                 {"id": "9N4SZ", "account": "op2", "state": "ready"}]
        for indent in (None, 2):
            script = '[ "$*" = "break-glass list --config /a --json" ] || exit 1\n' + prints(json.dumps({"codes": codes}, indent=indent))
            found = self.offered("--config", "/a", "7K2QX", "", script=script, command=("break-glass", "revoke"))
            self.assertEqual(found, {"7K2QX", "9N4SZ"})

    def test_a_broker_that_hangs_or_fails(self):
        for script in ("exec sleep 600", "echo no broker >&2; exit 1"):
            self.assertEqual(self.offered("4", script=script), set())

    def test_an_answer_is_never_run(self):
        for evil in ("$(touch was-run)", "`touch was-run`"):
            self.assertEqual(self.offered("", script=self.answer(evil)), offered("cancel", "-"))
        self.assertEqual(os.listdir(self.folder), ["cis2ctl"])


class InBash(Scenario):
    """The real thing: an interactive bash, and a broker with a login that waits."""

    def test_tab(self):
        self.stack.ssh("op1").sees_login()
        reference = self.stack.logins()[0]["reference"]
        self.stack.settings["break_glass"] = {"file": self.stack.path("state/break-glass.json")}
        config = self.stack.write_config()
        code = json.loads(self.stack.ctl("break-glass", "make", "--account", "op1", "--json").stdout)["codes"][0]["id"]
        folder = self.stack.path("some folder")
        os.mkdir(folder)
        with open(os.path.join(folder, "a file"), "w"):
            pass
        with open("/etc/group", "a") as groups:
            groups.write("domain users:x:61234:\n")
        self.addCleanup(run, ["groupdel", "domain users"], check=False)
        bash = self.bash(folder)
        lines = {
            "key\t--alg RS5\t": "<keygen><--alg><RS512>",
            "keygen --alg=PS2\t": "<keygen><--alg=PS256>",
            f"cancel --config {config} {reference[:2]}\t": f"<cancel><--config><{config}><{reference}>",
            f"break-glass revoke --config {config} {code[:4]}\t": f"<break-glass><revoke><--config><{config}><{code}>",
            "enable sshd --rescue-group dom\t": "<enable><sshd><--rescue-group><domain users>",
            "enable sshd --rescue-group 'dom\t": "<enable><sshd><--rescue-group><domain users>",
            "keygen --out a\t": "<keygen><--out><a file>",
            "keygen --out=a\t": "<keygen><--out=a file>",
            "explain --account op1 --key a\t": "<explain><--account><op1><--key><a>",  # a flag there
            "explain --sub a\t": "<explain><--sub><a>",
        }
        for typed, taken in lines.items():
            with self.subTest(typed):
                bash.types("cis2ctl " + typed)
                self.assertEqual(bash.sees(r"(<.*>)\.\n")[1], taken)

    def bash(self, folder):
        env = clean_environment(TERM="dumb", INPUTRC="/dev/null", PS1="> ")
        bash = Terminal(["bash", "--norc", "--noprofile", "-i"], env=env, columns=200)
        self.addCleanup(bash.close)
        bash.types(f"cd '{folder}'; . '{COMPLETION}'; {SHOW}; echo rea''dy")
        bash.sees("\nready\n")
        return bash
