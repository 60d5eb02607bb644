"""Goal: the client's key may be in a file, a TPM or a PKCS#11 token, and can be replaced while logins go on.

The commands are those of docs/keys.md, run as they stand there. The assertions are judged by python3-jwt, which shares no
code with the broker or the simulator.
"""

import concurrent.futures
import copy
import json
import os
import re
import shutil

import jwt

from harness import documents, machine
from harness.process import clean_environment, eventually, run
from harness.scenario import Scenario
from harness.stack import CLIENT_ID, ONE_ROLE, SECOND, grant

CONFIG = "/etc/cis2-broker/broker.toml"
TPM_PORT, TPM_CONTROL = 2321, 2322
TPM = f"swtpm:host=127.0.0.1,port={TPM_PORT}"
TOKEN_FOLDER, SOFTHSM_CONF = "/var/lib/cis2-token", "/etc/cis2-token.conf"
PIN = "483920175638"


class KeyScenario(Scenario):
    """The broker's configuration is where the document's commands look for it; nothing is started by itself."""

    parts = None
    environment = {}

    def setUp(self):
        super().setUp()
        self._judged = set()

    def make_stack(self, **options):
        shutil.rmtree("/etc/cis2-broker", ignore_errors=True)
        os.makedirs("/etc/cis2-broker", mode=0o755)
        stack = super().make_stack(broker_env=self.environment, **options)
        stack.pki = copy.copy(stack.pki)  # the JWKS at the provider is this test's own
        stack.pki.client_jwks = stack.path("client-jwks.json")
        return stack

    def sh(self, commands):
        return run(["bash", "-euxc", commands], timeout=60, env=clean_environment(**self.environment))

    def configure(self, **provider):
        self.stack.settings["provider"].update(provider)
        shutil.copy(self.stack.write_config(), CONFIG)

    def ctl(self, *arguments, check=True):
        return run(["/usr/bin/cis2ctl", *arguments], env=clean_environment(**self.environment), check=check)

    def publish(self):
        """What the administrator does with `cis2ctl jwks`; the key ids."""
        # Libraries of tokens talk on standard error.
        text = self.sh("cis2ctl jwks 2>/dev/null").stdout
        jwks = json.loads(text[text.index('{"keys"'):])
        with open(self.stack.pki.client_jwks, "w") as out:
            json.dump(jwks, out)
        return [key["kid"] for key in jwks["keys"]]

    def restart_broker(self):
        self.stack.broker.stop()
        self.stack.start_broker()

    def log_in(self):
        self.allowed(self.stack.ssh("op1"))

    def assertions(self):
        return [value for kind, value in self.stack.sim.secrets() if kind == "client_assertion"]

    def judge(self, alg):
        """Holds an assertion made since the last call against RFC 7523, OIDC Core 9 and facts of CIS2, and its key id."""
        fresh = set(self.assertions()) - self._judged  # the simulator does not keep their order
        self._judged |= fresh
        newest = next(iter(fresh))
        header = jwt.get_unverified_header(newest)
        with open(self.stack.pki.client_jwks) as text:
            keys = {key["kid"]: key for key in json.load(text)["keys"]}
        self.assertEqual({"alg": alg, "typ": "JWT", "kid": header["kid"]}, header)
        key = keys[header["kid"]]
        self.assertEqual((key["alg"], key["use"]), (alg, "sig"))
        claims = jwt.decode(newest, jwt.PyJWK(key, alg).key, algorithms=[alg], audience=self.token_endpoint(), issuer=CLIENT_ID,
                            options={"require": ["iss", "sub", "aud", "jti", "iat", "exp"]})
        self.assertEqual(claims["sub"], CLIENT_ID)
        self.assertEqual(claims["aud"], self.token_endpoint())  # a string, and byte for byte
        self.assertTrue(0 < claims["exp"] - claims["iat"] <= 300, claims)
        self.assertGreaterEqual(len(claims["jti"]), 22)
        ids = [jwt.decode(each, options={"verify_signature": False})["jti"] for each in self.assertions()]
        self.assertEqual(len(ids), len(set(ids)))
        return header["kid"]

    def token_endpoint(self):
        return self.stack.issuer + "/access_token"


class Algorithms(KeyScenario):
    def test_every_algorithm_satisfies_another_verifier(self):
        self.stack.start("syslog")
        for number, alg in enumerate(("RS256", "RS512", "PS256", "PS512", "ES256", "EdDSA")):
            path = self.stack.path(f"client-{alg}.pem")
            made = json.loads(self.ctl("keygen", "--alg", alg, "--out", path, "--json").stdout)
            self.configure(client_key=path, client_assertion_alg=alg)
            self.assertEqual(self.publish(), [made["kid"]])
            if number == 0:
                self.stack.start("sim", "broker", "sshd")
            else:
                self.restart_broker()
            with self.subTest(alg):
                self.log_in()
                self.assertEqual(self.judge(alg), made["kid"])


