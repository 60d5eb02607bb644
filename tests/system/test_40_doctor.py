"""Goal: cis2ctl doctor finds nothing where nothing is wrong; what is broken it names, and the line that it prints mends it.

Real sshd, broker, front and simulator. Each row breaks one thing, looks for its finding, does what the finding says, by the
letter, and looks again. Where the mend lies outside of this host (a firewall, a name server), the row undoes it instead.
tests/lint/doctor.py holds that every finding is provoked here, or says why not.
"""

import contextlib
import http.server
import json
import os
import re
import shutil
import signal
import ssl
import threading
import time

from harness import documents, machine
from harness.passed import PassedSockets
from harness.pki import PAGES_HOST, PROVIDER_HOST
from harness.process import clean_environment, eventually, run
from harness.scenario import Scenario
from harness.stack import ONE_ROLE, default_grants, grant
from test_41_enable import Enabling

# Why a finding is not provoked here; its unit test is in tests/unit/broker/ctl/doctor.
NOT_PROVOKED = {
    "clock.not_synchronised": "the clock is the kernel's, so that of the machine around it; provoked in tests/confine/test_clock.py",
    "confinement.apparmor": "it takes a kernel that confines; provoked in tests/confine/test_apparmor.py",
    "pages.ports_differ": "systemd alone passes sockets, and none runs here; provoked in tests/boot/test_server.py",
}

COMMON_AUTH = ("auth [success=1 default=ignore] pam_unix.so\nauth requisite pam_deny.so\nauth required pam_permit.so\n")
# Root and a rescue group keep their passwords, and get in without the broker.
RESCUE = ("auth [success=1 default=ignore] pam_succeed_if.so quiet user ingroup rescue\n"
          "auth [success=done default=die] pam_cis2.so\n"
          "@include common-auth\n")
ACCOUNT = "account required pam_cis2.so\n@include common-account\n"
SSHD_CONFIG, DROP_INS = "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d"
OURS = f"{DROP_INS}/10-cis2.conf"
GOOD_SSHD = {"UsePAM": "yes", "KbdInteractiveAuthentication": "yes", "PasswordAuthentication": "no",
             "LoginGraceTime": "120", "MaxStartups": "60:30:200"}


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as out:
        out.write(text)


def read(path):
    with open(path) as text:
        return text.read()


