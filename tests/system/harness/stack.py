"""Everything that one login needs, running: cis2-sim, cis2-brokerd with its front, a private sshd.

    stack = Stack(folder, pki, host={"login_lifetime": "10s"}, grants=[grant("op1", operators=["656005750105"])])
    stack.start()
    terminal = stack.ssh("op1")

Keywords of the constructor are sections of broker.toml (`provider`, `web`, `host`, `limits`, `audit`, `metrics`), merged into the
settings below; a value of None leaves a key out. `grants` replaces the grants; `sshd` adds lines to sshd_config;
`sim` adds arguments of cis2-sim; `module` adds arguments of the PAM module; `foreign` is another provider in place of
cis2-sim (foreign.py). A port "sim" in `ports` has cis2-sim listen there, so that something else can stand at the
provider's.
"""

import functools
import json
import os
import pwd
import re
import shutil
import signal
import socket

from . import machine, sim as simulator, wire
from .audit import Audit
from .browser import HttpBrowser
from .canary import Canary, process_texts
from .pki import private_parts
from .process import Program, clean_environment, eventually, run
from .syslog import Syslog
from .terminal import Terminal

CLIENT_ID = "000000000001.pam-cis2.apps"
JOURNAL = "/run/systemd/journal/socket"
PORTS = {"pages": 8443, "provider": 8444, "control": 8445, "sshd": 2222}
ONE_ROLE, SECOND = simulator.OPERATORS["one-role"], simulator.OPERATORS["second"]


def grant(account, name=None, services=("sshd",), **keys):
    """A grant for one account; give at least operators, roles, orgs, activities or a map."""
    return {"name": name or f"grant for {account}", "services": list(services), "accounts": [account], **keys}


def default_grants():
    # Levels too low are to be named as the reason, so the weak test operators are granted by name as well.
    weak = [simulator.OPERATORS[name] for name in ("aal1", "aal2", "ial1", "ial2")]
    return [grant("op1", operators=[ONE_ROLE, *weak]), grant("op2", operators=[SECOND])]


