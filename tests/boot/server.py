"""The server of the story in test_server.py: Debian with real systemd, journald and sshd, and what README.md says typed into it.

The provider is cis2-sim under CIS2's own name and port, so that the configuration is README.md's byte for byte; the network
of this container has nothing but lo. Only the CA of that provider is told apart, in broker.d.
"""

import glob
import hashlib
import json
import os
import re
import shutil
import ssl

from harness import sim as simulator
from harness.audit import Audit
from harness.browser import HttpBrowser
from harness.canary import Canary, process_texts
from harness.machine import ROOT
from harness.pki import Pki, private_parts
from harness.process import clean_environment, eventually, run
from harness.terminal import Terminal
from people import Console, Reader

PACKAGES = RESULTS = None  # run.py sets them
WORK = "/root/install"
PAGES_HOST, PROVIDER_HOST = "server.example.nhs.uk", "am.nhsidentity.spineservices.nhs.uk"
ISSUER = f"https://{PROVIDER_HOST}:443{simulator.ISSUER_PATH}"
CONTROL = ("127.0.0.1", 8445)
CLIENT_ID = "0000000000.example.apps"  # as README.md has it
ACCOUNT, OPERATOR = "asmith", "many-roles"
RESCUE, PASSWORD = "rescue1", "local password"  # who keeps the old way in
CONFIG, DROP_INS = "/etc/cis2-broker/broker.toml", "/etc/cis2-broker/broker.d"
UNITS = ("cis2-broker.service", "cis2-front.service")
SOCKETS = ("cis2-broker-pam.socket", "cis2-broker-control.socket", "cis2-broker-front.socket", "cis2-front.socket")


def must_be_booted():
    """Refuses to go on elsewhere: this installs packages and edits PAM."""
    done = run(["systemd-detect-virt", "--container"], check=False)
    if done.stdout.strip() != "systemd-nspawn" or not os.path.isdir("/run/systemd/system"):
        raise SystemExit("run this by tests/boot.sh")


def sh(commands, folder=WORK, timeout=120, check=True):
    # Nobody is there to answer apt-get.
    return run(["bash", "-eux", "-O", "expand_aliases", "-c", "alias apt-get='apt-get -y'\n" + commands], timeout=timeout,
               cwd=folder, check=check,
               env=clean_environment(DEBIAN_FRONTEND="noninteractive"))


def systemctl(*arguments, check=True):
    return run(["systemctl", "--no-pager", *arguments], timeout=90, check=check)


def shown(unit, name):
    """One property of a unit."""
    return run(["systemctl", "show", "--value", f"--property={name}", unit]).stdout.strip()


def active(unit):
    return shown(unit, "ActiveState") == "active"


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    with open(path, "w") as out:
        out.write(text)
    os.chmod(path, mode)


def digest(folder, leave_out=()):
    """{path: what is there} of every file below a folder."""
    found = {}
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            if path in leave_out:
                continue
            if os.path.islink(path):
                found[path] = os.readlink(path)
            elif os.path.isfile(path):
                with open(path, "rb") as data:
                    found[path] = hashlib.sha256(data.read()).hexdigest()
    return found


def listening():
    """The TCP ports that something listens on."""
    lines = run(["ss", "-Hltn"]).stdout.splitlines()
    return sorted({line.split()[3] for line in lines})


def enabled_units():
    lines = run(["systemctl", "list-unit-files", "--no-legend", "--state=enabled"]).stdout.splitlines()
    return sorted(line.split()[0] for line in lines)


def is_ready():
    """Whether the broker has front and provider."""
    asked = run(["cis2ctl", "status", "--json"], check=False)
    status = json.loads(asked.stdout) if asked.returncode == 0 else {}
    return status.get("front") == "connected" and status["provider"]["state"] == "present"


def sshd_listens_again():
    """Waits for the end of the newest reload of sshd."""
    eventually(lambda: " listening on ::" in journal("-u", "ssh").rsplit("Received SIGHUP", 1)[-1], "sshd listens again", 10)