class DoctorScenario(Scenario):
    parts = ("syslog", "sim", "broker")

    def make_stack(self, **options):
        write("/etc/pam.d/common-auth", COMMON_AUTH)
        for service in ("login", "sudo", "sudo-i"):
            self._restore_later(f"/etc/pam.d/{service}")
        self.write_pam("sshd")
        stack = super().make_stack(**options)
        stack.settings["break_glass"] = {"file": stack.path("state/break-glass.json")}
        # Copies, which a row may spoil.
        for section, key in (("provider", "client_key"), ("web", "certificate"), ("web", "certificate_key")):
            target = stack.path(f"{key}.pem")
            shutil.copyfile(stack.settings[section][key], target)
            os.chmod(target, 0o644 if key == "certificate" else 0o600)
            stack.settings[section][key] = target
        return stack

    def _restore_later(self, path):
        before = read(path) if os.path.exists(path) else None

        def restore():
            if before is None:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
            else:
                write(path, before)
        self.addCleanup(restore)

    def write_pam(self, service, auth=RESCUE, account=ACCOUNT):
        write(f"/etc/pam.d/{service}", auth + account + "@include common-session\n")

    # --- doctor

    def doctor(self, *arguments):
        """Its report as JSON."""
        done = self.stack.ctl("doctor", "--json", *arguments, check=False)
        report = json.loads(done.stdout)
        severities = {finding["severity"] for finding in report["findings"]}
        states = {check["state"] for check in report["checks"]}
        self.assertEqual(done.returncode, 1 if "problem" in severities else 2 if "unknown" in states else 0, done.stdout)
        return report

    def finding(self, wanted, *arguments):
        """The finding with this id, or None."""
        return next((found for found in self.doctor(*arguments)["findings"] if found["id"] == wanted), None)

    def broken(self, wanted, *arguments):
        found = self.finding(wanted, *arguments)
        self.assertIsNotNone(found, f"doctor does not find {wanted}: {self.doctor(*arguments)}")
        return found

    def mends(self, wanted, *arguments, times=1):
        """Does what the finding says, and sees that it is gone. Some take a step after the other."""
        for _ in range(times):
            found = self.broken(wanted, *arguments)
            self.apply(found["mend"])
            if self.finding(wanted, *arguments) is None:
                return
        self.fail(f"{wanted} is still found after: {found}")

    def gone(self, wanted, *arguments):
        self.assertIsNone(self.finding(wanted, *arguments), wanted)

    # --- doing what it says

    def apply(self, mend):
        if "command" in mend:
            self.command(mend["command"])
            return
        self.assertIn("file", mend, "this finding is mended elsewhere")
        lines = read(mend["file"]).splitlines() if os.path.exists(mend["file"]) else []
        if mend["action"] == "replace":
            lines[mend["number"] - 1] = mend["line"]
        elif mend["action"] == "insert":
            lines.insert(mend["number"] - 1, mend["line"])
        else:
            lines.append(mend["line"])
        write(mend["file"], "\n".join(lines) + "\n")
        if "then" in mend:
            self.command(mend["then"])

    def command(self, text):
        """Types it. What systemd would do is done by hand: it does not run here."""
        for part in text.split(" && "):
            if part.startswith("systemctl"):
                self.systemctl(part.split()[1:])
            elif part.startswith("cis2ctl "):
                self.stack.ctl(*part.split()[1:])
            else:
                run(["bash", "-euc", part])

    def systemctl(self, words):
        if words == ["reload", "ssh.service"]:
            self.reload_sshd()
        elif words == ["reload", "cis2-broker.service"]:
            self.stack.ctl("reload")  # ExecReload=
        elif "cis2-broker.service" in words or "cis2-front.service" in words:
            if self.stack.broker.running():
                self.stack.broker.stop()
            self.stack.start_broker(config=self.stack.path("broker.toml"))
        else:
            self.fail(f"what does systemctl {words} do?")

    def reload_sshd(self):
        pass

    def configure(self, **changes):
        """Another broker.toml, which the running broker has not read; section__key=value."""
        settings = {section: dict(keys) for section, keys in self.stack.settings.items()}
        for name, value in changes.items():
            section, key = name.split("__")
            settings[section][key] = value
        self.stack.write_config(settings=settings)

    def restore_config(self):
        shutil.rmtree(self.stack.path("broker.d"), ignore_errors=True)
        self.stack.write_config()


class Healthy(DoctorScenario):
    parts = None
    options = {"sshd": ("MaxStartups 60:30:200",)}

    def test_nothing_is_wrong_and_a_login_works(self):
        # The pages' and the provider's root, as a company's own is trusted.
        root = "/usr/local/share/ca-certificates/cis2-doctor.crt"
        shutil.copyfile(self.stack.pki.ca, root)
        run(["update-ca-certificates"])
        self.addCleanup(lambda: (os.unlink(root), run(["update-ca-certificates", "--fresh"])))
        self.stack.start()
        self.stack.write_pam_service("sshd", ["auth requisite {module}"])
        self.allowed(self.stack.ssh("op1"))
        arguments = ("--sshd-config", self.stack.path("sshd_config"))
        report = self.doctor(*arguments)
        self.assertEqual(report["ok"], True, report)
        found = {finding["id"] for finding in report["findings"]}
        self.assertLessEqual(found, {
            "config.advice",  # the simulator is a test provider
            "clock.not_synchronised",  # as the machine is that this runs on
            "codes.none", "pam.no_rescue", "pam.nullok", "sshd.no_include"}, report)
        text = self.stack.ctl("doctor", *arguments).stdout
        self.assertRegex(text, r"(?m)^ok +provider +TLSv1\.3 TLS_AES_\d+_GCM_SHA\d+, the issuer is the same, \d+ usable keys$")
        self.assertIn(f"redirect URI {self.stack.public_url}/callback\n", text)
        self.assertRegex(text, r"key id [\w-]{43} \(cis2ctl jwks")
        self.assertRegex(text, r"(?m)^no problem, ")

    def test_the_commands_of_the_document(self):
        self.stack.start("syslog", "sim", "broker")
        shutil.rmtree("/etc/cis2-broker", ignore_errors=True)
        os.makedirs("/etc/cis2-broker")
        shutil.copyfile(self.stack.path("broker.toml"), "/etc/cis2-broker/broker.toml")
        for line in documents.blocks("docs/doctor.md", "Use", "sh")[0].splitlines():
            with self.subTest(line):
                done = run(["bash", "-c", line], check=False)
                self.assertEqual(done.returncode, 1, done.stdout)  # Debian's sshd is not set up for it
                self.assertIn("sshd.kbd_interactive", done.stdout)

    def test_only_root_may_look(self):
        done = run(["setpriv", "--reuid", "op1", "--clear-groups", "/usr/bin/cis2ctl", "doctor"], check=False)
        self.assertEqual((done.returncode, "use sudo" in done.stdout), (2, True), done.stdout)

    def test_an_unreadable_configuration_is_all_that_is_told(self):
        self.stack.write_config("[provider]\nisuer = \"x\"\n")
        report = self.doctor()
        self.assertEqual([finding["id"] for finding in report["findings"]], ["config.problem"])
        self.assertIn("did you mean issuer?", report["findings"][0]["what"])
        self.assertIn("unknown", [check["state"] for check in report["checks"]])


