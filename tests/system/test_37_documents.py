"""Goal: what the documents tell an administrator to type works as it stands there."""

import copy
import os
import pwd
import re
import shutil

from harness import documents
from harness.audit import Audit
from harness.process import clean_environment, eventually, run
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

    def test_what_lists_the_exceptions(self):
        run(["groupadd", "--system", "cis2-rescue"])
        self.addCleanup(run, ["groupdel", "cis2-rescue"])
        os.makedirs("/var/lib/cis2-broker", mode=0o700, exist_ok=True)  # as the unit does
        shown = self.sh(documents.blocks("docs/ASSURANCE.md", "NHS England multi-factor authentication policy", "sh")[0])
        for word in ("/etc/pam.d/sshd:auth", "cis2-rescue:x:", "no emergency codes"):
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

    def test_questions_of_a_review(self):
        self.allowed(self.stack.ssh("op1"))
        question = documents.blocks("docs/ASSURANCE.md", "Joiners, movers, leavers", "sh")[0]
        self.assertRegex(self.sh(question, self.stack.path("state")), rf"^ *1 op1\t{ONE_ROLE}\tsshd\tgrant for op1\n$")

    def test_questions_of_an_incident(self):
        self.allowed(self.stack.ssh("op1"))
        self.signed_in(self.stack.ssh("op2"), "one-role")
        self.outcome(outcome="refused")
        folder = self.stack.path("state")
        link = documents.blocks("docs/guides/incident-response.md", "A link in the wrong hands", "sh")[0]
        answers = self.sh(link.replace("192.0.2.7", "127.0.0.1"), folder)
        self.assertIn(f'"login.outcome","op1","{ONE_ROLE}","allowed",null]', answers)
        self.assertIn(f'"op2","{ONE_ROLE}","127.0.0.1","policy.no_grant"]', answers)
        person = documents.blocks("docs/guides/incident-response.md", "Get somebody out", "sh")[0]
        self.assertRegex(self.sh(person, folder), r'^\[".*","op1","sshd","127.0.0.1","grant for op1"\]\n$')


class InstallByHand(Documents):
    parts = None

    def test_keys_and_configuration_of_the_readme(self):
        blocks = documents.blocks("README.md", "Install", "sh")
        put_keys = next(block for block in blocks if "web-cert.pem" in block)
        first_checks = next(block for block in blocks if "cis2ctl keygen" in block)
        configuration = documents.blocks("README.md", "Install", "toml")[0]
        folder = self.stack.path("")
        for ours, named in ((self.stack.pki.web_cert, "server.example.nhs.uk.crt"),
                            (self.stack.pki.web_key, "server.example.nhs.uk.key")):
            shutil.copy(ours, os.path.join(folder, named))
        self.sh(put_keys, folder)
        for name, text in (("broker.toml", re.sub(r"(?m)^   ", "", configuration)),
                           ("operators.map", "op1 656005750104\n")):
            with open(os.path.join(FOLDER, name), "w") as out:
                out.write(text)
        self.assertIn('"keys"', self.sh(first_checks, folder))


class FirstLogin(Documents):
    """The guide of that name; systemd and Debian's own sshd are left out."""

    parts = None
    STATE, TRY = "/var/lib/cis2-broker", "/srv/cis2-try"

    def setUp(self):
        super().setUp()
        for folder in (self.STATE, self.TRY):
            shutil.rmtree(folder, ignore_errors=True)
            self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        shutil.copy("/etc/hosts", self.stack.path("hosts"))
        self.addCleanup(shutil.copy, self.stack.path("hosts"), "/etc/hosts")
        # The package does this.
        os.mkdir(self.STATE, 0o700)
        os.chown(self.STATE, pwd.getpwnam("_cis2-broker").pw_uid, pwd.getpwnam("_cis2-broker").pw_gid)
        # What the harness looks at is what the guide makes.
        self.stack.audit = Audit(f"{self.STATE}/audit.jsonl")
        self.stack.pki = copy.copy(self.stack.pki)
        self.stack.pki.ca, self.stack.pki.client_key = f"{self.TRY}/ca.pem", f"{FOLDER}/client-key.pem"

    def test_a_first_login(self):
        names = documents.blocks("docs/guides/first-login.md", "2. Names and certificates", "sh")[0]
        configuration = documents.blocks("docs/guides/first-login.md", "3. Configure", "toml")[0]
        preparation = documents.blocks("docs/guides/first-login.md", "3. Configure", "sh")[0]
        simulator = documents.blocks("docs/guides/first-login.md", "4. Start the simulator", "sh")[0]
        afterwards = documents.blocks("docs/guides/first-login.md", "7. Have sshd ask for it, and log in", "sh")[-2]
        self.sh(names)
        with open(f"{FOLDER}/broker.toml", "w") as out:
            out.write(configuration)
        self.sh(preparation)
        self.stack._program("sim", ["bash", "-c", "exec " + simulator]).says("cis2-sim: ready on")
        self.stack.start("syslog")
        self.stack.start_broker(config=f"{FOLDER}/broker.toml")
        self.stack.provider_is("present")
        self.stack.start("sshd")
        self.allowed(self.stack.ssh("op1"))
        shown = self.sh(afterwards)
        self.assertIn('"grant":"first login","outcome":"allowed"', shown)
        self.assertIn('Decision: allow, by grant "first login"', shown)


class BehindNginx(Scenario):
    """nginx as docs/guides/reverse-proxy.md has it, in front of the pages."""

    options = {"web": {"listen": ["127.0.0.1:8553"], "trusted_proxies": ["127.0.0.1"]}}

    def test_a_login_through_nginx(self):
        self.start_nginx(documents.blocks("docs/guides/reverse-proxy.md", "nginx", "nginx")[0])
        self.allowed(self.stack.ssh("op1"), browser=self.stack.browser("127.0.0.78"))
        self.assertEqual(self.outcome(outcome="allowed")["browser_addr"], "127.0.0.78")
        with open(self.log) as log:
            self.assertRegex(log.read(), r"(?m)^127\.0\.0\.78 \[.*\] POST 303$")

    def start_nginx(self, server):
        self.log = os.path.join(self.stack.logs, "nginx.log")  # searched for secrets with the others
        pki = self.stack.pki
        for documented, here in (("listen 443", "listen 127.0.0.1:8443"), ("login.example.nhs.uk", pki.pages_host),
                                 ("server.example.nhs.uk", pki.pages_host), ("10.20.0.5:8443", "127.0.0.1:8553"),
                                 ("/etc/nginx/login-cert.pem", pki.web_cert), ("/etc/nginx/login-key.pem", pki.web_key),
                                 ("/etc/nginx/servers-ca.pem", pki.ca), ("/var/log/nginx/login.log", self.log)):
            self.assertIn(documented, server)
            server = server.replace(documented, here)
        path, pid = self.stack.path("nginx.conf"), self.stack.path("nginx.pid")
        with open(path, "w") as out:
            out.write(f"user www-data;\npid {pid};\ndaemon off;\nerror_log stderr;\nevents {{}}\nhttp {{\n{server}}}\n")
        self.stack._program("nginx", ["/usr/sbin/nginx", "-c", path])
        eventually(lambda: os.path.exists(pid), "nginx serves", 10)
