"""Goal: with a journal, the audit is there too, with fields to search by, and no secret."""

import json
import os
import shutil
import urllib.request

from harness import documents
from harness.process import eventually, run
from harness.scenario import Scenario
from harness.stack import JOURNAL, ONE_ROLE


METRICS = 9488
CATALOG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../conf/journal/cis2-broker.catalog")


class Journal(Scenario):
    parts = None
    options = {"metrics": {"listen": f"127.0.0.1:{METRICS}"}}

    def setUp(self):
        super().setUp()
        os.makedirs("/run/systemd", exist_ok=True)
        if not os.path.exists("/etc/machine-id") or not os.path.getsize("/etc/machine-id"):
            with open("/etc/machine-id", "w") as out:
                out.write(os.urandom(16).hex() + "\n")
        # journald will not start without the control groups that it would name in each entry.
        run(["mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup"])
        self.addCleanup(run, ["umount", "-l", "/sys/fs/cgroup"])
        self.daemon = self.stack._program("journald", ["/lib/systemd/systemd-journald"])
        eventually(lambda: os.path.exists(JOURNAL), "the journal takes messages")
        os.symlink("/run/systemd/journal/dev-log", "/dev/log")  # systemd would: for what libpam logs
        self.stack.start("sim", "broker", "sshd")

    def _finish(self, stack):
        stack.collect_secrets()
        run(["journalctl", "--sync"], check=False)
        exported = run(["journalctl", "--no-pager", "-o", "export"]).stdout
        leaks = stack.search_secrets([("the journal", exported)])
        super()._finish(stack)
        run(["rm", "-rf", "/run/systemd/journal", "/run/log/journal", "/dev/log"])
        self.assertEqual(leaks, [])

    def _entries(self, *matches):
        run(["journalctl", "--sync"], check=False)
        lines = run(["journalctl", "--no-pager", "-o", "json", *matches]).stdout.splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def test_the_audit_is_in_the_journal_with_fields(self):
        self.allowed(self.stack.ssh("op1"))
        event = self.outcome(outcome="allowed")
        entries = eventually(lambda: [entry for entry in self._entries("SYSLOG_IDENTIFIER=cis2-brokerd")
                                      if event["reference"] in json.dumps(entry)], "the event is in the journal")
        entry = entries[-1]
        values = set(map(str, entry.values()))
        for value in ("op1", "sshd", ONE_ROLE, "allowed", event["login_id"]):
            self.assertIn(value, values, entry)
        self.assertNotIn("audit", self.stack.broker.text.lower().replace("audit.jsonl", ""))

    def test_the_catalogue_explains_an_entry(self):
        shutil.copy(CATALOG, "/usr/lib/systemd/catalog/")
        self.assertEqual(run(["journalctl", "--update-catalog"]).stdout, "")  # it complains about what it cannot read
        self.addCleanup(run, ["rm", "-f", "/usr/lib/systemd/catalog/cis2-broker.catalog"])
        terminal = self.stack.ssh("op1")
        self.signed_in(terminal, "aal2")
        reference = self.outcome(outcome="refused")["reference"]
        shown = eventually(lambda: self._explained(reference), "the entries are in the journal")
        for text in ("Subject: A login was refused", "Subject: An operator signed in", "Subject: A browser continued a login",
                     "cis2ctl explain --service SERVICE --account ACCOUNT --sub SUB"):
            self.assertIn(text, shown)

    def _explained(self, reference):
        run(["journalctl", "--sync"], check=False)
        shown = run(["journalctl", "--no-pager", "-x", "CIS2_REFERENCE=" + reference], check=False).stdout
        return shown if "was refused" in shown else None

    def test_one_reference_finds_terminal_page_journal_audit_and_module(self):
        terminal = self.stack.ssh("op1")
        browser = self.signed_in(terminal, "aal2")
        self.refused_at_next_enter(terminal, "This server needs a sign-in of level 3")
        reference = browser.page.text_of("reference")
        self.assertIn(reference, terminal.text)
        with open(self.stack.audit.path, encoding="utf-8") as lines:
            found = [json.loads(line)["event"] for line in lines if reference in line]
        self.assertEqual(found, ["browser.continued", "login.signed_in", "login.outcome"])

        commands = documents.blocks("docs/audit.md", "One login, everywhere", "sh")[0].replace("BCDFG-HJKLM", reference)
        commands = commands.replace("/var/lib/cis2-broker/audit.jsonl", self.stack.audit.path)

        def found_everywhere():
            run(["journalctl", "--sync"], check=False)
            lines = run(["bash", "-uc", commands]).stdout.splitlines()
            journal = [line for line in lines if not line.startswith("{")]
            module, broker = ([line for line in journal if word in line] for word in ("pam_cis2", "cis2-brokerd"))
            return module and len(broker) == 3 and len(lines) - len(journal) == 3
        eventually(found_everywhere, "the commands find the lines of broker, module and audit")
        with urllib.request.urlopen(f"http://127.0.0.1:{METRICS}/metrics") as answer:
            self.assertNotIn(reference, answer.read().decode())