class Configuration(DoctorScenario):
    parts = None

    def test_problems_users_and_advice(self):
        self.configure(host__user="nobody-here", provider__scopes=["profile"])
        found = {finding["id"] for finding in self.doctor()["findings"]}
        self.assertLessEqual({"config.problem", "config.user", "config.advice"}, found)
        self.restore_config()
        self.gone("config.problem")
        self.gone("config.user")


class Broker(DoctorScenario):
    def test_sockets(self):
        for wanted, path, mode in (("broker.socket", self.stack.pam_socket, 0o666),
                                   ("broker.socket", self.stack.control_socket, 0o660),
                                   ("broker.folder", "/run/cis2-broker", 0o777)):
            with self.subTest(path):
                os.chmod(path, mode)
                self.mends(wanted)

    def test_a_broker_that_is_down_or_behind(self):
        self.stack.broker.stop()
        self.broken("pages.port")
        self.mends("broker.down")
        self.gone("pages.port")
        self.stack.broker.stop()
        self.mends("pages.port")
        # Its start and the file's time are told apart by the second.
        started = self.stack.status()["started"][:19]
        eventually(lambda: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) > started, "the next second")
        os.utime(self.stack.path("broker.toml"))
        eventually(lambda: int(time.time()) > int(os.stat(self.stack.path("broker.toml")).st_mtime), "the next second")
        self.mends("broker.configuration_newer")

    def test_a_broker_of_another_version(self):
        """As after an upgrade: the old one runs, and the new one is in its place."""
        self.stack.broker.stop()
        version = run(["cis2ctl", "--version"]).stdout.split()[1].encode()
        program = machine.PROGRAMS["cis2-brokerd"]
        os.rename(program, program + ".new")
        self.addCleanup(lambda: os.path.exists(program + ".new") and os.rename(program + ".new", program))
        with open(program + ".new", "rb") as new, open(program, "wb") as old:
            old.write(new.read().replace(version + b"\0", b"9" + version[1:] + b"\0"))
        os.chmod(program, 0o755)
        self.stack.start_broker()
        os.rename(program + ".new", program)
        self.assertIn("in version 9.", self.broken("broker.version")["what"])
        self.mends("broker.version")

    def test_a_provider_that_came_after_the_broker(self):
        self.stack.broker.stop()
        self.stack.sim.program.stop()
        self.stack.sim = None
        self.stack.start_broker()
        self.stack.provider_is("away")
        self.broken("provider.unreachable")
        found = self.broken("broker.provider_away")
        self.stack.start_sim()
        self.gone("provider.unreachable")
        self.apply(found["mend"])
        self.gone("broker.provider_away")


