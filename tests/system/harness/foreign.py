"""OpenID providers that others wrote, in place of cis2-sim: `Stack(foreign=OidcProvider(...), ...)`.

A provider has `issuer_path`, `start(stack)`, `stop()` and `secrets()`, serves before start() returns, and knows ACCOUNTS.
The client's registration is made from the stack's settings, with the keys that `cis2ctl jwks` prints, as an administrator
would.
"""

import json
import os
import shutil

from . import npm
from .machine import ROOT
from .process import clean_environment, eventually, run
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
            "modules": npm.modules("providers"),
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


class LemonLdap:
    """LemonLDAP::NG of Debian behind nginx, as its documentation has it, with the accounts of its demonstration: dwho is a
    timelord, rtyler is not, and the password is the name."""

    issuer_path = "/"
    RELYING_PARTY = "pam-cis2"
    ACCOUNT = "www-data"
    CONFIG = "/var/lib/lemonldap-ng/conf/lmConf-1.json"
    HTDOCS = "/usr/share/lemonldap-ng/portal/htdocs"
    RUN = "/run/lemonldap-ng"  # the folder of a test would make the path of a socket too long

    def __init__(self):
        self.programs = []

    def start(self, stack):
        folder = self._make_folders(stack)
        self._write_files(stack, folder)
        environment = clean_environment(LLNG_DEFAULTCONFFILE=f"{folder}/lemonldap-ng.ini",
                                        LLNG_DEFAULTLOGGER="Lemonldap::NG::Common::Logger::Std")
        portal = ["/usr/sbin/llng-fastcgi-server", "--foreground", "--user", self.ACCOUNT, "--group", self.ACCOUNT,
                  "--proc", "2", "--pid", f"{self.RUN}/portal.pid", "--socket", f"{self.RUN}/portal.sock"]
        self.programs = [stack._program("provider", portal, env=environment)]
        eventually(lambda: os.path.exists(f"{self.RUN}/portal.sock"), "LemonLDAP::NG serves", 20)
        self.programs.append(stack._program("provider", ["/usr/sbin/nginx", "-c", f"{folder}/nginx.conf"]))
        eventually(lambda: os.path.exists(f"{self.RUN}/nginx.pid"), "nginx serves", 10)

    def stop(self):
        for program in reversed(self.programs):
            program.stop()

    def secrets(self):
        return []  # its passwords are the names

    def sign_in(self, browser, name):
        """Fills in the form of its page."""
        return browser.submit("lform", extra={"user": name, "password": name})

    def _make_folders(self, stack):
        folder = stack.path("lemonldap-ng")
        shutil.rmtree(self.RUN, ignore_errors=True)
        for path in (self.RUN, *(os.path.join(folder, name) for name in ("conf", "sessions/lock", "cache"))):
            os.makedirs(path)
        run(["chown", "-R", f"{self.ACCOUNT}:{self.ACCOUNT}", folder, self.RUN])
        return folder

    def _write_files(self, stack, folder):
        with open(self.CONFIG) as packaged, open(f"{folder}/conf/lmConf-1.json", "w") as out:
            json.dump({**json.load(packaged), **self._configuration(stack, folder)}, out)
        with open(f"{folder}/lemonldap-ng.ini", "w") as out:
            out.write(f"[all]\nlogLevel = warn\n[configuration]\ntype = File\ndirName = {folder}/conf\n[portal]\n"
                      "staticPrefix = /static\ntemplateDir = /usr/share/lemonldap-ng/portal/templates\nlanguages = en\n")
        with open(f"{folder}/nginx.conf", "w") as out:
            out.write(self._nginx(stack, folder))

    def _configuration(self, stack, folder):
        """What differs from the configuration that the package has."""
        key = key_file(stack, "provider-rsa")
        with open(key) as pem:
            private = pem.read()
        sessions = {"Directory": f"{folder}/sessions", "LockDirectory": f"{folder}/sessions/lock",
                    "generateModule": "Lemonldap::NG::Common::Apache::Session::Generate::SHA256"}
        party = self.RELYING_PARTY
        signed = stack.settings["provider"].get("userinfo_signed", False)
        return {
            "portal": stack.issuer,
            "domain": stack.pki.provider_host,
            "securedCookie": 1,
            "registerDB": "Null",  # no page that would send mail
            "portalDisplayRegister": 0,
            "portalDisplayResetPassword": 0,
            "portalDisplayCertificateResetByMail": 0,
            "key": os.urandom(16).hex(),
            "globalStorageOptions": sessions,
            "persistentStorageOptions": sessions,
            "localSessionStorageOptions": {"cache_root": f"{folder}/cache", "namespace": "sessions"},
            "issuerDBOpenIDConnectActivation": 1,
            "oidcServiceMetaDataIssuer": stack.issuer,
            "oidcServicePrivateKeySig": private,
            "oidcServicePublicKeySig": run(["openssl", "pkey", "-in", key, "-pubout"]).stdout,
            "oidcServiceKeyIdSig": "provider-rsa",
            "oidcRPMetaDataExportedVars": {party: {"groups": "groups"}},
            "oidcRPMetaDataOptionsExtraClaims": {party: {"groups": "groups"}},
            "oidcRPMetaDataOptions": {party: {
                "oidcRPMetaDataOptionsClientID": CLIENT_ID,
                "oidcRPMetaDataOptionsClientSecret": client_secret(stack),
                "oidcRPMetaDataOptionsRedirectUris": stack.public_url + "/callback",
                "oidcRPMetaDataOptionsIDTokenSignAlg": "RS256",
                "oidcRPMetaDataOptionsUserIDAttr": "uid",
                "oidcRPMetaDataOptionsRequirePKCE": 1,
                "oidcRPMetaDataOptionsBypassConsent": 1,
                **({"oidcRPMetaDataOptionsUserInfoSignAlg": "RS256"} if signed else {}),
            }},
        }

    def _nginx(self, stack, folder):
        port = stack.ports["provider"]
        return f"""daemon off;
user {self.ACCOUNT};
pid {self.RUN}/nginx.pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  server {{
    listen 127.0.0.1:{port} ssl;
    listen [::1]:{port} ssl;
    server_name {stack.pki.provider_host};
    ssl_certificate {stack.pki.sim_cert};
    ssl_certificate_key {stack.pki.sim_key};
    root {self.HTDOCS};
    if ($uri !~ ^/((static|javascript|favicon).*|.*\\.psgi)) {{
      rewrite ^/(.*)$ /index.psgi/$1 break;
    }}
    location ~ ^(?<sc>/.*\\.psgi)(?:$|/) {{
      include /etc/nginx/fastcgi_params;
      fastcgi_pass unix:{self.RUN}/portal.sock;
      fastcgi_param LLTYPE psgi;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_split_path_info ^(.*\\.psgi)(/.*)$;
      fastcgi_param PATH_INFO $fastcgi_path_info;
    }}
  }}
}}
"""


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