class Stack:
    def __init__(self, folder, pki, provider=None, web=None, host=None, limits=None, audit=None, metrics=None,
                 grants=None, sshd=(), sim=(), module=(), ports=None, client_auth="private_key_jwt", broker_env=None,
                 foreign=None):
        self.folder = folder
        self.pki = pki
        self.ports = {**PORTS, **(ports or {})}
        self.logs = os.path.join(folder, "logs")
        self.canary = Canary()
        self.programs = []
        self.sim = self.broker = self.sshd = self.syslog = None
        self.foreign = foreign
        self._terminals, self._browsers = [], []
        self._sshd_lines, self._sim_arguments, self._module_arguments = list(sshd), list(sim), list(module)
        self._broker_env = broker_env or {}
        self._client_auth = client_auth
        os.makedirs(self.logs, mode=0o755)
        self._make_folders()
        self.settings = self._settings(provider, web, host, limits, audit, metrics)
        self.grants = default_grants() if grants is None else grants
        self.audit = Audit(self.settings["audit"]["file"])

    # --- places

    def path(self, name):
        return os.path.join(self.folder, name)

    @property
    def public_url(self):
        return f"https://{self.pki.pages_host}:{self.ports['pages']}"

    @property
    def issuer(self):
        path = self.foreign.issuer_path if self.foreign else simulator.ISSUER_PATH
        return f"https://{self.pki.provider_host}:{self.ports['provider']}{path}"

    @property
    def pam_socket(self):
        return self.settings["host"]["socket"]

    @property
    def control_socket(self):
        return self.settings["host"]["control_socket"]

    def _make_folders(self):
        broker = pwd.getpwnam("_cis2-broker")
        state = self.path("state")
        os.mkdir(state, 0o750)
        os.chown(state, broker.pw_uid, broker.pw_gid)
        # A broker that dropped its rights cannot remove its sockets; each test starts without any.
        shutil.rmtree("/run/cis2-broker", ignore_errors=True)
        os.mkdir("/run/cis2-broker", 0o755)

    # --- configuration

    def _settings(self, provider, web, host, limits, audit, metrics):
        pages, state = self.ports["pages"], self.path("state")
        settings = {
            "provider": {
                "issuer": self.issuer,
                "allow_test_provider": True,
                "client_id": CLIENT_ID,
                "client_auth": self._client_auth,
                "scopes": ["openid", "nationalrbacaccess"],
                "ca_file": self.pki.ca,
            },
            "web": {
                "public_url": self.public_url,
                "listen": [f"127.0.0.1:{pages}", f"[::1]:{pages}"],
                "certificate": self.pki.web_cert,
                "certificate_key": self.pki.web_key,
            },
            "host": {"name": "server-a", "socket": "/run/cis2-broker/pam.sock",
                     "control_socket": "/run/cis2-broker/control.sock"},
            "limits": {},
            "audit": {"file": os.path.join(state, "audit.jsonl")},
            "metrics": {},
        }
        if self._client_auth == "private_key_jwt":
            settings["provider"]["client_key"] = self.pki.client_key
        else:
            settings["provider"]["client_secret_file"] = self._client_secret()
        for section, given in (("provider", provider), ("web", web), ("host", host), ("limits", limits), ("audit", audit),
                               ("metrics", metrics)):
            settings[section].update(given or {})
            settings[section] = {key: value for key, value in settings[section].items() if value is not None}
        return settings

    def _client_secret(self):
        path = self.path("client-secret")
        secret = os.urandom(24).hex()
        with open(path, "w") as out:
            out.write(secret + "\n")
        os.chmod(path, 0o600)
        self.canary.add("client secret", secret)
        return path

    def write_config(self, text=None, settings=None, name="broker.toml"):
        """broker.toml from the settings (or this text); its path."""
        path = self.path(name)
        with open(path, "w") as out:
            out.write(text if text is not None else to_toml(settings or self.settings, self.grants))
        return path

    # --- start

    def start(self, *parts):
        """Starts these parts, by default all: "syslog", "sim" or "foreign", "broker", "sshd"."""
        for part in parts or ("syslog", "foreign" if self.foreign else "sim", "broker", "sshd"):
            getattr(self, "start_" + part)()
        return self

    def start_syslog(self):
        self.syslog = Syslog(self.logs)

    def start_sim(self):
        port, control = self.ports.get("sim", self.ports["provider"]), self.ports["control"]
        argv = ["/usr/bin/cis2-sim", "--listen", f"127.0.0.1:{port}", "--listen", f"[::1]:{port}", "--issuer", self.issuer,
                "--certificate", self.pki.sim_cert, "--certificate-key", self.pki.sim_key, "--client-id", CLIENT_ID,
                "--redirect-uri", self.public_url + "/callback", "--control", f"127.0.0.1:{control}",
                "--log", self.path("sim-requests.log")]
        if self._client_auth == "private_key_jwt":
            argv += ["--client-jwks", self.pki.client_jwks]
        else:
            argv += ["--client-secret-file", self.path("client-secret")]
        program = self._program("sim", argv + self._sim_arguments)
        program.says(r"cis2-sim: ready on https://")
        self.sim = simulator.Sim(program, ("127.0.0.1", control))

    def start_foreign(self):
        self.foreign.start(self)

    def start_broker(self, ready=True, config=None):
        """Starts the broker; with `ready` waits until it serves and has seen the provider."""
        argv = ["/usr/sbin/cis2-brokerd", "--config", config or self.write_config(), "--debug"]
        # The environment's proxies are nobody's business here: nothing listens there, so using them would show.
        environment = clean_environment(https_proxy="http://127.0.0.1:9", HTTPS_PROXY="http://127.0.0.1:9",
                                        ALL_PROXY="http://127.0.0.1:9", **self._broker_env)
        self.broker = self._program("broker", argv, env=environment)
        if ready:
            if not os.path.exists(JOURNAL):  # with a journal the log is there alone
                self.broker.says(r"cis2-brokerd: ready")
            eventually(lambda: os.path.exists(self.control_socket), "the broker serves", 10)
            eventually(lambda: self.status()["front"] == "connected", "the front is connected")
            if self.sim or self.foreign:
                self.provider_is("present")
        return self.broker

    def provider_is(self, state, timeout=10):
        eventually(lambda: self.status()["provider"]["state"] == state, f"the provider is {state}", timeout)

    def start_sshd(self):
        config = self.path("sshd_config")
        keys = self.path("ssh_host_ed25519_key")
        if not os.path.exists(keys):
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "server-a", "-f", keys])
        port = self.ports["sshd"]
        lines = [f"ListenAddress 127.0.0.1:{port}", f"ListenAddress [::1]:{port}", f"HostKey {keys}", "UsePAM yes",
                 "KbdInteractiveAuthentication yes", "PasswordAuthentication no", "PidFile none", "PrintMotd no",
                 "LogLevel DEBUG3", "Subsystem sftp internal-sftp"]
        # A Match block goes on to the end of the file.
        split = next((number for number, line in enumerate(self._sshd_lines) if line.startswith("Match ")), None)
        plain, blocks = self._sshd_lines[:split], [] if split is None else self._sshd_lines[split:]
        given = {line.split()[0].lower() for line in plain}
        # sshd takes the first value of a keyword.
        lines = plain + [line for line in lines if line.split()[0].lower() not in given]
        if "logingracetime" not in given:
            lines.append("LoginGraceTime 120")
        if "maxstartups" not in given:
            lines.append("MaxStartups 200:30:300")
        if "persourcepenalties" not in given and _sshd_has_penalties():
            lines.append("PerSourcePenalties no")  # a test refuses more often than such an sshd puts up with
        lines += blocks
        with open(config, "w") as out:
            out.write("\n".join(lines) + "\n")
        self.write_pam_service("sshd")
        with open(keys + ".pub") as public:
            key = " ".join(public.read().split()[:2])
        with open(self.path("known_hosts"), "w") as out:
            out.write("".join(f"[{host}]:{port} {key}\n" for host in ("127.0.0.1", "::1", "localhost", "server-a")))
        self.sshd = self._program("sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", config])
        self.sshd.says(r"Server listening on 127\.0\.0\.1")
        self.sshd.says(r"Server listening on ::1")

    def write_pam_service(self, service, auth=None, arguments=(), account=True):
        """/etc/pam.d/SERVICE: the module as it is shipped, or with these `auth` lines in its place.
        `{module}` in them stands for the module and its arguments."""
        words = ["pam_cis2.so", f"socket={self.pam_socket}", "debug", *self._module_arguments, *arguments]
        module = " ".join(words)
        lines = [line.format(module=module) for line in auth or ["auth requisite {module}"]]
        if account:
            lines.append("account required " + module)
        # pam_loginuid and pam_selinux of Debian's file would be the container's business, not ours.
        lines += ["account required pam_nologin.so", "@include common-account",
                  "session required " + module, "session required pam_limits.so", "@include common-session"]
        with open(f"/etc/pam.d/{service}", "w") as out:
            out.write("\n".join(lines) + "\n")

    def _program(self, name, argv, **options):
        # A second start of the same program gets a log of its own.
        taken = sum(1 for program in self.programs if program.name.split("-")[0] == name)
        program = Program(name if not taken else f"{name}-{taken + 1}", argv, self.logs, **options)
        self.programs.append(program)
        return program

    # --- people

    def ssh_argv(self, account, *arguments, program="ssh", host="127.0.0.1", address=None):
        options = [program, "-F", "/dev/null", "-o", f"UserKnownHostsFile={self.path('known_hosts')}",
                   "-o", "GlobalKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=yes", "-o", "IdentityAgent=none",
                   "-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=20",
                   "-P" if program in ("scp", "sftp") else "-p", str(self.ports["sshd"])]
        if address:
            options += ["-o", f"BindAddress={address}"]
        return options + list(arguments) + ([] if program in ("scp", "sftp") else [f"{account}@{host}"])

    def ssh(self, account="op1", *arguments, command=(), host="127.0.0.1", address=None, **options):
        """The real ssh client on a terminal."""
        argv = self.ssh_argv(account, *arguments, host=host, address=address) + list(command)
        return self.terminal(argv, **options)

    def terminal(self, argv, **options):
        terminal = Terminal(argv, **options)
        self._terminals.append(terminal)
        return terminal

    def browser(self, address="127.0.0.1", **options):
        browser = HttpBrowser(self.pki.ca, address, **options)
        self._browsers.append(browser)
        return browser

    def add_browser(self, browser):
        """Any other browser with `secrets` and `close()`."""
        self._browsers.append(browser)
        return browser

    def pamtester(self, service, account, *operations, items=(), **options):
        """pamtester on a terminal of its own."""
        argv = ["pamtester"]
        for name, value in dict(items).items():
            argv += ["-I", f"{name}={value}"]
        return self.terminal(argv + [service, account, *operations], **options)

    # --- the broker's own interfaces

    def status(self):
        return self._control("status")

    def logins(self):
        return self._control("logins")["logins"]

    def _control(self, command):
        reply = wire.control(self.control_socket, {"command": command})
        if not reply.get("ok"):
            raise AssertionError(f"control socket: {command}: {reply}")
        return reply["result"]

    def ctl(self, *arguments, check=True, config=None, **environment):
        return run(["/usr/bin/cis2ctl", *arguments, "--config", config or self.path("broker.toml")], check=check,
                   env=clean_environment(**environment))

    def pam_link(self):
        return wire.Link(self.pam_socket)

    # --- end

    def collect_secrets(self):
        for key in {self.pki.client_key, self.settings["provider"].get("client_key", self.pki.client_key)}:
            if os.path.isfile(key):  # a token gives no key away, and some tests have none
                self.canary.add_all(("client key", part) for part in private_parts(key))
        for browser in self._browsers:
            self.canary.add_all(browser.secrets)
        for terminal in self._terminals:
            code = getattr(terminal, "user_code", None)
            if code:
                self.canary.add_all([("user code", code), ("user code", code.replace("-", ""))])
        if self.sim and self.sim.program.running():
            self.canary.add_all(self.sim.secrets())
        if self.foreign:
            self.canary.add_all(self.foreign.secrets())

    def search_secrets(self, more_texts=()):
        """Where secrets were found that must not be there."""
        files = [os.path.join(self.logs, name) for name in os.listdir(self.logs) if not name.startswith("sim")]
        if os.path.exists(self.audit.path):
            files.append(self.audit.path)
        return self.canary.search(files, [*process_texts(), *more_texts])

    def sanitizer_reports(self):
        marks = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:", "terminate called")
        return [f"{program.name}: {line}" for program in self.programs for line in program.lines
                if any(mark in line for mark in marks)]

    def close_terminals(self):
        for terminal in self._terminals:
            terminal.close()

    def stop(self):
        """Ends everything; what went wrong at it, as sentences."""
        wrong = []
        self.close_terminals()
        for browser in self._browsers:
            close = getattr(browser, "close", None)
            if close:
                close()
        for program in reversed(self.programs):
            was_running = program.running()
            try:
                status = program.stop()
                if was_running and status != 0 and program.name.startswith(("broker", "sim")):
                    wrong.append(f"{program.name} ended with {status} on SIGTERM")
            except AssertionError as problem:
                wrong.append(str(problem))
        if self.syslog:
            self.syslog.stop()
        left = machine.processes("cis2-brokerd", "cis2-front", "cis2-sim")
        if left:
            wrong.append(f"processes of ours are left: {left}")
        for pid in left + machine.processes("sshd", "sshd-session", "sshd-auth", "ssh"):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return wrong


@functools.cache
def _sshd_has_penalties():
    """From OpenSSH 9.8 on an address whose logins fail is refused for a while."""
    major, minor = re.search(r"OpenSSH_([0-9]+)\.([0-9]+)", run(["ssh", "-V"]).stdout).groups()
    return (int(major), int(minor)) >= (9, 8)


def to_toml(settings, grants):
    lines = []
    for section, keys in settings.items():
        plain = {key: value for key, value in keys.items() if not isinstance(value, dict)}
        lines.append(f"[{section}]")
        lines += [f"{key} = {_toml(value)}" for key, value in plain.items()]
        lines += [f"{key} = {_toml(value)}" for key, value in keys.items() if isinstance(value, dict)]
        lines.append("")
    for each in grants:
        lines.append("[[grant]]")
        lines += [f"{key} = {_toml(value)}" for key, value in each.items()]
        lines.append("")
    return "\n".join(lines)


def _toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value)


def free_ports(count):
    """Ports that are free on loopback now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