class Front(DoctorScenario):
    parts = ("syslog", "sim")

    def test_a_front_that_is_gone(self):
        passed = PassedSockets(self.stack)
        self.stack.write_config()
        self.gone("broker.front_absent")
        passed.front.stop()
        eventually(lambda: self.stack.status()["front"] == "absent", "the front is gone")
        found = self.broken("broker.front_absent")
        self.assertEqual(found["mend"], {"command": "systemctl restart cis2-front.service"})
        passed.start_front()
        self.gone("broker.front_absent")


class Provider(DoctorScenario):
    def server(self, *arguments, cert=None):
        """openssl s_server where a provider could be, which does what this one is told; its issuer."""
        cert, key = cert or (self.stack.pki.sim_cert, self.stack.pki.sim_key)
        program = self.stack._program("sclient", ["openssl", "s_server", "-accept", "127.0.0.1:8450", "-cert", cert, "-key", key,
                                                  "-www", *arguments])
        program.says("ACCEPT")
        self.addCleanup(program.kill)
        return f"https://{PROVIDER_HOST}:8450/x"

    def test_what_a_line_mends(self):
        self.stack.pki.make_ca("stranger")
        shutil.rmtree("/etc/cis2-broker", ignore_errors=True)
        os.makedirs("/etc/cis2-broker")
        shutil.copyfile(self.stack.pki.ca, "/etc/cis2-broker/provider-ca.pem")
        for wanted, change in (("provider.certificate_chain", {"provider__ca_file": self.stack.pki.path("stranger.pem")}),
                               ("provider.issuer", {"provider__issuer": self.stack.issuer + "/"}),
                               ("provider.proxy", {"provider__proxy": "http://127.0.0.1:9"})):
            with self.subTest(wanted):
                self.configure(**change)
                self.mends(wanted)
                self.restore_config()

    def test_what_is_mended_elsewhere(self):
        expired = self.stack.pki.server_certificate("sim-expired", PROVIDER_HOST, days="-1")
        elsewhere = self.stack.issuer.replace(PROVIDER_HOST, "{}")
        rows = (("provider.name", lambda: {"provider__issuer": elsewhere.format("no-such-name.invalid")}),
                ("provider.certificate_name", lambda: {"provider__issuer": elsewhere.format("localhost")}),
                ("provider.document", lambda: {"provider__issuer": self.stack.issuer + "/nothing"}),
                ("provider.keys", lambda: {"provider__id_token_alg": "RS512"}),
                ("provider.unreachable", lambda: {"provider__issuer": f"https://{PROVIDER_HOST}:9/x"}),
                ("provider.tls", lambda: {"provider__issuer": self.server(
                    "-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305")}),
                ("provider.certificate_expired", lambda: {"provider__issuer": self.server(cert=expired)}))
        for wanted, change in rows:
            with self.subTest(wanted):
                self.configure(**change())
                self.assertIn("elsewhere", self.broken(wanted)["mend"])
                self.restore_config()
                self.gone(wanted)
                for program in self.stack.programs:
                    if program.name.startswith("sclient"):
                        program.kill()

    def test_endpoints_elsewhere(self):
        self.stack.sim.misbehave("discovery-token-endpoint-other-host", times=100)
        self.assertIn("endpoint_hosts", self.broken("provider.endpoint")["mend"]["elsewhere"])
        self.stack.sim.reset()
        self.gone("provider.endpoint")

    def test_a_clock_that_differs(self):
        class Late(http.server.BaseHTTPRequestHandler):
            def date_time_string(self, timestamp=None):
                return super().date_time_string(time.time() + 3600)

            def do_GET(self):
                self.send_error(404)

            def log_message(self, *arguments):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 8450), Late)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.stack.pki.sim_cert, self.stack.pki.sim_key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(lambda: (server.shutdown(), server.server_close()))
        self.configure(provider__issuer=f"https://{PROVIDER_HOST}:8450/x")
        found = self.broken("clock.skew")
        self.assertRegex(found["what"], r"3(599|600|601) s behind")
        # Which of its two sentences is for the machine around this one to say.
        self.assertRegex(found["mend"]["elsewhere"], "run an NTP client here|with a third one")
        self.restore_config()
        self.gone("clock.skew")


