"""Goal: on a booted Debian the packages do what README.md promises, from apt-get install to purge.

One story in the order of its chapters: each test goes on with what the one before left.
"""

import json
import os
import re
import signal
import textwrap
import unittest

import server
from harness import documents
from harness.process import eventually, run
from harness.sim import OPERATORS
from harness.terminal import LINK
from people import APT, says_yes_after, signs_in
from server import ACCOUNT, OPERATOR, SOCKETS, UNITS, active, sh, shown, systemctl, write

# What README.md leaves to the administrator: whom the provider is believed by, and a grant for sudo and the console.
TEST_CA = "/etc/cis2-broker/provider-ca.pem"
METRICS = "cis2_provider_up 1"
LOCAL_GRANT = '[[grant]]\nname = "local services"\nservices = ["sudo", "login"]\naccounts = ["{account}"]\noperators = ["{sub}"]\n'

here = None  # the server
before = {}


def readme(*words):
    """The block of README.md, "Install", that has all these words."""
    for block in documents.blocks("README.md", "Install"):
        if all(word in block for word in words):
            return textwrap.dedent(block)
    raise AssertionError(f"README.md has no block with {words}")


def setUpModule():
    global here
    here = server.Server()


def read(path):
    with open(path) as file:
        return file.read()


def same(path, text):
    return read(path) == text