class File(KeyScenario):
    def test_the_commands_of_the_document(self):
        self.configure(client_key="/etc/cis2-broker/client-key.pem")
        self.sh(documents.blocks("docs/keys.md", "A file", "sh")[0])
        self.publish()
        self.stack.start()
        self.log_in()
        self.judge("RS512")
        state = os.stat("/etc/cis2-broker/client-key.pem")
        self.assertEqual((state.st_mode & 0o7777, state.st_uid), (0o600, 0))
        again = self.ctl("keygen", check=False)
        self.assertEqual(again.returncode, 1)
        self.assertIn("no key is overwritten", again.stdout)

    def test_logins_go_on_during_a_rotation(self):
        prepare, switch, finish = documents.blocks("docs/keys.md", "Replacing a key file", "sh")
        self.configure(client_key="/etc/cis2-broker/client-key.pem")
        self.sh("cis2ctl keygen")
        old = self.publish()[0]
        self.stack.start()
        self.log_in()
        self.assertEqual(self.judge("RS512"), old)

        self.sh(prepare)
        published = self.publish()
        self.assertEqual((len(published), published[0]), (2, old))
        self.log_in()
        self.assertEqual(self.judge("RS512"), old)

        self.sh(switch)
        self.assertEqual(self.publish(), [published[1], old])
        self.log_in()  # by the broker that has the old key still
        self.assertEqual(self.judge("RS512"), old)
        self.restart_broker()
        self.log_in()
        self.assertEqual(self.judge("RS512"), published[1])

        self.sh(finish)
        self.assertEqual(self.publish(), [published[1]])
        self.log_in()
        status = json.loads(self.ctl("rotate", "status", "--json").stdout)
        self.assertEqual([key["role"] for key in status["keys"]], ["current"])
        self.assertEqual(status["next_step"], "prepare")
        self.assertEqual(self.stack.sim.requests()["token_refused"], 0)


class Tpm(KeyScenario):
    environment = {"TPM2OPENSSL_TCTI": TPM, "TPM2TOOLS_TCTI": TPM}
    options = {
        "grants": [grant("op1", operators=[ONE_ROLE]), grant("op2", operators=[SECOND])],
        "limits": {"pending_per_account_and_address": 40},
        "sshd": ["MaxStartups 100:30:200", "LogLevel INFO"],
    }

    def setUp(self):
        super().setUp()
        state = self.stack.path("tpm")
        os.mkdir(state, 0o700)
        self.stack.start_syslog()
        self.stack._program("swtpm", [
            "/usr/bin/swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--flags", "not-need-init,startup-clear",
            "--server", f"type=tcp,port={TPM_PORT},bindaddr=127.0.0.1",
            "--ctrl", f"type=tcp,port={TPM_CONTROL},bindaddr=127.0.0.1"])
        eventually(lambda: run(["tpm2_getcap", "properties-fixed"], env=clean_environment(**self.environment),
                               check=False).returncode == 0, "the TPM answers", 10)
        self.sh(documents.blocks("docs/keys.md", "A TPM", "sh")[0])
        self.configure(client_key="handle:0x81010001")
        self.kid = self.publish()[0]
        self.stack.start("sim", "broker", "sshd")

    def test_a_login_with_the_key_in_the_tpm(self):
        self.log_in()
        self.assertEqual(self.judge("RS512"), self.kid)

    def test_ten_logins_at_once(self):
        people = [(account, operator, self.stack.ssh(account))
                  for account, operator in [("op1", "one-role"), ("op2", "second")] * 5]
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda person: self.allowed(person[2], person[0], person[1]), people))
        requests = self.stack.sim.requests()
        self.assertEqual((requests["token"], requests["token_refused"]), (10, 0))
        self.judge("RS512")


class Pkcs11(KeyScenario):
    environment = {"SOFTHSM2_CONF": SOFTHSM_CONF}

    def setUp(self):
        super().setUp()
        self.stack.canary.add("PIN", PIN)
        shutil.rmtree(TOKEN_FOLDER, ignore_errors=True)
        os.mkdir(TOKEN_FOLDER, 0o700)
        with open(SOFTHSM_CONF, "w") as out:
            out.write(f"directories.tokendir = {TOKEN_FOLDER}\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.sh(documents.blocks("docs/keys.md", "A PKCS#11 token", "sh")[0])
        # SoftHSM reads its files for each signature, when the broker is no longer root.
        self.sh(f"chown -R _cis2-broker: {TOKEN_FOLDER}")
        with open(os.path.join(machine.ROOT, "docs/keys.md")) as text:
            self.uri = re.search(r'^client_key = "(pkcs11:.*)"$', text.read(), re.M)[1]
        self.configure(client_key=self.uri)

    def test_a_login_with_the_key_in_the_token(self):
        kid = self.publish()[0]
        self.stack.start()
        self.log_in()
        self.assertEqual(self.judge("RS512"), kid)

    def test_what_is_wrong_is_said_and_no_pin(self):
        cases = {
            "nothing but its name": (self.uri.replace("object=client", "object=other"), "no such private key"),
            "PIN in the configuration": (self.uri.replace("pin-source=file:/etc/cis2-broker/token-pin", "pin-value=" + PIN),
                                         "pin-source=file:"),
            "no module": (self.uri.replace("libsofthsm2.so", "nothing.so"), "is the token's PKCS#11 module installed"),
        }
        for name, (uri, wanted) in cases.items():
            with self.subTest(name):
                self.configure(client_key=uri)
                refused = self.ctl("check-config", check=False)
                self.assertEqual(refused.returncode, 1, refused.stdout)
                self.assertIn(wanted, refused.stdout)
                self.assertNotIn(PIN, refused.stdout)
        os.chmod("/etc/cis2-broker/token-pin", 0o644)
        self.configure(client_key=self.uri)
        self.assertIn("chmod 0600", self.ctl("check-config", check=False).stdout)