class ClientKey(DoctorScenario):
    def test_key_files(self):
        key = self.stack.settings["provider"]["client_key"]
        os.chmod(key, 0o644)
        self.mends("key.permissions")
        os.utime(key, (time.time() - 3 * 365 * 86400,) * 2)
        self.mends("key.old")
        os.utime(self.stack.path("client_key.next.pem"), (time.time() - 3 * 86400,) * 2)
        self.mends("key.rotation", times=2)
        self.assertFalse(os.path.exists(self.stack.path("client_key.previous.pem")))
        os.unlink(key)
        self.mends("key.missing")
        shutil.copyfile(self.stack.pki.ec_key("client-ec"), key)
        self.assertIn("elsewhere", self.broken("key.unusable")["mend"])

    def test_a_secret(self):
        secret = self.stack.path("client-secret")
        write(secret, "a secret of some length\n")
        os.chmod(secret, 0o644)
        self.configure(provider__client_auth="client_secret_basic", provider__client_key=None,
                       provider__client_secret_file=secret)
        text = read(self.stack.path("broker.toml"))
        write(self.stack.path("broker.toml"), "".join(line for line in text.splitlines(True) if "client_key" not in line))
        self.mends("key.permissions")


class EmergencyCodes(DoctorScenario):
    @property
    def file(self):
        return self.stack.settings["break_glass"]["file"]

    def make(self, *arguments, account="op1"):
        self.stack.ctl("break-glass", "make", "--account", account, *arguments)

    def change(self, **members):
        """Writes these into every code, in place: the file stays its owner's."""
        ledger = json.loads(read(self.file))
        for code in ledger["codes"]:
            code.update(members)
        write(self.file, json.dumps(ledger))

    def revoke(self):
        self.stack.ctl("break-glass", "revoke", "--all")

    def test_whether_somebody_has_a_good_one(self):
        self.mends("codes.none")
        self.change(used=int(time.time()))
        self.mends("codes.used_up")
        self.revoke()
        self.make("--valid", "10d")
        self.mends("codes.ends")
        self.revoke()
        self.make()
        self.change(made=int(time.time()) - 181 * 86400)
        self.mends("codes.old")
        self.assertEqual({code["state"] for code in json.loads(self.stack.ctl("break-glass", "list", "--json").stdout)["codes"]
                          if code["account"] == "op1"} - {"used", "revoked"}, {"ready"})

    def test_an_account_that_left(self):
        run(["useradd", "leaver"])
        self.make(account="leaver")
        self.gone("codes.no_account")
        run(["userdel", "leaver"])
        self.mends("codes.no_account")

    def test_the_file(self):
        self.make()
        os.chmod(self.file, 0o640)
        self.mends("codes.file")
        os.chown(os.path.dirname(self.file), 0, 0)
        self.mends("codes.folder")
        os.truncate(self.file, 20)
        self.mends("codes.unreadable")
        self.mends("codes.none")

    def test_where_none_are_taken_none_are_missed(self):
        self.configure(break_glass__file="")
        self.assertIn(("codes", "skipped"), [(check["check"], check["state"]) for check in self.doctor()["checks"]])


