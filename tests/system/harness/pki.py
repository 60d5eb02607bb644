"""Keys and certificates, made by the openssl tool: a CA of the test's own, and what each program needs."""

import base64
import hashlib
import json
import os
import re

from .process import run

PAGES_HOST = "login.server-a.example"
PROVIDER_HOST = "am.sim-cis2.test"
EC_P256 = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
RSA_2048 = ("rsa:2048",)


class Pki:
    """A folder with the CA, the two server certificates and the client key. Made once a machine: keys cost time."""

    def __init__(self, folder, pages_host=PAGES_HOST, provider_host=PROVIDER_HOST):
        self.folder = folder
        self.pages_host, self.provider_host = pages_host, provider_host
        os.makedirs(folder, mode=0o755, exist_ok=True)
        self.ca = self.path("ca.pem")
        self.make_ca("ca")
        self.web_cert, self.web_key = self.server_certificate("web", pages_host)
        self.sim_cert, self.sim_key = self.server_certificate("sim", provider_host)
        self.client_key = self.rsa_key("client-key")
        self.client_jwks = self.path("client-jwks.json")
        with open(self.client_jwks, "w") as out:
            json.dump({"keys": [public_jwk(self.client_key)]}, out)

    def path(self, name):
        return os.path.join(self.folder, name)

    def make_ca(self, name):
        """One more CA, that nobody trusts unless told to."""
        if os.path.exists(self.path(name + ".pem")):
            return
        run(["openssl", "req", "-x509", "-newkey", *EC_P256, "-nodes",
             "-subj", "/CN=cis2 test CA", "-days", "3650", "-keyout", self.path(name + "-key.pem"),
             "-out", self.path(name + ".pem"),
             "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"])

    def server_certificate(self, name, host, days="60", kind=EC_P256, ca="ca"):
        """A certificate for one host name, signed by the CA; the paths of certificate and key. Made once."""
        key, request, cert = (self.path(name + suffix) for suffix in ("-key.pem", ".csr", "-cert.pem"))
        if os.path.exists(cert):
            return cert, key
        run(["openssl", "req", "-newkey", *kind, "-nodes", "-subj", f"/CN={host}", "-keyout", key, "-out", request])
        extensions = self.path(name + ".ext")
        with open(extensions, "w") as out:
            out.write(f"subjectAltName=DNS:{host}\nbasicConstraints=critical,CA:FALSE\n"
                      "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n")
        run(["openssl", "x509", "-req", "-in", request, "-CA", self.path(ca + ".pem"), "-CAkey", self.path(ca + "-key.pem"),
             "-CAcreateserial", *_lifetime(days), "-extfile", extensions, "-out", cert])
        os.chmod(key, 0o600)
        return cert, key

    def rsa_key(self, name, bits=2048):
        return self._key(name, "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}")

    def ec_key(self, name):
        return self._key(name, "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")

    def _key(self, name, *kind):
        key = self.path(name + ".pem")
        run(["openssl", "genpkey", *kind, "-out", key])
        os.chmod(key, 0o600)
        return key


def _lifetime(days):
    """Arguments of `openssl x509` for so many days from now. Below zero: a certificate whose time is over, which OpenSSL
    from 3.4 on says by dates alone, and older ones by days alone."""
    if int(days) >= 0 or tuple(map(int, run(["openssl", "version"]).stdout.split()[1].split(".")[:2])) < (3, 4):
        return ["-days", days]
    return ["-not_before", "20200101000000Z", "-not_after", "20200201000000Z"]


def public_jwk(key_file):
    """The public half of an RSA key as a JWK, its kid the RFC 7638 thumbprint."""
    modulus = run(["openssl", "rsa", "-in", key_file, "-noout", "-modulus"]).stdout.strip().split("=", 1)[1]
    n = base64url(bytes.fromhex(modulus))
    e = base64url((65537).to_bytes(3, "big"))
    thumbprint = hashlib.sha256(json.dumps({"e": e, "kty": "RSA", "n": n}, separators=(",", ":")).encode()).digest()
    return {"kty": "RSA", "n": n, "e": e, "kid": base64url(thumbprint), "use": "sig", "alg": "RS512"}


def private_parts(key_file):
    """Every form in which a leak of this private key would show in a text: the lines of the PEM file, and the private
    numbers as hexadecimal and base64url."""
    with open(key_file) as pem:
        lines = [line.strip() for line in pem if "-----" not in line]
    parts = [line for line in lines if len(line) >= 32]
    for number in private_numbers(key_file):
        parts += [number.hex()[:64], base64url(number)[:64]]
    return parts


def private_numbers(key_file):
    """The private exponent and the primes, or the private number of an elliptic curve; big endian. None of what is no key."""
    text = run(["openssl", "pkey", "-in", key_file, "-noout", "-text"], check=False).stdout
    blocks = re.findall(r"(?:privateExponent|prime1|prime2|priv):\n((?:\s+[0-9a-f:]+\n)+)", text)
    return [bytes.fromhex(re.sub(r"[\s:]", "", block)).lstrip(b"\0") for block in blocks]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