class Story(unittest.TestCase):
    longMessage = True

    # --- steps

    def at_the_prompt(self):
        """A login that waits for its digits, and its browser, signed in."""
        terminal, browser = here.ssh(), here.browser()
        browser.sign_in(terminal.sees_login(20), OPERATOR)
        self.assertEqual(browser.page.outcome, "code", browser.page)
        return terminal, browser

    def has_shell(self, terminal):
        terminal.sees(rf"{ACCOUNT}@server-a:.*\$ $")
        terminal.types("echo \"<$(id -un) $((40 + 2))>\"")
        terminal.sees(rf"<{ACCOUNT} 42>\n")
        terminal.types("exit")
        self.assertEqual(terminal.ends(), 0)

    def rescue_is_in(self):
        """By the local password, whatever broker and module do."""
        terminal = here.ssh(server.RESCUE)
        terminal.sees(r"[Pp]assword: $", 30)
        terminal.types(server.PASSWORD)
        terminal.sees(rf"{server.RESCUE}@server-a:.*\$ $")
        self.assertNotRegex(terminal.text, LINK)
        terminal.close()

    def enables(self, block, tried):
        """A block with `cis2ctl enable`, typed by somebody who tries it before they say yes."""
        reader = here.reader()
        self.addCleanup(reader.close)

        def try_it():
            server.sshd_listens_again()  # nobody is as fast as a test
            tried()
        reader.types(block, signs_in(here.browser(), OPERATOR), says_yes_after(try_it))

    def log_in(self):
        terminal, browser = self.at_the_prompt()
        terminal.types(browser.page.code)
        self.has_shell(terminal)

    def restart_broker(self):
        systemctl("reset-failed", "cis2-broker")  # the story starts it more often than systemd puts up with
        systemctl("restart", "cis2-broker")
        here.serves()

    # --- chapters

    def test_10_an_installation_changes_nothing_about_logins(self):
        server.put_packages(os.path.dirname(server.WORK))  # the command looks above the sources
        before["files"] = server.digest("/etc")
        before["state"] = sorted(os.listdir("/var/lib"))
        before["logins"] = server.how_one_logs_in()
        install = next(line for line in readme("apt-get install").splitlines() if "apt-get install" in line)
        sh(install.replace("sudo ", ""))
        logins = server.how_one_logs_in()
        logins["enabled"].remove("cis2-roll-back.service")  # it runs only where a change of `enable` waits
        self.assertEqual(logins, before["logins"])
        self.assertEqual([unit for unit in UNITS + SOCKETS if active(unit)], [])
        changed = {path for path, what in server.digest("/etc").items() if before["files"].get(path) != what}
        accounts = {f"/etc/{name}{old}" for name in ("passwd", "group", "shadow", "gshadow", "subuid", "subgid")
                    for old in ("", "-")}
        foreign = sorted(path for path in changed - accounts if "cis2" not in path and not path.startswith("/etc/ssl/")
                         and path not in ("/etc/ld.so.cache", "/etc/ca-certificates.conf"))
        self.assertEqual(foreign, [])

    def test_11_the_steps_of_the_document(self):
        sh("apt-get install ../cis2-sim_*.deb")
        certificate, key = here.pki.web_cert, here.pki.web_key
        os.symlink(certificate, os.path.join(server.WORK, server.PAGES_HOST + ".crt"))
        os.symlink(key, os.path.join(server.WORK, server.PAGES_HOST + ".key"))
        sh(readme("web-cert.pem"))
        write(server.CONFIG, readme("[provider]", "issuer"))
        write("/etc/cis2-broker/operators.map", f"{ACCOUNT} {OPERATORS[OPERATOR]}\n")
        sh(f"install -m 0644 {here.pki.ca} {TEST_CA}")
        here.configure("ca", f'[provider]\nca_file = "{TEST_CA}"\n')
        sh(readme("cis2ctl keygen"))
        here.publish()
        here.start_provider()
        sh(readme("systemctl enable --now"))
        here.serves(60)  # a slow provider's first answer may be the second question's
        for unit in (*UNITS, *SOCKETS):
            self.assertTrue(active(unit), systemctl("status", unit, check=False).stdout)
        self.assertRegex(systemctl("status", "cis2-broker").stdout, r"Active: active \(running\)")

    def test_12_a_login_over_ssh(self):
        auth, account = readme("pam_cis2.so", "account").splitlines()
        before["pam"] = {service: read(f"/etc/pam.d/{service}") for service in ("sshd", "sudo", "login", "su")}
        text = before["pam"]["sshd"]
        self.assertEqual((text.count("@include common-auth\n"), text.count("@include common-account\n")), (1, 1))
        text = text.replace("@include common-auth\n", auth + "\n")
        write("/etc/pam.d/sshd", text.replace("@include common-account\n", account + "\n@include common-account\n"))
        write("/etc/ssh/sshd_config.d/10-cis2.conf", readme("UsePAM"))
        systemctl("reload", "ssh")
        server.sshd_listens_again()
        self.log_in()
        event = here.audit.waits_for_outcome(outcome="allowed")
        self.assertEqual((event["account"], event["sub"], event["grant"]), (ACCOUNT, OPERATORS[OPERATOR], "personal accounts"))

    def test_13_the_journal_has_the_fields_of_the_audit(self):
        event = here.audit.outcomes(outcome="allowed")[-1]
        run(["journalctl", "--sync"])
        lines = run(["journalctl", "--no-pager", "-o", "json", "_SYSTEMD_UNIT=cis2-broker.service"]).stdout.splitlines()
        entries = [json.loads(line) for line in lines if event["reference"] in line]
        self.assertTrue(entries, lines[-5:])
        values = set(map(str, entries[-1].values()))
        for value in (event["login_id"], ACCOUNT, "sshd", event["sub"], "allowed"):
            self.assertIn(value, values)

    def test_14_switched_on_by_cis2ctl(self):
        write("/etc/pam.d/sshd", before["pam"]["sshd"])
        os.unlink("/etc/ssh/sshd_config.d/10-cis2.conf")
        enable = next(block for block in documents.blocks("README.md", "Install", "sh") if "cis2ctl enable" in block)
        self.enables(textwrap.dedent(enable).replace("NAME", server.RESCUE), self.log_in)
        self.rescue_is_in()
        found = json.loads(run(["cis2ctl", "doctor", "--json"]).stdout)["findings"]
        self.assertEqual([finding for finding in found if finding["severity"] == "problem"], [])

    def test_15_sudo(self):
        write("/etc/sudoers.d/cis2", f"{ACCOUNT} ALL=(ALL:ALL) ALL\n{server.RESCUE} ALL=(ALL:ALL) ALL\n", 0o440)
        run(["visudo", "-c"])
        here.configure("local", LOCAL_GRANT.format(account=ACCOUNT, sub=OPERATORS[OPERATOR]))
        systemctl("reload", "cis2-broker")
        self.enables(textwrap.dedent(documents.blocks("docs/guides/sudo.md", "Set it up", "sh")[0]), self.becomes_root)

    def becomes_root(self):
        terminal, browser = here.sudo("sh", "-c", "echo \"I am $(id -un), $((40 + 2))\""), here.browser()
        browser.sign_in(terminal.sees_login(), OPERATOR)
        terminal.types(browser.page.code)
        terminal.sees(r"I am root, 42\n")
        self.assertEqual(terminal.ends(), 0)

    def test_16_the_console(self):
        self.enables(documents.blocks("docs/guides/console.md", "Three ways to do it", "sh")[0], self.log_in_at_the_console)
        console = self.at_the_console(server.RESCUE)
        console.sees(r"Password: $")
        console.types(server.PASSWORD)
        console.sees(rf"{server.RESCUE}@server-a:.*\$ $", 20)

    def at_the_console(self, account):
        console = here.console()
        self.addCleanup(console.close)
        console.sees(r"login: $", 30)
        console.types(account)
        return console

    def log_in_at_the_console(self):
        console, browser = self.at_the_console(ACCOUNT), here.browser()
        browser.sign_in(console.sees_login(20), OPERATOR)
        console.types(browser.page.code)
        console.sees(rf"{ACCOUNT}@server-a:.*\$ $", 20)
        console.types("echo \"<$(id -un) $(tty)>\"")
        console.sees(rf"<{ACCOUNT} /dev/pts/\d+>\n")
        console.types("exit")
        console.sees(r"login: $", 30)

    def test_17_what_cis2ctl_enables_goes_back_by_a_timer_unless_it_is_confirmed(self):
        timer, text = "cis2-roll-back-su.timer", read("/etc/pam.d/su")
        grant = LOCAL_GRANT.replace("local services", "su").replace('"sudo", "login"', '"su"')
        here.configure("su", grant.format(account=ACCOUNT, sub=OPERATORS[OPERATOR]))
        systemctl("reload", "cis2-broker")
        terminal = self.enables_su()
        self.assertTrue(active(timer))
        os.kill(terminal.pid, signal.SIGKILL)
        eventually(lambda: same("/etc/pam.d/su", text), "su is as before", 60, pause=0.2)
        eventually(lambda: "nobody confirmed was taken back" in run(["journalctl", "--no-pager", "-t", "cis2ctl"]).stdout, "the log says so", 10)
        terminal = self.enables_su()
        sh("cis2ctl enable su --confirm")
        self.assertEqual(terminal.ends(), 0)
        self.assertFalse(active(timer))
        sh("cis2ctl disable su --apply")
        self.assertTrue(same("/etc/pam.d/su", text))

    def test_18_what_waits_while_the_machine_restarts_goes_back_before_anybody_can_log_in(self):
        text = read("/etc/pam.d/su")
        terminal = self.enables_su()
        # What a restart leaves: neither the session nor its timer.
        os.kill(terminal.pid, signal.SIGKILL)
        systemctl("stop", "cis2-roll-back-su.timer")
        self.assertFalse(same("/etc/pam.d/su", text))
        self.assertEqual(systemctl("is-enabled", "cis2-roll-back.service").stdout.strip(), "enabled")
        self.assertIn("systemd-user-sessions.service", shown("cis2-roll-back", "Before"))
        systemctl("start", "cis2-roll-back")
        self.assertTrue(same("/etc/pam.d/su", text))
        self.assertEqual(shown("cis2-roll-back", "ConditionResult"), "yes")
        systemctl("start", "cis2-roll-back")
        self.assertEqual(shown("cis2-roll-back", "ConditionResult"), "no")
        os.unlink(os.path.join(server.DROP_INS, "su.toml"))
        systemctl("reload", "cis2-broker")

    def enables_su(self):
        """As far as the question whether it works."""
        terminal = here.terminal(["cis2ctl", "enable", "su", "--account", ACCOUNT, "--ruser", "nobody", "--rescue-group", "none",
                                  "--confirm-within", "20s", "--apply"])
        browser = here.browser()
        browser.sign_in(terminal.sees_login(20), OPERATOR)
        terminal.types(browser.page.code)
        terminal.sees(r"\(yes or no\) $", 20)
        return terminal

    def test_20_a_reload_keeps_a_pending_login(self):
        terminal, browser = self.at_the_prompt()
        systemctl("reload", "cis2-broker")
        terminal.types(browser.page.code)
        self.has_shell(terminal)

    def test_21_a_reload_of_a_mistake_says_so_and_keeps_the_grants(self):
        here.configure("mistake", "[provider]\ntimeuot = 3\n")
        self.addCleanup(os.unlink, os.path.join(server.DROP_INS, "mistake.toml"))
        self.assertNotEqual(systemctl("reload", "cis2-broker", check=False).returncode, 0)
        self.log_in()

    def test_22_a_reload_renews_the_certificate_of_the_pages(self):
        terminal, browser = self.at_the_prompt()
        served = here.served_certificate()
        certificate, key = here.pki.server_certificate("renewed", server.PAGES_HOST)
        lineage = os.path.join(server.WORK, "lineage")
        os.makedirs(lineage)
        os.symlink(certificate, os.path.join(lineage, "fullchain.pem"))  # as certbot has it
        os.symlink(key, os.path.join(lineage, "privkey.pem"))
        hook = documents.blocks("docs/guides/renew-certificate.md", "The hook", "sh")[0]
        sh(f"export RENEWED_LINEAGE={lineage}\n{hook}")
        eventually(lambda: here.served_certificate() != served, "the pages have another certificate")
        self.assertEqual(browser.reload().outcome, "code", browser.page)
        terminal.types(browser.page.code)
        self.has_shell(terminal)

    def test_23_a_killed_broker_is_back(self):
        restarts = int(shown("cis2-broker", "NRestarts"))
        systemctl("kill", "--signal=KILL", "--kill-who=main", "cis2-broker")
        eventually(lambda: int(shown("cis2-broker", "NRestarts")) == restarts + 1 and active("cis2-broker.service"),
                   "systemd starts the broker again", 20, pause=0.1)
        here.serves()
        self.log_in()

    def test_24_a_hung_broker_is_started_again(self):
        # The time of the unit as shipped is longer than a test should wait; that it has one is another test's.
        self.assertNotIn(shown("cis2-broker", "WatchdogUSec"), ("0", "infinity"))
        here.drop_in("watchdog", "[Service]\nWatchdogSec=2s\n")
        self.restart_broker()
        pid = int(shown("cis2-broker", "MainPID"))
        restarts = int(shown("cis2-broker", "NRestarts"))
        systemctl("kill", "--signal=STOP", "--kill-who=main", "cis2-broker")
        eventually(lambda: int(shown("cis2-broker", "NRestarts")) > restarts and active("cis2-broker.service"),
                   "systemd starts the hung broker again", 40, pause=0.1)
        self.assertNotEqual(int(shown("cis2-broker", "MainPID")), pid)
        here.without_drop_in("watchdog")
        self.restart_broker()
        self.log_in()

    def test_25_a_login_starts_a_broker_that_is_stopped(self):
        systemctl("stop", "cis2-broker.service")
        stopped = [unit for unit in UNITS if not active(unit)]
        self.assertEqual(stopped, list(UNITS), "the front is part of it: it would wake the broker again")
        # Before the broker has seen the provider it sends people away, and sshd asks once more.
        self.log_in()
        self.assertTrue(all(map(active, UNITS)))

    def test_26_ports_that_differ_are_mended_by_the_line_that_doctor_prints(self):
        here.configure("ports", '[web]\nlisten = ["127.0.0.1:8443", "127.0.0.1:9443"]\n')
        mend = self.mend_of("pages.ports_differ")["command"]
        editor = os.path.join(server.WORK, "editor")
        # The file is the last argument: newer versions of systemctl say before it which line to begin at.
        write(editor, "#!/bin/sh\nfor file; do :; done\nprintf '[Socket]\\nListenStream=\\nListenStream=%s\\nListenStream=%s\\n' "
                      "127.0.0.1:8443 127.0.0.1:9443 >\"$file\"\n", 0o755)
        terminal = here.terminal(["env", f"SYSTEMD_EDITOR={editor}", "sh", "-c", mend])
        self.assertEqual(terminal.ends(20), 0)
        self.assertIn("127.0.0.1:9443", server.listening())
        self.assertIsNone(self.mend_of("pages.ports_differ"))
        os.unlink(os.path.join(server.DROP_INS, "ports.toml"))
        systemctl("revert", "cis2-front.socket")
        systemctl("restart", "cis2-front.socket", "cis2-front.service")
        self.restart_broker()

    def mend_of(self, name):
        found = json.loads(run(["cis2ctl", "doctor", "--json"], check=False).stdout)["findings"]
        return next((finding["mend"] for finding in found if finding["id"] == name), None)

    def test_30_the_client_key_as_a_credential(self):
        here.drop_in("credential", "[Service]\nLoadCredential=client-key:/etc/cis2-broker/client-key.pem\n")
        here.configure("key", '[provider]\nclient_key = "credential:client-key"\n')
        self.restart_broker()
        self.log_in()

    def test_31_the_client_key_as_an_encrypted_credential(self):
        os.makedirs("/etc/credstore.encrypted", mode=0o700, exist_ok=True)
        run(["systemd-creds", "encrypt", "--with-key=host", "--name=client-key", "/etc/cis2-broker/client-key.pem",
             "/etc/credstore.encrypted/client-key"])
        here.drop_in("credential", "[Service]\nLoadCredentialEncrypted=client-key:/etc/credstore.encrypted/client-key\n")
        self.restart_broker()
        self.log_in()
        here.without_drop_in("credential")
        os.unlink(os.path.join(server.DROP_INS, "key.toml"))
        self.restart_broker()

    def test_32_the_client_key_in_a_tpm(self):
        here.start_tpm()
        self.addCleanup(systemctl, "stop", "tpm-device", "swtpm")
        sh(documents.blocks("docs/keys.md", "A TPM", "sh")[0])
        both = '[provider]\nclient_key = "{}"\nclient_keys_published = ["{}"]\n'
        keys = ("/etc/cis2-broker/client-key.pem", "handle:0x81010001")
        here.configure("key", both.format(*keys))
        here.publish()
        here.configure("key", both.format(*reversed(keys)))
        sh(textwrap.dedent(documents.blocks("docs/guides/tpm-key.md", "", "sh")[0]))
        here.serves()
        self.log_in()
        with open(os.path.join(server.ROOT, "docs/keys.md")) as text:
            written = re.search(r"`systemd-analyze security` finds ([0-9.]+) with it", text.read())[1]
        self.assertLessEqual(server.exposure("cis2-broker.service"), float(written))
        here.without_drop_in("tpm")
        os.unlink(os.path.join(server.DROP_INS, "key.toml"))
        self.restart_broker()
        here.publish()

    def test_33_metrics(self):
        here.configure("metrics", '[metrics]\nlisten = "127.0.0.1:9488"\n')
        self.restart_broker()
        self.assertIn(METRICS, sh(textwrap.dedent(documents.blocks("docs/metrics.md", "On this host", "sh")[0])).stdout)
        here.configure("metrics", '[metrics]\nlisten = "/run/cis2-broker/metrics.sock"\n')
        self.assertIn("cis2_build_info", sh(documents.blocks("docs/metrics.md", "On this host", "sh")[1]).stdout)
        self.assertNotIn("127.0.0.1:9488", server.listening())
        socket = os.stat("/run/cis2-broker/metrics.sock")
        self.assertEqual((socket.st_uid, oct(socket.st_mode & 0o777)), (0, "0o660"))
        here.serves()
        self.log_in()

    def test_34_an_emergency_code_while_the_provider_is_away(self):
        made = json.loads(run(["cis2ctl", "break-glass", "make", "--account", ACCOUNT, "--count", "1", "--json"]).stdout)
        code = made["codes"][0]["code"]
        here.canary.add_all([("emergency code", code), ("emergency code", code.replace("-", ""))])
        systemctl("stop", "cis2-sim")
        systemctl("reset-failed", "cis2-broker")
        systemctl("restart", "cis2-broker")
        eventually(lambda: "away" in run(["cis2ctl", "status"], check=False).stdout, "the provider is away", 30, pause=0.1)
        terminal = here.ssh()
        terminal.sees(r"emergency code[\s\S]*Code: $", 20)
        terminal.types(code)
        self.has_shell(terminal)
        self.assertEqual(here.audit.outcomes(outcome="allowed")[-1]["code_id"], code[:5])
        self.assertIn("login.break_glass", server.journal("-t", "cis2-brokerd", "CIS2_EVENT=login.break_glass", "-o", "json"))
        listed = json.loads(run(["cis2ctl", "break-glass", "list", "--json"]).stdout)["codes"]
        self.assertEqual([each["state"] for each in listed], ["used"])
        here.start_provider()
        here.serves(60)
        self.log_in()

    def test_40_exposure(self):
        for unit in (*UNITS, "cis2-roll-back.service"):
            figure = server.exposure(unit)
            print(f"    systemd-analyze security {unit}: {figure}", flush=True)
            self.assertLessEqual(figure, 1.5, run(["systemd-analyze", "security", "--no-pager", unit], check=False).stdout)

    def test_50_an_upgrade_touches_neither_pam_nor_configuration(self):
        folder = here.repack("0.1.0+upgrade")
        kept = {**server.digest("/etc/pam.d"), **server.digest("/etc/cis2-broker"), **server.digest("/etc/ssh")}
        pids = {unit: shown(unit, "MainPID") for unit in UNITS}
        terminal, _ = self.at_the_prompt()
        reader = here.reader(folder)
        self.addCleanup(reader.close)
        reader.types(documents.blocks("docs/guides/upgrade.md", "Do it", "sh")[0], APT)
        self.assertEqual({**server.digest("/etc/pam.d"), **server.digest("/etc/cis2-broker"), **server.digest("/etc/ssh")}, kept)
        here.serves()
        for unit in UNITS:
            self.assertTrue(active(unit))
            self.assertNotEqual(shown(unit, "MainPID"), pids[unit], f"{unit} runs the old program")
        # The restart ended the login that was pending: it is told so, and the next one gets in.
        terminal.types("000000")
        self.assertNotEqual(terminal.ends(20), 0)
        self.assertEqual(here.audit.outcomes()[-1]["outcome"], "unavailable")
        self.log_in()

    # --- the next release, whose module speaks the next version of the wire

    def test_51_apt_does_not_let_the_module_go_before_the_broker(self):
        done = sh("apt-get install --no-remove ./libpam-cis2_*.deb", server.next_release(), check=False)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, "remove is disabled|Breaks: cis2-broker")
        self.log_in()

    def test_52_the_new_broker_with_the_old_module(self):
        sh("apt-get install --no-remove ./cis2-broker_*.deb", server.next_release())
        self.assertEqual(server.versions(), ("0.2.0", "0.1.0+upgrade"))
        here.serves()
        self.log_in()
        self.log_in_at_the_console()

    def test_53_the_new_broker_with_the_new_module(self):
        sh("apt-get install --no-remove ./libpam-cis2_*.deb", server.next_release())
        self.assertEqual(server.versions(), ("0.2.0", "0.2.0"))
        self.log_in()

    def test_54_the_old_broker_with_the_new_module_lets_nobody_in_but_the_rescue_group(self):
        sh("dpkg --force-breaks,downgrade --install cis2-broker_*.deb", os.path.join(server.WORK, "repacked"))
        self.assertEqual(server.versions(), ("0.1.0+upgrade", "0.2.0"))
        here.serves()
        terminal = here.ssh()
        terminal.sees(r"The login service on this server is being upgraded\. Try again in a minute;\n"
                      r"if this goes on, tell support\.", 20)
        self.assertNotEqual(terminal.ends(30), 0)
        self.assertNotRegex(terminal.text, LINK)
        self.assertIn("a PAM module is newer than this broker: upgrade cis2-broker", server.journal("-u", "cis2-broker"))
        self.assertIn("the broker is of another release", server.journal("-u", "ssh"))
        self.rescue_is_in()

    def test_55_both_in_one_command(self):
        sh("dpkg --install cis2-broker_*.deb", server.next_release())
        here.serves()
        self.log_in()
        sh("apt-get install --allow-downgrades ./libpam-cis2_*.deb ./cis2-broker_*.deb", os.path.join(server.WORK, "repacked"))
        here.serves()
        self.log_in()
        sh("apt-get install --no-remove ./libpam-cis2_*.deb ./cis2-broker_*.deb", server.next_release())
        steps = re.findall(r"(upgrade|status installed) (cis2-broker|libpam-cis2):\S+ .*0\.2\.0", read("/var/log/dpkg.log"))
        self.assertEqual(steps[-4], ("upgrade", "cis2-broker"), "apt unpacks the broker first")
        here.serves()
        self.log_in()

    def test_60_no_secret_anywhere(self):
        self.assertEqual(here.leaks(), [])
        self.assertGreaterEqual(len(here.canary), 50)

    def test_90_a_package_that_goes_takes_out_what_cis2ctl_enabled_and_names_the_rest(self):
        write("/etc/pam.d/su", "auth requisite pam_cis2.so\n" + before["pam"]["su"])
        said = self.stays_while_its_block_was_edited("cis2-broker") + self.stays_while_its_block_was_edited("libpam-cis2")
        self.assertTrue(active("cis2-broker"))
        said += sh("apt-get remove libpam-cis2").stdout
        for service in ("sshd", "sudo", "login"):
            self.assertIn(f"{service} is switched off", said)
            self.assertTrue(same(f"/etc/pam.d/{service}", before["pam"][service]), service)
        self.assertIn("WARNING", said)
        self.assertIn("/etc/pam.d/su\n", said)
        self.assertNotIn("/etc/pam.d/cis2-auth", said)
        self.assertFalse(os.path.exists("/etc/ssh/sshd_config.d/10-cis2.conf"))
        server.sshd_listens_again()
        self.rescue_is_in()

    def stays_while_its_block_was_edited(self, package):
        """What apt-get says to the removal while one of the marks around the lines in sshd's file is gone."""
        text = read("/etc/pam.d/sshd")
        write("/etc/pam.d/sshd", text.replace("# end cis2\n", ""))
        done = sh(f"apt-get remove {package}", check=False)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, rf"{package}: ERROR: .* /etc/pam\.d/sshd \(.*Delete there what stands from '# begin cis2'")
        self.assertEqual(run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package]).stdout, "installed")
        write("/etc/pam.d/sshd", text)
        return done.stdout

    def test_91_purge_leaves_the_machine_as_it_was(self):
        write("/etc/pam.d/su", before["pam"]["su"])
        os.unlink("/etc/sudoers.d/cis2")
        systemctl("stop", "cis2-sim")
        sh("apt-get purge libpam-cis2 cis2-broker cis2-sim")
        self.assertEqual(server.how_one_logs_in(), before["logins"])
        left = [path for path in server.digest("/etc") if "cis2" in path] + [name for name in os.listdir("/var/lib") if "cis2" in name]
        left += [path for path in ("/run/cis2-broker", "/usr/share/doc/cis2-broker", "/usr/libexec/cis2-broker") if os.path.exists(path)]
        self.assertEqual(left, [])
        self.assertEqual(run(["systemctl", "list-unit-files", "--no-legend", "cis2-*"], check=False).stdout.strip(), "")
        # Debian keeps users: a file that belongs to one must not become another's.
        self.assertIn("_cis2-broker", run(["getent", "passwd"]).stdout)