class Pages(DoctorScenario):
    def serve(self, name, host=PAGES_HOST, **options):
        """Puts another certificate in place."""
        cert, key = self.stack.pki.server_certificate(name, host, **options)
        shutil.copyfile(cert, self.stack.settings["web"]["certificate"])
        shutil.copyfile(key, self.stack.settings["web"]["certificate_key"])

    def test_the_certificate(self):
        good = [read(self.stack.settings["web"][key]) for key in ("certificate", "certificate_key")]
        self.serve("web-other", "other.example")
        self.broken("pages.certificate_name")
        self.serve("web-soon", days="10")
        self.broken("pages.certificate_ends")
        self.broken("pages.certificate_chain")  # the CA of a test is not the system's
        started = self.stack.status()["started"]
        self.mends("pages.old_certificate")
        self.assertEqual(self.stack.status()["started"], started, "it was reloaded: no login is lost")
        self.serve("web-old", days="-1")
        self.broken("pages.file")
        for key, text in zip(("certificate", "certificate_key"), good):
            write(self.stack.settings["web"][key], text)
        for wanted in ("pages.certificate_name", "pages.certificate_ends", "pages.file"):
            self.gone(wanted)
        os.chmod(self.stack.settings["web"]["certificate_key"], 0o640)
        self.mends("pages.key_permissions")

    def test_the_name(self):
        self.addCleanup(machine.name_hosts)
        machine.name_hosts(PROVIDER_HOST)
        self.broken("pages.name")
        with open("/etc/hosts", "a") as hosts:
            hosts.write(f"192.0.2.7 {PAGES_HOST}\n")
        self.mends("pages.elsewhere")
        machine.name_hosts()
        self.gone("pages.name")


class Sshd(DoctorScenario):
    """The host's own files, and a private sshd that reads them."""

    def setUp(self):
        super().setUp()
        for name in (SSHD_CONFIG, *(f"{DROP_INS}/{each}" for each in os.listdir(DROP_INS))):
            self._restore_later(name)
        for name in os.listdir(DROP_INS):
            os.unlink(f"{DROP_INS}/{name}")
        self.addCleanup(lambda: [os.unlink(f"{DROP_INS}/{name}") for name in os.listdir(DROP_INS)])
        self.pid_file = self.stack.path("sshd.pid")
        self.main = (f"Include {DROP_INS}/*.conf\nListenAddress 127.0.0.1:{self.stack.ports['sshd']}\n"
                     f"PidFile {self.pid_file}\n")
        self.good()
        self.sshd = self.stack._program("sshd", ["/usr/sbin/sshd", "-D", "-e"])
        self.sshd.says("Server listening on")
        eventually(lambda: os.path.exists(self.pid_file), "sshd has written its process id")

    def good(self, **changes):
        """README's drop-in with changes; None leaves a keyword out."""
        for name in os.listdir(DROP_INS):
            os.unlink(f"{DROP_INS}/{name}")
        write(SSHD_CONFIG, self.main)
        values = {**GOOD_SSHD, **changes}
        write(OURS, "".join(f"{key} {value}\n" for key, value in values.items() if value is not None))

    def reload_sshd(self):
        eventually(lambda: time.time() > os.stat(OURS).st_mtime + 1 if os.path.exists(OURS) else True, "the next second")
        before = os.stat(self.pid_file).st_mtime_ns
        self.sshd.signal(signal.SIGHUP)
        eventually(lambda: os.path.exists(self.pid_file) and os.stat(self.pid_file).st_mtime_ns != before,
                   "sshd has read its files again")

    def test_settings(self):
        penalties = ("sshd.penalties", {"PerSourcePenalties": "authfail:5"})  # from OpenSSH 9.8 on, so not on Debian 12
        known = run(["/usr/sbin/sshd", "-T", "-o", "PerSourcePenalties=no"], check=False).returncode == 0
        for wanted, change in (*([penalties] if known else []), ("sshd.use_pam", {"UsePAM": "no"}),
                               ("sshd.kbd_interactive", {"KbdInteractiveAuthentication": None,
                                                         "ChallengeResponseAuthentication": "no"}),
                               ("sshd.password", {"PasswordAuthentication": None}),
                               ("sshd.authentication_methods", {"AuthenticationMethods": "publickey"}),
                               ("sshd.login_grace", {"LoginGraceTime": "1m"}),
                               ("sshd.login_grace", {"LoginGraceTime": "300"}),
                               ("sshd.max_startups", {"MaxStartups": None}),
                               ("sshd.max_startups_total", {"MaxStartups": "60:30:1000"}),
                               ("sshd.max_auth_tries", {"MaxAuthTries": "1"})):
            with self.subTest(wanted, **change):
                self.good(**change)
                self.mends(wanted)
                self.restore_config()

    def test_order(self):
        self.good()
        write(SSHD_CONFIG, self.main.replace("Include", "#Include"))
        self.mends("sshd.no_include")
        self.good()
        os.rename(OURS, f"{DROP_INS}/99-cis2.conf")
        write(f"{DROP_INS}/50-cloud-init.conf", "PasswordAuthentication yes\n")
        self.broken("sshd.password")
        self.mends("sshd.overridden")
        self.gone("sshd.password")
        self.good()
        include, _, rest = self.main.partition("\n")
        write(SSHD_CONFIG, f"UsePAM no\n{rest}{include}\n")
        self.broken("sshd.use_pam")
        self.mends("sshd.overridden")
        self.gone("sshd.use_pam")

    def test_match_blocks(self):
        self.good()
        write(SSHD_CONFIG, self.main + "Match User op1 Address 127.0.0.5\n  KbdInteractiveAuthentication no\n")
        self.gone("sshd.kbd_interactive")
        self.gone("sshd.kbd_interactive", "--account", "op1")
        self.mends("sshd.kbd_interactive", "--account", "op1", "--address", "127.0.0.5")

    def test_grants_that_need_a_key(self):
        self.good()
        self.stack.grants = [grant("op1", operators=[ONE_ROLE], require_key=True)]
        self.stack.write_config()
        self.mends("sshd.key_first")
        self.stack.grants = default_grants()

    def test_files_that_are_not_read_yet(self):
        self.good()
        self.reload_sshd()
        self.gone("sshd.reload")
        eventually(lambda: time.time() > os.stat(self.pid_file).st_mtime + 1, "the next second")
        os.utime(OURS)
        self.mends("sshd.reload")
        write(OURS, "UsePAM perhaps\n")
        self.broken("sshd.broken")
        self.good()
        self.gone("sshd.broken")


