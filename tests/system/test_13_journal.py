"""Goal: with a journal, the audit is there too, with fields to search by, and no secret."""

import json
import os

from harness.process import eventually, run
from harness.scenario import Scenario
from harness.stack import JOURNAL, ONE_ROLE


class Journal(Scenario):
    parts = None

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
