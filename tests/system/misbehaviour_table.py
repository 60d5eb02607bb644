"""What must come of each misbehaviour of the provider: the rows that test_20_misbehaviours drives through a real login.

A row is a misbehaviour of cis2-sim (tests/simulator/misbehave_*.cc), or claims that override its honest ones, and what the
broker must make of it. A name with a slash is the same misbehaviour under another configuration. docs/relying-party.md
says what each row stands for; tests/lint/relying_party.py holds that table, simulator and document name the same rows.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    outcome: str           # of the login, in the audit
    reason: str            # its id; of an accepted login "none"
    page: str              # data-outcome of the page that the person ends on; "" if no link was shown
    claims: dict = None    # what POST /claims of cis2-sim takes, in place of a misbehaviour
    later: bool = False    # begins only when the broker has keys and discovery document
    log: str = ""          # the reason that the broker logs, where the login itself only says that it cannot be done

    @property
    def misbehaviour(self):
        """Its name at cis2-sim, or None."""
        name = self.name.split("/")[0]
        return None if self.claims or name == "honest" else name

    @property
    def configuration(self):
        return self.name.partition("/")[2]

    @property
    def expected(self):
        """One word and a reason, as the document has them."""
        if self.outcome == "allowed":
            return "accepted"
        return f"refused, `{self.log or self.reason}`"


def accepted(name, **more):
    return Row(name, "allowed", "none", "code", **more)


def refused(reason, *names, **more):
    return [Row(name, "refused", reason, "refused", **more) for name in names]


def unavailable(*names):
    """The provider fails in the middle of a login."""
    return [Row(name, "unavailable", "provider.unavailable", "unavailable") for name in names]


def ignored(reason, *names):
    """What comes back belongs to no login: the page says so, the login goes on and ends with its terminal."""
    return [Row(name, "cancelled", "login.cancelled", "error", log=reason) for name in names]


def away(reason, *names):
    """The provider cannot be used, so that no link is shown."""
    return [Row(name, "unavailable", "provider.not_ready", "", log=reason) for name in names]


def all_accepted(*names, **more):
    return [accepted(name, **more) for name in names]


# --- rows for which the broker starts afresh: it fetches the discovery document and the keys when it starts

DISCOVERY = [
    *away("provider.unavailable", "discovery-500", "discovery-huge"),
    *away("discovery.malformed", "discovery-404", "discovery-redirect", "discovery-html", "discovery-not-json",
          "discovery-array", "discovery-duplicate-name", "discovery-trailing-bytes", "discovery-deep",
          "discovery-issuer-missing", "discovery-issuer-list", "discovery-token-endpoint-number",
          "discovery-authorization-endpoint-missing", "discovery-token-endpoint-missing", "discovery-jwks-uri-missing",
          "discovery-userinfo-endpoint-missing", "discovery-iss-promise-string"),
    *away("discovery.issuer_mismatch", "discovery-other-issuer", "discovery-issuer-without-port",
          "discovery-issuer-other-case", "discovery-issuer-trailing-slash"),
    *away("discovery.endpoint", "discovery-authorization-endpoint-other-host", "discovery-token-endpoint-other-host",
          "discovery-jwks-uri-other-host", "discovery-userinfo-endpoint-other-host",
          "discovery-authorization-endpoint-http", "discovery-token-endpoint-other-port", "discovery-jwks-uri-with-user",
          "discovery-token-endpoint-fragment", "discovery-token-endpoint-relative"),
    *refused("callback.issuer_missing", "discovery-iss-promised-not-sent"),
    *all_accepted("discovery-unknown-members", "discovery-max-age-0", "discovery-iss-not-promised"),
]

KEYS = [
    *away("provider.unavailable", "jwks-500", "jwks-huge"),
    *away("jwks.malformed", "jwks-redirect", "jwks-html", "jwks-not-json", "jwks-array", "jwks-keys-object",
          "jwks-key-string", "jwks-duplicate-name", "jwks-trailing-bytes", "jwks-many-keys", "jwks-no-usable-key",
          "jwks-empty", "jwks-private-members", "jwks-kid-twice", "jwks-exponent-1", "jwks-exponent-3",
          "jwks-exponent-even", "jwks-modulus-missing", "jwks-modulus-number", "jwks-kty-missing", "jwks-other-alg",
          "jwks-key-ops-encrypt", "jwks-symmetric"),
    *refused("id_token.key", "jwks-enc-key-under-kid", "jwks-rsa-1024", "kid-absent-several-keys"),
    *all_accepted("jwks-own-type", "jwks-unknown-members", "jwks-max-age-0", "jwks-lone-key", "jwks-bare-key",
                  "kid-absent-one-key", "rotated-key", "rotated-key-overlap", "rotated-key-ahead"),
    # These begin when the broker has the old keys: it fetches once more, and only then decides.
    *all_accepted("kid-absent-in-token", "rotated-key/just-before-signing", "rotated-key-overlap/just-before-signing",
                  "rotated-key-withdrawn", later=True),
    *refused("id_token.key", "kid-unknown", "kid-path", "kid-empty", later=True),
    *refused("id_token.form", "kid-number", later=True),
]

# --- the redirect back

CALLBACK = [
    accepted("honest"),
    *refused("callback.access_denied", "authorize-access-denied"),
    *refused("callback.provider_error", "authorize-error", "authorize-login-required", "authorize-interaction-required",
             "authorize-temporarily-unavailable", "authorize-error-unknown", "authorize-error-html",
             "authorize-error-escapes"),
    *refused("callback.issuer_mismatch", "callback-wrong-iss", "callback-iss-trailing-slash", "callback-iss-empty"),
    *refused("token.invalid_grant", "callback-unknown-code"),
    *ignored("callback.state_unknown", "callback-wrong-state", "callback-state-missing", "callback-state-empty"),
    *ignored("callback.malformed", "authorize-error-control", "callback-state-twice", "callback-code-twice",
             "callback-code-and-error", "callback-neither", "callback-code-empty", "callback-code-control",
             "callback-code-huge"),
    *all_accepted("callback-extra-parameters", "callback-bare"),
]

ISS_PROMISED = [
    accepted("honest/iss-promised"),
    *refused("callback.issuer_missing", "callback-iss-missing/iss-promised"),
    *refused("callback.issuer_mismatch", "callback-wrong-iss/iss-promised", "callback-iss-trailing-slash/iss-promised"),
    *ignored("callback.malformed", "callback-iss-twice/iss-promised"),
    *refused("callback.provider_error", "authorize-error/iss-promised"),
]

# --- the token response

TOKEN = [
    *unavailable("token-500", "token-503", "token-huge"),
    *refused("token.invalid_grant", "token-invalid-grant"),
    *refused("token.invalid_client", "token-invalid-client", "token-invalid-client-400"),
    *refused("token.error", "token-other-error", "token-error-number", "token-error-html", "token-error-not-json"),
    *refused("token.malformed", "token-redirect", "token-200-with-error", "token-201", "token-array", "token-html",
             "token-not-json", "token-duplicate-name", "token-trailing-bytes", "token-deep",
             "token-invalid-utf8", "token-no-id-token", "token-id-token-empty", "token-id-token-list",
             "token-no-access-token", "token-access-token-empty", "token-access-token-number", "token-access-token-space",
             "token-access-token-newline", "token-access-token-huge", "token-type-mac", "token-type-number",
             "token-type-missing", "token-expires-in-string", "token-expires-in-negative", "token-expires-in-fraction"),
    *refused("id_token.aud", "token-access-token-as-id-token"),
    *all_accepted("token-type-small", "token-type-capitals", "token-no-expires-in", "token-no-scope",
                  "token-unknown-members"),
]

# --- the ID token

ID_TOKEN_FORM = [
    *refused("id_token.signature", "bad-signature", "id-token-no-signature", "id-token-rs512-called-rs256",
             "id-token-payload-altered", "id-token-signature-cut", "id-token-trailing-bytes"),
    *refused("id_token.alg", "alg-none", "id-token-alg-none-other-case", "id-token-alg-empty", "id-token-alg-other-case",
             "id-token-alg-missing", "id-token-alg-list", "id-token-hs256-public-key", "id-token-hs256-secret",
             "id-token-es256", "id-token-rs512", "id-token-ps256"),
    *refused("id_token.crit", "id-token-crit", "id-token-b64", "id-token-jku", "id-token-jwk", "id-token-x5u",
             "id-token-x5c"),
    *refused("id_token.typ", "id-token-typ-at-jwt", "id-token-typ-logout-jwt"),
    *refused("id_token.form", "id-token-typ-number", "id-token-header-array", "id-token-header-duplicate",
             "id-token-header-trailing-bytes", "id-token-header-huge", "id-token-trailing-dot",
             "id-token-trailing-newline", "id-token-two-parts", "id-token-five-parts", "id-token-whitespace",
             "id-token-padded", "id-token-other-alphabet", "id-token-json-form", "id-token-payload-array",
             "id-token-payload-string", "id-token-payload-not-json", "id-token-payload-duplicate",
             "id-token-payload-duplicate-inside", "id-token-payload-duplicate-escaped", "id-token-payload-trailing-bytes",
             "id-token-payload-nul", "id-token-payload-deep", "id-token-payload-huge", "id-token-payload-lone-surrogate",
             "id-token-payload-invalid-utf8", "id-token-payload-bom", "id-token-payload-comment", "id-token-payload-nan"),
    *all_accepted("id-token-typ-missing", "id-token-typ-small", "id-token-header-unknown", "id-token-payload-spaced"),
]

ID_TOKEN_CLAIMS = [
    *refused("id_token.iss", "id-token-iss-wrong", "id-token-iss-missing", "id-token-iss-without-port",
             "id-token-iss-trailing-slash", "id-token-iss-list"),
    *refused("id_token.aud", "id-token-aud-wrong", "id-token-aud-missing", "id-token-aud-empty", "id-token-aud-empty-list",
             "id-token-aud-with-stranger", "id-token-aud-nested", "id-token-aud-object", "id-token-aud-other-case"),
    *refused("id_token.azp", "id-token-azp-other", "id-token-azp-null", "id-token-azp-missing-two-aud"),
    *refused("id_token.exp", "id-token-exp-past", "id-token-exp-missing", "id-token-exp-null", "id-token-exp-string",
             "id-token-exp-true", "id-token-exp-list", "id-token-exp-zero", "id-token-exp-negative",
             "id-token-exp-fraction", "id-token-exp-1e300", "id-token-exp-2-63", "id-token-exp-2-63-less-1",
             "id-token-exp-year-10000"),
    *refused("id_token.iat", "id-token-iat-missing", "id-token-iat-week-old", "id-token-iat-far-ahead",
             "id-token-iat-string", "id-token-iat-fraction", "id-token-iat-negative"),
    *refused("id_token.nbf", "id-token-nbf-ahead", "id-token-nbf-string"),
    *refused("id_token.nonce", "wrong-nonce", "id-token-nonce-missing", "id-token-nonce-empty", "id-token-nonce-list"),
    *refused("id_token.at_hash", "id-token-at-hash-wrong", "id-token-at-hash-number", "id-token-at-hash-empty"),
    *refused("id_token.c_hash", "id-token-c-hash-wrong", "id-token-c-hash-number"),
    *refused("id_token.s_hash", "id-token-s-hash-wrong", "id-token-s-hash-null"),
    *refused("id_token.sub", "id-token-sub-missing", "id-token-sub-empty", "id-token-sub-number", "id-token-sub-list",
             "id-token-sub-long", "id-token-sub-control", "id-token-sub-not-ascii"),
    *refused("id_token.auth_time", "id-token-auth-time-old", "id-token-auth-time-missing", "id-token-auth-time-ahead",
             "id-token-auth-time-string", "id-token-auth-time-fraction", "id-token-auth-time-negative",
             "id-token-auth-time-milliseconds"),
    *refused("id_token.acr", "id-token-acr-missing", "id-token-acr-other", "id-token-acr-list"),
    *refused("id_token.claim_type", "id-token-amr-string", "id-token-sid-number", "id-token-selected-role-number"),
    *refused("id_token.logout_token", "id-token-with-events", "id-token-logout-token"),
    *all_accepted("id-token-aud-array", "id-token-azp-missing", "id-token-exp-within-skew", "id-token-iat-within-skew",
                  "id-token-nbf-past", "id-token-at-hash-missing", "id-token-c-hash-missing", "id-token-s-hash-missing",
                  "id-token-auth-time-four-minutes", "id-token-auth-time-within-skew", "id-token-amr-missing",
                  "id-token-sid-missing", "id-token-selected-role-empty", "id-token-selected-role-unknown",
                  "id-token-unknown-claims"),
]

# --- the two levels

LEVEL_CLAIMS = {"ial": "id_assurance_level", "aal": "authentication_assurance_level"}
NO_LEVELS = {
    "null": None, "empty": "", "word": "three", "fraction": 3.5, "whole-fraction": 3.0, "space-behind": "3 ",
    "space-before": " 3", "negative": -3, "huge": 99999999999999999999, "two-digits": 33, "two-digits-string": "33",
    "fraction-string": "3.0", "list": [3], "object": {"level": 3}, "true": True, "other-digit": "\uff13",
}


def levels(suffix, least):
    """Each value of the matrix for each level, where the grant wants at least `least`."""
    rows = []
    for level, claim in LEVEL_CLAIMS.items():
        def row(value, text, make, *arguments, claim=claim, level=level):
            return make(*arguments, f"{level}-{text}{suffix}", claims={"id_token": {claim: value}})

        rows += refused(f"levels.{level}_missing", f"{level}-missing{suffix}", claims={"remove": [f"id_token.{claim}"]})
        for text, value in NO_LEVELS.items():
            rows += row(value, text, refused, f"levels.{level}_malformed")
        for value in range(1, 4):
            for text, given in ((f"{value}", value), (f"{value}-string", str(value))):
                if value >= (least if level == "aal" else 3):
                    rows.append(row(given, text, accepted))
                else:
                    rows += row(given, text, refused, f"levels.{level}_too_low")
    return rows


LEVELS = levels("", 3)
# With minimum 2, of the AAL alone: nobody asks for less than IAL 3.
LEVELS_LEAST_2 = [row for row in levels("/least-aal-2", 2) if row.name.startswith("aal")]

# --- userinfo

USERINFO = [
    *unavailable("userinfo-500", "userinfo-huge"),
    *refused("userinfo.refused", "userinfo-401", "userinfo-403"),
    *refused("userinfo.malformed", "userinfo-redirect", "userinfo-204", "userinfo-html", "userinfo-text-plain",
             "userinfo-array", "userinfo-not-json", "userinfo-duplicate-name", "userinfo-trailing-bytes", "userinfo-deep",
             "userinfo-invalid-utf8", "userinfo-lone-surrogate", "userinfo-roles-string",
             "userinfo-roles-null", "userinfo-roles-strings", "userinfo-roles-nested", "userinfo-role-without-org",
             "userinfo-role-org-empty", "userinfo-role-without-code", "userinfo-role-without-id",
             "userinfo-role-code-number", "userinfo-activities-number", "userinfo-orgs-string",
             "userinfo-org-without-code", "userinfo-signed"),
    *refused("userinfo.sub", "userinfo-other-sub", "userinfo-sub-missing", "userinfo-sub-number", "userinfo-sub-spaced"),
    *refused("levels.userinfo_ial_lower", "userinfo-ial-lower", "userinfo-ial-words", "userinfo-ial-null"),
    *all_accepted("userinfo-unknown-claims", "userinfo-aggregated-claims", "userinfo-ial-number", "userinfo-ial-missing",
                  "userinfo-roles-missing", "userinfo-roles-empty", "userinfo-roles-object", "userinfo-roles-hundred",
                  "userinfo-activities-missing", "userinfo-activities-string", "userinfo-orgs-object",
                  "userinfo-orgs-empty"),
]

# The same where the grant wants a role, an organisation and an activity in place of a person.
BY_ROLE = [
    accepted("honest/by-role"),
    *all_accepted("userinfo-roles-object/by-role", "userinfo-roles-hundred/by-role", "userinfo-activities-string/by-role"),
    *refused("policy.no_grant", "userinfo-roles-missing/by-role", "userinfo-roles-empty/by-role",
             "userinfo-activities-missing/by-role", "id-token-selected-role-unknown/by-role"),
    accepted("id-token-selected-role-empty/by-role"),
]

# --- the ways in which the client proves itself

CLIENT_SECRET = {method: [accepted(f"honest/{method}"), *refused("id_token.alg", f"id-token-hs256-secret/{method}")]
                 for method in ("client_secret_basic", "client_secret_post")}

# --- answers that never come

HANGING = [
    *away("provider.unavailable", "discovery-hang/timeout-2s"),
    *unavailable("token-hang/timeout-2s", "userinfo-hang/timeout-2s"),
]

# --- signed userinfo

SIGNED_USERINFO = [
    accepted("honest/userinfo-signed"),
    *refused("userinfo.malformed", "signed-userinfo-plain/userinfo-signed", "signed-userinfo-other-type/userinfo-signed"),
    *refused("userinfo.signature", "signed-userinfo-bad-signature/userinfo-signed",
             "signed-userinfo-alg-none/userinfo-signed", "signed-userinfo-rs512/userinfo-signed"),
    *refused("userinfo.claims", "signed-userinfo-id-token/userinfo-signed"),
    *refused("userinfo.sub", "userinfo-other-sub/userinfo-signed"),
]

ROWS = [*DISCOVERY, *KEYS, *CALLBACK, *ISS_PROMISED, *TOKEN, *ID_TOKEN_FORM, *ID_TOKEN_CLAIMS, *LEVELS, *LEVELS_LEAST_2,
        *USERINFO, *SIGNED_USERINFO, *BY_ROLE, *HANGING, *(row for rows in CLIENT_SECRET.values() for row in rows)]
