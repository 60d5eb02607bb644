"""The way of systemd: a broker that never was root gets its sockets passed, and a front of its own connects to it."""

import os

from .process import eventually, run

ACTIVATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "activate.py")


class PassedSockets:
    """Starts a stack's broker and front that way; `front` is its program, and start_front() starts another. `more`
    are further sockets, as activate.py wants them."""

    def __init__(self, stack, more=()):
        self.stack = stack
        self.front_socket = "/run/cis2-broker/front.sock"
        # Under systemd the files belong to the broker's user.
        copies = stack.path("keys")
        os.mkdir(copies, 0o755)
        for section, key in (("provider", "client_key"), ("web", "certificate_key")):
            source = stack.settings[section][key]
            target = os.path.join(copies, os.path.basename(source))
            run(["install", "-m", "0600", "-o", "_cis2-broker", "-g", "_cis2-broker", source, target])
            stack.settings[section][key] = target
        stack.broker = stack._program("broker", [
            ACTIVATE, "_cis2-broker", f"pam={stack.pam_socket}", f"control={stack.control_socket}",
            f"front={self.front_socket}@_cis2-front", *more, "--",
            "/usr/sbin/cis2-brokerd", "--config", stack.write_config(), "--debug"])
        stack.broker.says("cis2-brokerd: ready")
        self.front = self.start_front()
        stack.provider_is("present")

    def start_front(self):
        pages = self.stack.ports["pages"]
        front = self.stack._program("front", [
            ACTIVATE, "_cis2-front", f"v4=127.0.0.1:{pages}", f"v6=[::1]:{pages}", "--",
            "/usr/libexec/cis2-broker/cis2-front", "--broker-socket", self.front_socket, "--debug"])
        eventually(lambda: self.stack.status()["front"] == "connected", "the front is connected")
        return front