def exposure(unit):
    """What `systemd-analyze security` finds, of 10."""
    found = run(["systemd-analyze", "security", "--no-pager", unit], check=False).stdout
    return float(re.search(r"Overall exposure level for .*: ([0-9.]+)", found)[1])


def ssh_argv(account):
    return ["ssh", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "IdentitiesOnly=yes", f"{account}@127.0.0.1"]


def add_account(name, password=None):
    if run(["id", name], check=False).returncode:
        run(["useradd", "--create-home", "--shell", "/bin/bash", name])
    if password:
        run(["chpasswd"], stdin=None, input=f"{name}:{password}\n")


def put_packages(target, source=None):
    """Copies the packages that are tested, or those of another folder."""
    for path in glob.glob(os.path.join(source or PACKAGES, "*.deb")):
        shutil.copy(path, target)


def next_release():
    """The folder with the packages of tests/boot/next-release.patch."""
    return os.path.join(PACKAGES, "next")


def versions():
    """Those of broker and module that are installed."""
    return tuple(run(["dpkg-query", "-W", "-f", "${Version}", name]).stdout for name in ("cis2-broker", "libpam-cis2"))


def how_one_logs_in():
    """Everything that decides about logins; the include file that nothing includes is left out."""
    return {"pam": digest("/etc/pam.d", ["/etc/pam.d/cis2-auth"]), "sshd": run(["sshd", "-T"]).stdout, "listening": listening(),
            "enabled": enabled_units(), "running": systemctl("list-units", "--no-legend", "--plain", "--state=running",
                                                            "--type=service,socket").stdout.count("cis2")}


