#!/usr/bin/python3
"""The systemd units fit each other and the program: names, sockets, users, modes; and the profiles fit the units."""

import re

import common

UNITS = common.ROOT / "conf/systemd"
# sd_listen_fds_with_names(3): broker/app/sockets.cc knows these.
BROKER_SOCKETS = {"pam": ("/run/cis2-broker/pam.sock", "root"), "control": ("/run/cis2-broker/control.sock", "root"),
                  "front": ("/run/cis2-broker/front.sock", "_cis2-front")}
# What no unit of ours goes without; the reason for each exception stands in the unit.
SANDBOX = {"NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateMounts=yes", "PrivateDevices=yes",
           "ProtectKernelModules=yes", "ProtectKernelTunables=yes", "ProtectControlGroups=yes", "LockPersonality=yes",
           "MemoryDenyWriteExecute=yes", "RestrictNamespaces=yes", "RestrictSUIDSGID=yes", "SystemCallArchitectures=native",
           "SystemCallFilter=@system-service", "LimitCORE=0"}


def settings(path):
    """[(key, value)] in their order."""
    return [tuple(line.split("=", 1)) for line in path.read_text().splitlines() if re.match(r"\w+=", line)]


def check_sockets():
    default = (common.ROOT / "conf/broker.toml").read_text()
    for fd_name, (path, user) in BROKER_SOCKETS.items():
        unit = UNITS / f"cis2-broker-{fd_name}.socket"
        have = dict(settings(unit))
        want = {"ListenStream": path, "SocketUser": user, "SocketMode": "0600", "DirectoryMode": "0755",
                "FileDescriptorName": fd_name, "Service": "cis2-broker.service"}
        for key, value in want.items():
            if have.get(key) != value:
                yield f"{common.name(unit)}: expected {key}={value}"
        if f'"{path}"' not in default:
            yield f"conf/broker.toml: {path} is not a default"
    have = dict(settings(UNITS / "cis2-broker-metrics.socket"))
    for key, value in {"ListenStream": "/run/cis2-broker/metrics.sock", "SocketUser": "root", "SocketGroup": "_cis2-broker",
                       "SocketMode": "0660", "FileDescriptorName": "metrics", "Service": "cis2-broker.service"}.items():
        if have.get(key) != value:
            yield f"conf/systemd/cis2-broker-metrics.socket: expected {key}={value}"
    ports = [value for key, value in settings(UNITS / "cis2-front.socket") if key == "ListenStream"]
    listen = re.search(r"^listen = \[(.*)\]$", default, re.M)
    if listen is None or re.findall(r'"([^"]+)"', listen[1]) != ports:
        yield "conf/systemd/cis2-front.socket: ListenStream differs from [web] listen in conf/broker.toml"
    if ("BindIPv6Only", "ipv6-only") not in settings(UNITS / "cis2-front.socket"):
        yield "conf/systemd/cis2-front.socket: expected BindIPv6Only=ipv6-only"


def check_services():
    for unit in sorted(UNITS.glob("*.service.in")):
        lines = {f"{key}={value}" for key, value in settings(unit)}
        for missing in sorted(SANDBOX - lines):
            yield f"{common.name(unit)}: {missing} is missing"
    broker = dict(settings(UNITS / "cis2-broker.service.in"))
    sockets = {f"cis2-broker-{name}.socket" for name in BROKER_SOCKETS}
    for key in ("Requires", "Sockets"):
        if set(broker.get(key, "").split()) != sockets:
            yield f"conf/systemd/cis2-broker.service.in: {key} must name {' '.join(sorted(sockets))}"
    for unit, user in (("cis2-broker", "_cis2-broker"), ("cis2-front", "_cis2-front")):
        have = dict(settings(UNITS / f"{unit}.service.in"))
        if have.get("Type") != "notify" or "WatchdogSec" not in have:
            yield f"conf/systemd/{unit}.service.in: Type=notify and WatchdogSec= are missing"
        if have.get("User") != user or have.get("CapabilityBoundingSet") != "":
            yield f"conf/systemd/{unit}.service.in: it is {user} without any capability"
    if ("RestrictAddressFamilies", "AF_UNIX") not in settings(UNITS / "cis2-front.service.in"):
        yield "conf/systemd/cis2-front.service.in: RestrictAddressFamilies=AF_UNIX keeps the front from the provider"


def check_credentials():
    """Each key of a default is handed over, under its own name, and a missing one does not keep the unit from starting."""
    unit = UNITS / "cis2-broker.service.in"
    loaded = dict(value.split(":", 1) for key, value in settings(unit) if key == "LoadCredential")
    absent = {value.split(":", 1)[0] for key, value in settings(unit) if key == "SetCredential"}
    for name, path in loaded.items():
        if path != f"/etc/cis2-broker/{name}" or name not in absent:
            yield f"{common.name(unit)}: LoadCredential={name}: its file's name, and SetCredential={name}:absent beside it"
    default = (common.ROOT / "conf/broker.toml").read_text()
    for path in re.findall(r'^(?:client_key|certificate_key) = "(/.*)"$', default, re.M):
        if path not in loaded.values():
            yield f"{common.name(unit)}: {path} is not handed over"


def check_users():
    users = re.findall(r"^u (\S+)", (common.ROOT / "conf/cis2-broker.sysusers").read_text(), re.M)
    if sorted(users) != ["_cis2-broker", "_cis2-front"]:
        yield "conf/cis2-broker.sysusers: expected _cis2-broker and _cis2-front"
    folders = re.findall(r"^d (\S+) (\S+) (\S+)", (common.ROOT / "conf/cis2-broker.tmpfiles").read_text(), re.M)
    if folders != [("/run/cis2-broker", "0755", "root"), ("/var/lib/cis2-broker", "0700", "_cis2-broker")]:
        yield "conf/cis2-broker.tmpfiles: expected /run/cis2-broker of root and /var/lib/cis2-broker of the broker"


def check_profiles():
    """AppArmor finds a program by the path that its unit starts, and the path that it is given in the profile of the other."""
    for unit in ("cis2-broker", "cis2-front"):
        program = dict(settings(UNITS / f"{unit}.service.in"))["ExecStart"].split()[0]
        path = program.replace("@CMAKE_INSTALL_FULL_SBINDIR@", "/usr/sbin").replace("@CMAKE_INSTALL_FULL_LIBEXECDIR@", "/usr/libexec")
        name = path.rsplit("/", 1)[1]
        text = (common.ROOT / "conf/apparmor" / name).read_text()
        if f"profile {name} {path} {{" not in text or f"include if exists <local/{name}>" not in text:
            yield f"conf/apparmor/{name}: no profile of {path}, or nothing of the administrator's is included"
        if f"{path}\t" not in (common.ROOT / "conf/selinux/cis2.fc").read_text():
            yield f"conf/selinux/cis2.fc: {path} has no label"
        if f"--profile-name={name}" not in (common.ROOT / "debian/rules").read_text():
            yield f"debian/rules: dh_apparmor does not load {name}"


common.report([*check_sockets(), *check_services(), *check_credentials(), *check_users(), *check_profiles()])
