"""cis2-sim from outside: the process, and its control interface (tests/simulator/CONTROL.md)."""

import http.client
import json

ISSUER_PATH = "/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare"

# name: sub, as CONTROL.md lists them
OPERATORS = {
    "many-roles": "656005750104",
    "one-role": "656005750105",
    "no-roles": "656005750106",
    "second": "656005750107",
    "aal2": "656005750112",
    "aal1": "656005750110",
    "ial2": "656005750201",
    "ial1": "656005750202",
}


class Sim:
    def __init__(self, program, control):
        self.program = program
        self._address = control

    def _call(self, method, path, body=None):
        connection = http.client.HTTPConnection(*self._address, timeout=10)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json"} if data else {})
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status != 200:
                raise AssertionError(f"cis2-sim: {method} {path} gave {answer.status}: {text}")
            return json.loads(text) if text.strip() else None
        finally:
            connection.close()

    def robot(self, operator):
        """Every later sign-in is this operator's, at once; None shows the page again."""
        self._call("POST", "/robot", {"operator": operator})

    def misbehave(self, name, times=1):
        self._call("POST", "/misbehave", {"name": name, "times": times})

    def claims(self, id_token=None, userinfo=None, remove=()):
        self._call("POST", "/claims", {"id_token": id_token or {}, "userinfo": userinfo or {}, "remove": list(remove)})

    def reset(self):
        self._call("POST", "/reset", {})

    def requests(self):
        return self._call("GET", "/requests")

    def secrets(self):
        """Every secret seen or made, as pairs (kind, value)."""
        return list(_pairs("", self._call("GET", "/secrets")))


def _pairs(kind, value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _pairs(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _pairs(kind, inner)
    elif isinstance(value, str) and value:
        yield kind, value