class Server:
    """One for the whole story."""

    def __init__(self):
        os.makedirs(WORK, mode=0o755, exist_ok=True)
        self.pki = Pki(os.path.join(WORK, "pki"), PAGES_HOST, PROVIDER_HOST)
        self.canary = Canary()
        self.audit = Audit("/var/lib/cis2-broker/audit.jsonl")
        self.sim = None
        self.terminals, self.browsers = [], []
        with open("/etc/hosts", "w") as hosts:
            hosts.write("127.0.0.1 localhost\n127.0.0.1 server-a\n::1 localhost ip6-localhost\n" +
                        "".join(f"{address} {host}\n" for host in (PAGES_HOST, PROVIDER_HOST)
                                for address in ("127.0.0.1", "::1")))
        add_account(ACCOUNT)
        add_account(RESCUE, PASSWORD)

    # --- packages

    def repack(self, version):
        """The same packages under another version, in a folder of their own: an upgrade in which nothing else changes."""
        folder = os.path.join(WORK, "repacked")
        os.makedirs(folder, exist_ok=True)
        for path in glob.glob(os.path.join(PACKAGES, "*.deb")):
            tree = os.path.join(WORK, "unpacked")
            shutil.rmtree(tree, ignore_errors=True)
            run(["dpkg-deb", "--raw-extract", path, tree])
            control = os.path.join(tree, "DEBIAN/control")
            with open(control) as text:
                changed = re.sub(r"(?m)^Version: .*$", f"Version: {version}", text.read())
            with open(control, "w") as out:
                out.write(changed)
            run(["dpkg-deb", "--build", "-Znone", tree, folder], timeout=60)
        return folder

    # --- the provider

    def start_provider(self):
        jwks = os.path.join(WORK, "client-jwks.json")
        run(["systemd-run", "--unit=cis2-sim", "--", "/usr/bin/cis2-sim", "--listen", "127.0.0.1:443", "--listen", "[::1]:443",
             "--issuer", ISSUER, "--certificate", self.pki.sim_cert, "--certificate-key", self.pki.sim_key,
             "--client-id", CLIENT_ID, "--redirect-uri", f"https://{PAGES_HOST}:8443/callback",
             "--control", ":".join(map(str, CONTROL)), "--client-jwks", jwks])
        self.sim = simulator.Sim(None, CONTROL)
        eventually(lambda: "127.0.0.1:443" in listening(), "the provider listens", 10)

    def publish(self):
        """What `cis2ctl jwks` prints goes to the provider; it reads the file again for each request."""
        text = sh("cis2ctl jwks 2>/dev/null").stdout
        with open(os.path.join(WORK, "client-jwks.json"), "w") as out:
            json.dump(json.loads(text[text.index('{"keys"'):]), out)

    def start_tpm(self):
        """/dev/tpmrm0, with a fresh TPM behind it."""
        os.makedirs("/var/lib/test-tpm", mode=0o700, exist_ok=True)
        run(["systemd-run", "--unit=swtpm", "--", "/usr/bin/swtpm", "socket", "--tpm2", "--tpmstate", "dir=/var/lib/test-tpm",
             "--flags", "not-need-init,startup-clear", "--server", "type=tcp,port=2321,bindaddr=127.0.0.1",
             "--ctrl", "type=tcp,port=2322,bindaddr=127.0.0.1"])
        eventually(lambda: "127.0.0.1:2321" in listening(), "the TPM listens", 10)
        run(["systemd-run", "--unit=tpm-device", "--", "/usr/bin/python3",
             os.path.join(os.path.dirname(os.path.abspath(__file__)), "tpm_device.py"), "2321"])
        eventually(lambda: os.path.exists("/dev/tpmrm0"), "the TPM is a device", 10)
        eventually(lambda: run(["tpm2_getcap", "properties-fixed"], check=False).returncode == 0, "the TPM answers", 20)

    def serves(self, timeout=20):
        """Waits until the broker has front and provider."""
        eventually(is_ready, "broker, front and provider are there", timeout, pause=0.1)

    def configure(self, name, text):
        """A file in broker.d."""
        write(os.path.join(DROP_INS, name + ".toml"), text)

    def drop_in(self, name, text, unit="cis2-broker.service"):
        write(f"/etc/systemd/system/{unit}.d/{name}.conf", text)
        systemctl("daemon-reload")

    def without_drop_in(self, name, unit="cis2-broker.service"):
        os.unlink(f"/etc/systemd/system/{unit}.d/{name}.conf")
        systemctl("daemon-reload")

    # --- people

    def terminal(self, argv):
        terminal = Terminal(argv)
        self.terminals.append(terminal)
        return terminal

    def ssh(self, account=ACCOUNT):
        return self.terminal(ssh_argv(account))

    def sudo(self, *command):
        return self.terminal(["setpriv", "--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups", "--reset-env", "--",
                              "sudo", *command])

    def reader(self, folder=WORK):
        """Somebody who types what a document shows, as root."""
        reader = Reader(folder)
        self.terminals.append(reader.terminal)
        return reader

    def console(self):
        console = Console()
        self.terminals.append(console)
        return console

    def browser(self):
        browser = HttpBrowser(self.pki.ca)
        self.browsers.append(browser)
        return browser

    def served_certificate(self):
        return ssl.get_server_certificate(("127.0.0.1", 8443))

    # --- what must not be anywhere

    def secrets(self):
        for key in glob.glob("/etc/cis2-broker/*.pem"):
            self.canary.add_all(("key", part) for part in private_parts(key) if "cert" not in key)
        for browser in self.browsers:
            self.canary.add_all(browser.secrets)
        for terminal in self.terminals:
            code = getattr(terminal, "user_code", None)
            if code:
                self.canary.add_all([("user code", code), ("user code", code.replace("-", ""))])
        self.canary.add_all(self.sim.secrets())
        return self.canary

    def leaks(self):
        run(["journalctl", "--sync"])
        # What the simulator prints is its own; what is typed into a shell is the shell's.
        journal = run(["journalctl", "--no-pager", "-o", "export", "-u", "cis2-broker", "-u", "cis2-front", "-u", "ssh",
                       "-t", "sshd", "-t", "sudo", "-t", "login"]).stdout
        return self.secrets().search([self.audit.path], [("the journal", journal), *process_texts()])


def journal(*arguments):
    run(["journalctl", "--sync"])
    return run(["journalctl", "--no-pager", "-o", "short-precise", *arguments]).stdout


def debian():
    with open("/etc/os-release") as text:
        return re.search(r'(?m)^VERSION_ID="(\d+)"', text.read())[1]
