"""OpenID providers that others wrote, in place of cis2-sim: `Stack(foreign=OidcProvider(...), ...)`.

A provider has `issuer_path`, `start(stack)`, `stop()` and `secrets()`, serves before start() returns, and knows ACCOUNTS.
The client's registration is made from the stack's settings, with the keys that `cis2ctl jwks` prints, as an administrator
would.
"""

import hashlib
import json
import os
import shutil

from .machine import ROOT
from .stack import CLIENT_ID, grant

PROVIDERS = os.path.join(ROOT, "tests/providers")

STRONG, WEAK, UNKNOWN = "urn:example:mfa", "urn:example:password", "urn:example:else"
ACCOUNTS = {
    "alice": {"sub": "5f0c1a2e-alice", "acr": STRONG, "amr": ["hwk"], "groups": ["staff", "server-admins"]},
    "bob": {"sub": "77d1b3c4-bob", "acr": STRONG, "amr": ["hwk"], "groups": ["staff"]},
    "weak": {"sub": "0a9e8d7c-weak", "acr": WEAK, "amr": ["pwd"], "groups": ["server-admins"]},
    "odd": {"sub": "93b1f0aa-odd", "acr": UNKNOWN, "amr": ["pwd"], "groups": ["server-admins"]},
}


def provider_settings(**more):
    """[provider] for such a provider."""
    return {"profile": "oidc", "allow_test_provider": None, "scopes": ["openid", "groups"], "acr_values": STRONG,
            "aal_claim": "acr", "aal_values": {STRONG: 3, WEAK: 1}, "ial_claim": "", "roles_claim": "groups",
            "client_assertion_alg": "RS256", **more}


def grants(**more):
    """op1 for a group, op2 for one person."""
    return [grant("op1", roles=["server-admins"], min_ial=0, **more),
            grant("op2", operators=[ACCOUNTS["bob"]["sub"]], min_ial=0, **more)]


def key_file(stack, name):
    """The private key of that name: P-256 if it ends with -ec, else RSA. Made once a machine."""
    path = stack.pki.path(name + ".pem")
    if not os.path.exists(path):
        return stack.pki.ec_key(name) if name.endswith("-ec") else stack.pki.rsa_key(name)
    return path


class OidcProvider:
    """oidc-provider of npm (tests/providers). Each account signs in by the form `as-NAME` of its page."""

    issuer_path = ""

    def __init__(self, registration=None, signing_keys=("provider-rsa", "provider-ec")):
        # What is registered otherwise than the broker is configured; None leaves a member out.
        self.registration = registration or {}
        self.signing_keys = list(signing_keys)
        self.program = None
        self._secrets_file = None

    def start(self, stack):
        self._secrets_file = stack.path("provider-secrets")
        settings = stack.path("provider.json")
        with open(settings, "w") as out:
            json.dump(self._settings(stack), out)
        self.program = stack._program("provider", [_node(), os.path.join(PROVIDERS, "oidc_provider.mjs"), settings])
        self.program.says("^ready$", 30)

    def stop(self):
        if self.program.stop() != 0:
            raise AssertionError(f"oidc-provider did not end well:\n{self.program.text}")

    def requests(self, path):
        """How often this path of one segment was asked for since the start."""
        return self.program.count(rf"^(GET|POST) {path}$")

    def secrets(self):
        if not self._secrets_file or not os.path.exists(self._secrets_file):
            return []
        with open(self._secrets_file) as lines:
            return [tuple(line.split()) for line in lines]

    def _settings(self, stack):
        registration = {**self._registration(stack), **self.registration}
        return {
            "modules": _modules(),
            "issuer": stack.issuer,
            "port": stack.ports["provider"],
            "certificate": stack.pki.sim_cert,
            "certificate_key": stack.pki.sim_key,
            "client": {key: value for key, value in registration.items() if value is not None},
            "signing_keys": [key_file(stack, name) for name in self.signing_keys],
            "accounts": ACCOUNTS,
            "acr_values": [STRONG, WEAK, UNKNOWN],
            "secrets": self._secrets_file,
        }

    @staticmethod
    def _registration(stack):
        ours = stack.settings["provider"]
        id_token_alg = ours.get("id_token_alg", "RS256")
        registration = {
            "client_id": CLIENT_ID,
            "redirect_uris": [stack.public_url + "/callback"],
            "response_types": ["code"],
            "grant_types": ["authorization_code"],
            "token_endpoint_auth_method": ours["client_auth"],
            "id_token_signed_response_alg": id_token_alg,
        }
        if ours["client_auth"] == "private_key_jwt":
            registration["token_endpoint_auth_signing_alg"] = ours["client_assertion_alg"]
            registration["jwks"] = public_keys(stack)
        else:
            registration["client_secret"] = client_secret(stack)
        if ours.get("userinfo_signed"):
            registration["userinfo_signed_response_alg"] = id_token_alg
        return registration


def public_keys(stack):
    """What `cis2ctl jwks` prints for the stack's settings."""
    return json.loads(stack.ctl("jwks", config=stack.write_config()).stdout)


def client_secret(stack):
    with open(stack.settings["provider"]["client_secret_file"]) as secret:
        return secret.read().strip()


def _node():
    node = shutil.which("node")
    if node is None:
        raise AssertionError("there is no node; tests/lib/machine.sh --packages scenarios installs it")
    return node


def _modules():
    """The folder that provider_modules of tests/lib/packages.sh names."""
    with open(os.path.join(PROVIDERS, "package-lock.json"), "rb") as lock:
        name = hashlib.sha256(lock.read()).hexdigest()[:16]
    return os.path.join(ROOT, "build/providers", name, "node_modules")
