"""Goal: what breaks around the broker is told, lets nobody in, and is over when its cause is over."""

import concurrent.futures
import os
import signal
import ssl
import subprocess
import time

from harness import machine
from harness.process import clean_environment, eventually, run
from harness.scenario import Scenario
from harness.stack import JOURNAL


class ProviderAway(Scenario):
    parts = ("syslog", "broker", "sshd")

    def test_starts_without_the_provider_refuses_and_recovers_by_itself(self):
        self.assertNotEqual(self.stack.status()["provider"]["state"], "present")
        eventually(lambda: self.stack.status()["provider"]["state"] == "away", "the broker knows that the provider is away", 15)
        began = time.monotonic()
        done = subprocess.run(self.stack.ssh_argv("op1", "-T"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=clean_environment(), timeout=30, start_new_session=True)
        self.assertEqual(done.returncode, 255)
        self.assertLess(time.monotonic() - began, 5)
        self.assertNotIn(b"/l/", done.stdout)  # no link is shown that could not be followed
        self.assertEqual(self.outcome()["outcome"], "unavailable")
        self.assertTrue(self.stack.broker.running())
        self.stack.start_sim()
        self.stack.provider_is("present", timeout=40)
        self.allowed(self.stack.ssh("op1"))


class ProviderComesAndGoes(Scenario):
    def test_keys_in_hand_are_used_and_a_dead_token_endpoint_ends_the_login(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.to_provider(terminal.sees_login())
        callback = browser.submit("as-one-role", follow=False).header("location")
        self.stack.collect_secrets()
        self.stack.sim.program.stop()
        page = browser.open(callback)
        self.assertEqual(page.outcome, "unavailable", page)
        terminal.types("")
        terminal.sees("cannot be reached")
        self.assertEqual(terminal.ends(), 255)
        self.assertEqual(self.outcome()["reason"], "provider.unavailable")
        self.stack.start_sim()
        self.stack.provider_is("present", timeout=40)
        # The simulator has new keys now: one refetch for the unknown key.
        self.allowed(self.stack.ssh("op1"))

    def test_discovery_that_fails_later_does_not_matter_at_once(self):
        self.stack.sim.misbehave("discovery-500", 0)
        self.allowed(self.stack.ssh("op1"))


class LogThatNobodyReads(Scenario):
    parts = ("syslog", "sim")

    def test_the_broker_goes_on(self):
        reads, writes = os.pipe()
        broker = subprocess.Popen(["/usr/sbin/cis2-brokerd", "--config", self.stack.write_config()], stdin=subprocess.DEVNULL,
                                  stdout=writes, stderr=writes, env=clean_environment())
        self.addCleanup(lambda: (broker.kill(), broker.wait()))
        os.close(reads)
        os.close(writes)
        eventually(lambda: os.path.exists(self.stack.control_socket), "the broker serves", 10)
        broker.send_signal(signal.SIGHUP)  # it says so, to nobody
        self.stack.provider_is("present")
        broker.terminate()
        self.assertEqual(broker.wait(10), 0)


class Stopping(Scenario):
    def test_sigterm_tells_pending_operators(self):
        waiting, signed_in = self.stack.ssh("op1"), self.stack.ssh("op1")
        waiting.sees_login()
        browser = self.signed_in(signed_in)
        began = time.monotonic()
        self.assertEqual(self.stack.broker.stop(), 0)
        self.assertLess(time.monotonic() - began, 3)
        self.assertEqual(machine.processes("cis2-front"), [])
        for terminal in (waiting, signed_in):
            terminal.types(browser.page.code)
            terminal.sees("The login service on this server was stopped")
            self.assertEqual(terminal.ends(), 255)
        self.assertEqual([event["reason"] for event in self.stack.audit.outcomes()], ["login.shutdown"] * 2)

    def test_sigterm_does_not_wait_for_a_provider_that_hangs(self):
        self.stack.settings["provider"]["timeout"] = "60s"  # longer than systemd and stop() wait
        self.stack.broker.stop()
        self.stack.start_broker()
        terminal, browser = self.stack.ssh("op1"), self.stack.browser()
        browser.to_provider(terminal.sees_login())
        callback = browser.submit("as-one-role", follow=False).header("location")
        self.stack.sim.misbehave("token-hang", 1)
        before = self.stack.sim.requests()["token"]
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            page = pool.submit(browser.open, callback)
            eventually(lambda: self.stack.sim.requests()["token"] > before, "the token endpoint is asked")
            self.assertEqual(self.stack.broker.stop(), 0)
            page.exception()
        terminal.types("")
        terminal.sees("The login service on this server was stopped")
        self.assertEqual(self.outcome()["reason"], "login.shutdown")

    def test_a_killed_broker_lets_nobody_in_and_a_new_one_serves(self):
        terminal = self.stack.ssh("op1")
        browser = self.signed_in(terminal)
        digits = browser.page.code
        self.stack.broker.signal(signal.SIGKILL)
        self.stack.broker.wait()
        eventually(lambda: machine.processes("cis2-front", "cis2-keeper") == [], "its front is gone too", 5)
        terminal.types(digits)
        self.assertEqual(terminal.ends(), 255)
        self.stack.start_broker()  # over the sockets that the killed one left
        page = browser.open(terminal.link)
        self.assertEqual((page.status, page.outcome), (404, "error"), page)
        self.allowed(self.stack.ssh("op1"))

    def test_without_a_broker_ssh_ends_soon(self):
        self.stack.broker.stop()
        terminal = self.stack.ssh("op1")
        self.assertEqual(terminal.ends(5), 255)
        self.assertNotIn("Code:", terminal.text)

    def test_sighup_reads_the_grants_again(self):
        self.stack.grants = [dict(each, operators=["656005750107"]) for each in self.stack.grants]
        self.stack.write_config()
        mark = self.stack.broker.mark()
        self.stack.broker.signal(signal.SIGHUP)
        self.stack.broker.says(r".", since=mark)
        self.allowed(self.stack.ssh("op1"), operator="second")
        terminal = self.stack.ssh("op1")
        self.assertEqual(self.signed_in(terminal, "one-role").page.outcome, "refused")

    def test_a_reload_renews_the_certificate_and_keeps_a_pending_login(self):
        terminal = self.stack.ssh("op1")
        browser = self.signed_in(terminal)
        before = self.served_certificate()
        certificate, key = self.stack.pki.server_certificate("web-renewed", self.stack.pki.pages_host)
        self.stack.settings["web"].update(certificate=certificate, certificate_key=key)
        self.stack.write_config()
        self.assertIn("have their certificate as it is now", self.stack.ctl("reload").stdout)
        eventually(lambda: self.served_certificate() != before, "the pages have another certificate")
        self.assertEqual(browser.reload().outcome, "code", browser.page)
        terminal.types(browser.page.code)
        self.has_shell(terminal)

    def served_certificate(self):
        return ssl.get_server_certificate(("127.0.0.1", self.stack.ports["pages"]))

    def test_sighup_with_a_mistake_keeps_the_grants(self):
        self.stack.write_config("[[grant]\n")
        mark = self.stack.broker.mark()
        self.stack.broker.signal(signal.SIGHUP)
        self.stack.broker.says(r"broker\.toml", since=mark)
        self.allowed(self.stack.ssh("op1"))


class SmallDisk(Scenario):
    """The audit on a file system of its own that can be filled."""

    parts = None

    def setUp(self):
        super().setUp()
        self.disk = self.stack.path("disk")
        os.mkdir(self.disk)
        run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=0755", "small", self.disk])
        self.addCleanup(self._unmount)
        run(["install", "-d", "-o", "_cis2-broker", "-g", "_cis2-broker", "-m", "0750", self.disk + "/audit"])
        self.stack.settings["audit"]["file"] = self.stack.audit.path = self.disk + "/audit/audit.jsonl"

    def _unmount(self):
        subprocess.run(["umount", "-l", self.disk], check=False, stderr=subprocess.DEVNULL)

    def _fill(self):
        with open(self.disk + "/ballast", "wb", buffering=0) as out:
            try:
                while True:
                    out.write(b"\0" * 512)
            except OSError:
                pass

    def test_nobody_is_let_in_unrecorded(self):
        self.stack.start("syslog", "sim", "broker", "sshd")
        self.allowed(self.stack.ssh("op1"))
        self._fill()
        # What is left of the last page of the file is used up by events that need not be durable.
        terminal = self.stack.ssh("op1")
        refused = None
        for _ in range(12):
            browser = self.signed_in(terminal)
            terminal.types(browser.page.code)
            found = terminal.sees(r"cannot record logins|op1@server-a:.*\$ $")
            if "cannot record" in found.group(0):
                refused = browser
                break
            terminal.close()
            terminal = self.stack.ssh("op1")
        self.assertIsNotNone(refused, "logins went on although the disk is full")
        self.assertEqual(terminal.ends(), 255)
        self.assertEqual(refused.reload().outcome, "unavailable" if refused.page.outcome == "unavailable" else "refused")
        self.assertIn("cannot record", refused.page.text)
        self.stack.broker.says(r"(?i)audit")
        self.assertTrue(self.stack.broker.running())
        os.unlink(self.disk + "/ballast")
        self.allowed(self.stack.ssh("op1"))
        # The line that did not fit spoiled itself alone: all others are whole, the newest among them.
        with open(self.stack.audit.path) as lines:
            torn = [line for line in lines if not line.endswith("}\n")]
        self.assertLessEqual(len(torn), 1)
        self.assertEqual(self.outcome(outcome="allowed"), self.stack.audit.outcomes()[-1])

    def test_a_file_that_cannot_be_written_stops_the_start(self):
        open(self.stack.audit.path, "w").close()
        run(["mount", "-o", "remount,ro", self.disk])
        broker = self.stack.start_broker(ready=False)
        self.assertNotEqual(broker.wait(10), 0)
        self.assertIn("audit.jsonl", broker.text)
        self.assertRegex(broker.text, "(?i)read-only")

    def test_without_durability_the_journal_alone_will_do(self):
        self.stack.settings["audit"] = {"file": "", "durable": False}
        self.stack.start("syslog", "sim", "broker", "sshd")
        self.allowed(self.stack.ssh("op1"))
        # No journal here: the copy of the event goes to standard error.
        self.stack.broker.says(r"allowed")


class NoJournal(Scenario):
    def test_without_a_journal_the_events_are_on_standard_error(self):
        self.assertFalse(os.path.exists(JOURNAL))
        self.allowed(self.stack.ssh("op1"))
        event = self.outcome(outcome="allowed")
        self.stack.broker.says(event["reference"])