class Pam(DoctorScenario):
    def test_lines(self):
        fallback = "auth [{}authinfo_unavail=ignore default=die] pam_cis2.so\n@include common-auth\n"
        rows = (("pam.sufficient", "auth sufficient pam_cis2.so\n@include common-auth\n", ACCOUNT),
                ("pam.control", "auth optional pam_cis2.so\n@include common-auth\n", ACCOUNT),
                ("pam.control", "auth [success=done default=ignore] pam_cis2.so\n@include common-auth\n", ACCOUNT),
                ("pam.required", "auth required pam_cis2.so\n", ACCOUNT),
                ("pam.lockout", "auth required pam_faillock.so preauth\n" + RESCUE, ACCOUNT),
                ("pam.way_around", "auth sufficient pam_unix.so\nauth requisite pam_cis2.so\n", ACCOUNT),
                ("pam.second_password", fallback.format("success=ok "), ACCOUNT),
                ("pam.second_password", "auth requisite pam_cis2.so\n@include common-auth\n", ACCOUNT),
                ("pam.nullok", "auth [success=done default=die] pam_cis2.so\nauth required pam_unix.so nullok\n", ACCOUNT),
                ("pam.account_missing", RESCUE, "@include common-account\n"),
                ("pam.account_control", RESCUE, "account sufficient pam_cis2.so\n@include common-account\n"),
                ("pam.argument", RESCUE.replace("cis2.so", "cis2.so tiemout=9"), ACCOUNT),
                ("pam.socket", RESCUE.replace("cis2.so", "cis2.so socket=/run/elsewhere.sock"), ACCOUNT),
                ("pam.broken", RESCUE, "@include not-there\n" + ACCOUNT))
        for wanted, auth, account in rows:
            with self.subTest(wanted, auth=auth):
                self.write_pam("sshd", auth, account)
                self.mends(wanted)
        self.write_pam("sshd")
        self.assertEqual([found for found in self.doctor()["findings"] if found["id"].startswith("pam.")], [])

    def test_a_service_without_the_module(self):
        write("/etc/pam.d/login", "auth required pam_env.so\n@include common-auth\n@include common-account\n")
        self.gone("pam.service_unused")
        self.mends("pam.service_unused", "--service", "login")

    def test_stacks_of_all(self):
        write("/etc/pam.d/common-auth", "auth requisite pam_cis2.so\n" + COMMON_AUTH)
        self.mends("pam.common_stack")
        module = os.path.join(machine.module_folder(), "pam_cis2.so")
        os.rename(module, module + ".away")
        found = self.broken("pam.module_missing")
        self.assertEqual(found["mend"], {"command": "apt-get install --reinstall libpam-cis2"})
        os.rename(module + ".away", module)  # which is what that does
        self.gone("pam.module_missing")

    def test_the_console_and_sudo(self):
        write("/etc/pam.d/login", RESCUE + ACCOUNT)
        self._restore_later("/etc/login.defs")
        write("/etc/login.defs", re.sub(r"(?m)^LOGIN_TIMEOUT.*$", "LOGIN_TIMEOUT 30", read("/etc/login.defs")))
        self.mends("login.timeout")
        write("/etc/pam.d/sudo", RESCUE + ACCOUNT)
        self._restore_later("/etc/sudoers.d/cis2")
        self.mends("sudo.timestamp")
        write("/etc/sudoers.d/cis2", "Defaults passwd_timeout=2\n")
        self.mends("sudo.passwd_timeout")

    def test_a_way_back_for_a_few(self):
        run(["groupdel", "cis2-rescue"], check=False)  # of another test
        self.addCleanup(run, ["groupdel", "cis2-rescue"], check=False)
        self.addCleanup(run, ["usermod", "--password", "!", "op3"])
        for service in ("sshd", "login"):
            self.write_pam(service, "auth requisite pam_cis2.so\n", ACCOUNT.replace("cis2.so", "cis2.so others=refuse"))
        self.mends("rescue.none")
        self.gone("pam.no_rescue", "--service", "login")
        self.mends("pam.no_rescue")
        self.assertIn("has no member", self.broken("rescue.group")["what"])
        self.assertIn("usermod -a -G cis2-rescue NAME", self.broken("rescue.group")["mend"]["elsewhere"])
        run(["usermod", "-a", "-G", "cis2-rescue", "op3"])
        found = self.broken("rescue.group")
        self.assertEqual(found["mend"], {"command": "passwd op3"})
        terminal = self.stack.terminal(found["mend"]["command"].split())
        for _ in range(2):
            terminal.sees("(?i)password: $")
            terminal.types("a local password")
        self.assertEqual(terminal.ends(), 0)
        self.gone("rescue.group")
        self.assertIn("sshd for op3: a password is asked for", self.stack.ctl("doctor", check=False).stdout)
        before = self.stack.status()
        for service in ("sshd", "login"):
            kept = read(f"/etc/pam.d/{service}")
            for line in ("auth requisite pam_deny.so\n", "auth sufficient pam_permit.so\n"):
                write(f"/etc/pam.d/{service}", line + kept)
                self.assertIn(f", {service} ", self.broken("rescue.drill")["what"])
            write(f"/etc/pam.d/{service}", kept)
            self.gone("rescue.drill")
        self.assertEqual(self.stack.status()["pending"], before["pending"])
        self.stack.broker.stop()
        self.gone("rescue.drill")
        for service in ("sshd", "login"):
            terminal = self.stack.pamtester(service, "op3", "authenticate")
            terminal.sees("(?i)password: $")
            terminal.types("a local password")
            self.assertEqual(terminal.ends(), 0, terminal.text)


class NotUsedYet(DoctorScenario, Enabling):
    """With Debian's own PAM files."""

    def test_nobody_is_asked_yet(self):
        words = self.broken("pam.not_used")["mend"]["command"].split()
        self.assertEqual(words[0], "cis2ctl")
        shown = self.stack.ctl(*words[1:]).stdout  # as root, without sudo
        line = re.search(r"^Nothing was changed\. To do it, with a test login first: sudo (.*)$", shown, re.M)[1]
        self.assertIn(" --account NAME ", line)
        words = line.replace("NAME", "op1").split()
        terminal = self.stack.terminal(words, env=clean_environment(TERM="xterm"))
        browser = self.signed_in(terminal)
        terminal.types(browser.page.code)
        terminal.sees(r"Does it work\? \(yes or no\) $")
        terminal.types("yes")
        self.assertEqual(terminal.ends(), 0)
        self.gone("pam.not_used")
