"""Goal: what the documents tell an administrator to type works as it stands there."""

import os
import re
import shutil

from harness import documents
from harness.process import clean_environment, run
from harness.scenario import Scenario
from harness.stack import ONE_ROLE, grant

FOLDER = "/etc/cis2-broker"


class Documents(Scenario):
    """The configuration is where the commands look for it."""

    def setUp(self):
        shutil.rmtree(FOLDER, ignore_errors=True)
        os.makedirs(FOLDER, mode=0o755)
        super().setUp()

    def sh(self, commands, folder="/"):
        return run(["bash", "-euc", commands], timeout=60, env=clean_environment(), cwd=folder).stdout


class EveryDay(Documents):
    options = {"grants": [grant("op1", operators=[ONE_ROLE]), grant("asmith", operators=["656005750104"])]}

    def setUp(self):
        super().setUp()
        run(["useradd", "--create-home", "asmith"])
        self.addCleanup(run, ["userdel", "--remove", "asmith"], check=False)
        shutil.copy(self.stack.path("broker.toml"), FOLDER)

    def test_every_day(self):
        self.stack.ssh("op1").sees_login()
        shown = self.sh(documents.blocks("README.md", "Every day", "sh")[0])
        for word in ("present", "connected", "op1", "grant for asmith"):
            self.assertIn(word, shown)


class Questions(Documents):
    def test_questions_to_the_audit(self):
        self.allowed(self.stack.ssh("op1"))
        refused = self.stack.ssh("op2")
        self.signed_in(refused, "one-role")
        reference = self.outcome(outcome="refused")["reference"]
        folder = self.stack.path("state")
        questions = documents.blocks("docs/audit.md", "Questions", "sh")[0].replace("BCDFG-HJKLM", reference)
        answers = self.sh(questions, folder)
        self.assertRegex(answers, rf"\top1\t{ONE_ROLE}\tgrant for op1\n")
        self.assertIn('"reason": "policy.no_grant"', answers)
        for_phishing = documents.blocks("docs/threat-model.md", "6. What to switch on for a clinical server", "sh")[0]
        self.assertRegex(self.sh(for_phishing, folder), rf"(?s)\"account\": \"op2\".*op1\t{ONE_ROLE}\t127.0.0.1\t127.0.0.1")


class InstallByHand(Documents):
    parts = None

    def test_keys_and_configuration_of_the_readme(self):
        blocks = documents.blocks("README.md", "Install by hand", "sh")
        put_keys = next(block for block in blocks if "openssl genpkey" in block)
        first_checks = next(block for block in blocks if "cis2ctl keygen" in block)
        configuration = documents.blocks("README.md", "Install by hand", "toml")[0]
        folder = self.stack.path("")
        for ours, named in ((self.stack.pki.web_cert, "server.example.nhs.uk.crt"),
                            (self.stack.pki.web_key, "server.example.nhs.uk.key")):
            shutil.copy(ours, os.path.join(folder, named))
        self.sh(put_keys, folder)
        os.remove(os.path.join(FOLDER, "client-key.pem"))  # keygen makes it where it is not there already
        for name, text in (("broker.toml", re.sub(r"(?m)^   ", "", configuration)),
                           ("operators.map", "op1 656005750104\n")):
            with open(os.path.join(FOLDER, name), "w") as out:
                out.write(text)
        self.assertIn('"keys"', self.sh(first_checks, folder))
