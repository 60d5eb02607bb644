"""Goal: a mistake in the configuration is found before anything starts, with the place and what was expected."""

import os
import shutil
import socket

from harness.process import run
from harness.scenario import Scenario
from harness.stack import grant, to_toml

EX_CONFIG = 78


class ConfigurationScenario(Scenario):
    parts = None  # each test starts what it needs

    def _text(self, **changes):
        """broker.toml of the stack with keys changed: provider__timeout="soon"."""
        settings = {section: dict(keys) for section, keys in self.stack.settings.items()}
        for name, value in changes.items():
            section, key = name.split("__")
            settings[section][key] = value
        return to_toml(settings, self.stack.grants)

    def _refused(self, text, *patterns, status=EX_CONFIG):
        """The broker does not start and check-config agrees; both name what `patterns` say."""
        path = self.stack.write_config(text)
        broker = self.stack.start_broker(ready=False, config=path)
        self.assertEqual(broker.wait(10), status, broker.text)
        checked = self.stack.ctl("check-config", check=False)
        self.assertNotEqual(checked.returncode, 0, checked.stdout)
        for said in (broker.text, checked.stdout):
            for pattern in patterns:
                self.assertRegex(said, pattern)
        self.assertFalse(os.path.exists(self.stack.pam_socket), "a broker that refuses its configuration serves nothing")

    def _line_of(self, text, key):
        return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(key + " ="))


class Configuration(ConfigurationScenario):
    def test_what_is_right_passes(self):
        self.stack.write_config()
        self.assertEqual(self.stack.ctl("check-config").returncode, 0)

    def test_unknown_key(self):
        text = self._text(provider__colour="blue")
        self._refused(text, rf"broker\.toml:{self._line_of(text, 'colour')}:1: .*colour")

    def test_unknown_section(self):
        text = self._text() + "\n[colours]\nblue = true\n"
        self._refused(text, r"broker\.toml:\d+:\d+: .*colours")

    def test_wrong_type(self):
        text = self._text(provider__userinfo="yes")
        self._refused(text, rf"broker\.toml:{self._line_of(text, 'userinfo')}:\d+: .*userinfo.*true or false")

    def test_out_of_range(self):
        text = self._text(host__login_lifetime="9s")
        self._refused(text, rf"broker\.toml:{self._line_of(text, 'login_lifetime')}:\d+: .*login_lifetime.*10s")

    def test_not_toml(self):
        self._refused(self._text() + "\n[provider\n", r"broker\.toml:\d+:\d+: ")

    def test_every_mistake_is_told_at_once(self):
        self._refused(self._text(provider__colour="blue", provider__userinfo="yes", limits__pending_total="many"),
                      "colour", "userinfo", "pending_total")

    def test_a_test_provider_must_be_allowed(self):
        self._refused(self._text(provider__allow_test_provider=False), "allow_test_provider = true")

    def test_a_grant_that_names_nobody(self):
        self.stack.grants = [grant("op1", name="everybody")]
        self._refused(self._text(), r"everybody.* names nobody")

    def test_a_level_that_cannot_be_reached(self):
        self._refused(self._text(provider__acr_values="AAL2_ANY"), "min_aal")

    def test_a_public_url_that_no_qr_code_holds(self):
        self._refused(self._text(web__public_url="https://" + "a" * 60 + ".example"), "public_url")

    def test_a_missing_file(self):
        path = self.stack.path("nowhere.toml")
        broker = self.stack.start_broker(ready=False, config=path)
        self.assertNotEqual(broker.wait(10), 0)
        self.assertIn(path, broker.text)

    def test_an_account_of_the_broker_that_is_missing(self):
        text = self._text(host__user="_no-such-user")
        broker = self.stack.start_broker(ready=False, config=self.stack.write_config(text))
        self.assertNotEqual(broker.wait(10), 0)
        self.assertIn("_no-such-user", broker.text)


class Files(ConfigurationScenario):
    """The files that the configuration names, each a copy that a test may spoil."""

    def setUp(self):
        super().setUp()
        for section, key in (("provider", "client_key"), ("web", "certificate"), ("web", "certificate_key")):
            copy = self.stack.path(key + ".pem")
            shutil.copy(self.stack.settings[section][key], copy)
            os.chmod(copy, 0o600 if "key" in key else 0o644)
            self.stack.settings[section][key] = copy

    def test_a_client_key_that_others_may_read(self):
        for mode in (0o644, 0o640, 0o604):
            with self.subTest(oct(mode)):
                os.chmod(self.stack.path("client_key.pem"), mode)
                self._refused(self._text(), r"client_key\.pem")

    def test_a_client_key_that_is_somebody_elses(self):
        shutil.chown(self.stack.path("client_key.pem"), "op1", "op1")
        self._refused(self._text(), r"client_key\.pem")

    def test_a_client_key_that_is_not_there(self):
        os.unlink(self.stack.path("client_key.pem"))
        self._refused(self._text(), r"client_key\.pem")

    def test_a_client_key_that_is_not_a_key(self):
        with open(self.stack.path("client_key.pem"), "w") as out:
            out.write("-----BEGIN NOTHING-----\n")
        self._refused(self._text(), r"client_key\.pem")

    def test_a_client_key_that_is_too_short(self):
        run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024",
             "-out", self.stack.path("client_key.pem")])
        os.chmod(self.stack.path("client_key.pem"), 0o600)
        self._refused(self._text(), r"client_key\.pem.*2048|2048.*client_key\.pem")

    def test_a_page_key_that_others_may_read(self):
        os.chmod(self.stack.path("certificate_key.pem"), 0o644)
        self._refused(self._text(), r"certificate_key\.pem")

    def test_a_page_key_of_another_certificate(self):
        shutil.copy(self.stack.pki.sim_key, self.stack.path("certificate_key.pem"))
        self._refused(self._text(), "certificate")

    def test_a_configuration_that_others_may_write(self):
        path = self.stack.write_config(self._text())
        os.chmod(path, 0o666)
        broker = self.stack.start_broker(ready=False, config=path)
        self.assertNotEqual(broker.wait(10), 0)
        self.assertIn("broker.toml", broker.text)

    def test_a_map_with_a_mistake(self):
        mapping = self.stack.path("map")
        with open(mapping, "w") as out:
            out.write("op1 656005750105\nop2 656005750105\n")
        self.stack.grants = [{"name": "personal", "services": ["sshd"], "map": mapping}]
        self._refused(self._text(), r"map.*2|2.*map")


class Ports(Scenario):
    parts = None

    def test_a_port_in_use_is_named(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", self.stack.ports["pages"]))
            taken.listen()
            broker = self.stack.start_broker(ready=False)
            self.assertNotEqual(broker.wait(10), 0)
            self.assertRegex(broker.text, rf"127\.0\.0\.1:{self.stack.ports['pages']}")
            self.assertRegex(broker.text, "(?i)in use")

    def test_a_socket_path_that_cannot_be_made(self):
        self.stack.settings["host"]["socket"] = "/proc/nowhere/pam.sock"
        broker = self.stack.start_broker(ready=False)
        self.assertNotEqual(broker.wait(10), 0)
        self.assertIn("/proc/nowhere", broker.text)

    def test_a_second_broker_does_not_take_over_the_sockets_of_a_living_one(self):
        self.stack.start("syslog", "sim", "broker", "sshd")
        second = self.stack._program("broker", ["/usr/sbin/cis2-brokerd", "--config", self.stack.path("broker.toml")])
        self.assertNotEqual(second.wait(10), 0)
        self.allowed(self.stack.ssh("op1"))
