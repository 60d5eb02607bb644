"""What a scenario's machine needs besides Debian: the programs under test where a package would put them, the
accounts, the names. Everything here is written into the throwaway machine."""

import glob
import os
import pwd
import shutil
import subprocess

from .pki import PAGES_HOST, PROVIDER_HOST
from .process import run

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../.."))
OPERATORS = ("op1", "op2", "op3")
# What decides about logins, and where it is kept as Debian has it.
LOGIN_FOLDERS, KEPT = ("/etc/pam.d", "/etc/ssh", "/etc/sudoers.d"), "/srv/cis2-debian"

PROGRAMS = {
    "cis2-brokerd": "/usr/sbin/cis2-brokerd",
    "cis2-front": "/usr/libexec/cis2-broker/cis2-front",
    "cis2ctl": "/usr/bin/cis2ctl",
    "cis2-sim": "/usr/bin/cis2-sim",
    "pam_cis2.so": "",  # where libpam looks, see module_folder()
}


def must_be_throwaway():
    """Refuses to go on outside the throwaway machine: these scenarios would change the real one."""
    with open("/proc/1/cmdline", "rb") as first:
        if b"machine.sh\0--inside" not in first.read():
            raise SystemExit("run this by tests/run.sh, or inside tests/lib/machine.sh --packages scenarios")


def build_folder(preset):
    return os.path.join(ROOT, "build", preset)


def built(preset, name):
    """The path of a program of this build; an error that says so if it is not built."""
    found = [path for path in glob.glob(os.path.join(build_folder(preset), "**", name), recursive=True)
             if os.path.isfile(path) and os.access(path, os.R_OK)
             and "/sanitized/" not in path]  # a module for the tests of tests/pam, which no sshd can load
    if len(found) != 1:
        raise SystemExit(f"{name} is not built in {build_folder(preset)} (found: {found})")
    return found[0]


def module_folder():
    """The folder in which libpam of this system looks for modules."""
    return os.path.dirname(glob.glob("/lib/*/security/pam_unix.so")[0])


def prepare(preset):
    must_be_throwaway()
    install_programs(preset)
    add_accounts()
    name_hosts()


def keep_logins():
    for folder in LOGIN_FOLDERS:
        shutil.copytree(folder, KEPT + folder, symlinks=True)


def restore_logins():
    """What a test wrote there another one must not find."""
    for folder in LOGIN_FOLDERS:
        shutil.rmtree(folder)
        shutil.copytree(KEPT + folder, folder, symlinks=True)


def install_programs(preset, where=PROGRAMS):
    for name, target in where.items():
        target = target or os.path.join(module_folder(), name)
        os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
        # A copy beside and a rename: a library that a process has mapped must not change under it.
        shutil.copyfile(built(preset, name), target + ".new")
        os.chmod(target + ".new", 0o755 if name != "pam_cis2.so" else 0o644)
        os.rename(target + ".new", target)


def add_accounts():
    for name in ("_cis2-broker", "_cis2-front"):
        if not known(name):
            run(["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
                 "--shell", "/usr/sbin/nologin", name])
    for name in OPERATORS:
        if not known(name):
            run(["useradd", "--create-home", "--user-group", "--shell", "/bin/bash", name])


def known(account):
    try:
        pwd.getpwnam(account)
        return True
    except KeyError:
        return False


def name_hosts(*hosts):
    lines = ["127.0.0.1 localhost", "127.0.0.1 server-a", "::1 localhost ip6-localhost"]
    lines += [f"{address} {host}" for host in hosts or (PAGES_HOST, PROVIDER_HOST) for address in ("127.0.0.1", "::1")]
    with open("/etc/hosts", "w") as hosts:
        hosts.write("\n".join(lines) + "\n")


def add_ipv6(address):
    """Gives lo one more IPv6 address to come from."""
    subprocess.run(["ip", "-6", "addr", "add", address + "/128", "dev", "lo", "nodad"], check=False,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def processes(*names):
    """The process ids of the programs with these names."""
    found = []
    for folder in glob.glob("/proc/[0-9]*"):
        try:
            with open(folder + "/comm") as comm:
                name = comm.read().strip()
            with open(folder + "/stat") as stat:
                state = stat.read().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if name in names and state != "Z":
            found.append(int(os.path.basename(folder)))
    return found
