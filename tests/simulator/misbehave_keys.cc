// The provider's keys (RFC 7517, RFC 8725 section 3.5), and which of them signs the ID token.
#include "tests/simulator/misbehave_rows.h"

#include <array>

namespace cis2::simulator {
namespace {

constexpr Misbehaviour Row(std::string_view name, std::string_view what, void (*jwks)(JwksDraft&),
                           void (*id_token)(IdTokenDraft&) = nullptr) {
  return {.name = name, .what = what, .jwks = jwks, .id_token = id_token};
}

// The JWK of the key that signs: the first.
Json& Signing(JwksDraft& d) { return d.document["keys"][0]; }

void AddSuccessor(JwksDraft& d) { d.document["keys"].push_back(PublicJwk(d.keys.Successor())); }
void AnswerText(JwksDraft& d, std::string text) { d.delivery.instead = JsonTextAnswer(std::move(text)); }

void SignWith(IdTokenDraft& d, const Key& key) {
  d.signer = &key;
  d.alg = key.alg;
  d.header["kid"] = key.kid;
  d.header["alg"] = key.alg;
}

constexpr auto kRows = std::to_array<Misbehaviour>({
    // The answer.
    Row("jwks-500", "the JWKS answers 500", [](JwksDraft& d) { d.delivery.instead = ServerError(); }),
    Row("jwks-redirect", "the JWKS redirects to another page",
        [](JwksDraft& d) { d.delivery.instead = RedirectElsewhere(); }),
    Row("jwks-html", "the JWKS is right, but called text/html",
        [](JwksDraft& d) { d.delivery.instead = TextAnswer("text/html", Text(d.document)); }),
    Row("jwks-own-type", "the JWKS is called application/jwk-set+json",
        [](JwksDraft& d) { d.delivery.instead = TextAnswer("application/jwk-set+json", Text(d.document)); }),
    Row("jwks-not-json", "the JWKS is no JSON", [](JwksDraft& d) { AnswerText(d, "keys"); }),
    Row("jwks-array", "the JWKS is the list of keys itself",
        [](JwksDraft& d) { AnswerText(d, Text(d.document["keys"])); }),
    Row("jwks-keys-object", "keys is one key in place of a list",
        [](JwksDraft& d) { d.document["keys"] = Json(Signing(d)); }),
    Row("jwks-key-string", "one of the keys is a string",
        [](JwksDraft& d) { d.document["keys"].push_back("key"); }),
    Row("jwks-duplicate-name", "the JWKS has keys twice",
        [](JwksDraft& d) { AnswerText(d, WithTwice(d.document, "keys")); }),
    Row("jwks-trailing-bytes", "more bytes come behind the JWKS",
        [](JwksDraft& d) { AnswerText(d, Text(d.document) + "x"); }),
    Row("jwks-huge", "the JWKS has two million bytes",
        [](JwksDraft& d) { AnswerText(d, Padded(d.document, 2'000'000)); }),
    Row("jwks-many-keys", "the JWKS has a hundred keys",
        [](JwksDraft& d) {
          while (d.document["keys"].size() < 100) {
            Json key = Signing(d);
            key["kid"] = "key-" + std::to_string(d.document["keys"].size());
            d.document["keys"].push_back(std::move(key));
          }
        }),
    Row("jwks-unknown-members", "JWKS and keys have members that nobody knows",
        [](JwksDraft& d) {
          d.document["unknown"] = 1;
          Signing(d)["unknown"] = Json::array({1});
        }),
    Row("jwks-max-age-0", "the JWKS may not be kept at all",
        [](JwksDraft& d) { d.delivery.more_headers.emplace_back("Cache-Control", "max-age=0"); }),

    // Keys that must not be used. Where another good one stands beside, only the token is refused.
    Row("jwks-enc-key-under-kid", "the key that signs is published for encryption, a good one beside it",
        [](JwksDraft& d) {
          Signing(d)["use"] = "enc";
          AddSuccessor(d);
        }),
    Row("jwks-no-usable-key", "the JWKS has no key for RS256",
        [](JwksDraft& d) { d.document["keys"].erase(0); }),
    Row("jwks-empty", "the JWKS has no key", [](JwksDraft& d) { d.document["keys"] = Json::array(); }),
    Row(
        "jwks-rsa-1024", "an RSA key of 1024 bits signs, published with a good one beside it",
        [](JwksDraft& d) {
          Signing(d) = PublicJwk(d.keys.Weak());
          AddSuccessor(d);
        },
        [](IdTokenDraft& d) { SignWith(d, d.keys.Weak()); }),
    Row("jwks-private-members", "the key is published with its private exponent",
        [](JwksDraft& d) { Signing(d)["d"] = "AQAB"; }),
    Row("jwks-kid-twice", "two good keys have one kid",
        [](JwksDraft& d) {
          AddSuccessor(d);
          d.document["keys"].back()["kid"] = Signing(d)["kid"];
        }),
    Row("jwks-exponent-1", "the key has the exponent 1", [](JwksDraft& d) { Signing(d)["e"] = "AQ"; }),
    Row("jwks-exponent-3", "the key has the exponent 3", [](JwksDraft& d) { Signing(d)["e"] = "Aw"; }),
    Row("jwks-exponent-even", "the key has an even exponent", [](JwksDraft& d) { Signing(d)["e"] = "AQAC"; }),
    Row("jwks-modulus-missing", "the key has no modulus", [](JwksDraft& d) { Signing(d).erase("n"); }),
    Row("jwks-modulus-number", "the modulus is a number", [](JwksDraft& d) { Signing(d)["n"] = 3233; }),
    Row("jwks-kty-missing", "the key has no kty", [](JwksDraft& d) { Signing(d).erase("kty"); }),
    Row("jwks-other-alg", "the key is published for RS512",
        [](JwksDraft& d) { Signing(d)["alg"] = "RS512"; }),
    Row("jwks-key-ops-encrypt", "the key may encrypt alone",
        [](JwksDraft& d) { Signing(d)["key_ops"] = Json::array({"encrypt"}); }),
    Row("jwks-symmetric", "the key is a symmetric one",
        [](JwksDraft& d) {
          Signing(d) = Json{{"kty", "oct"}, {"kid", Signing(d)["kid"]}, {"k", "c2VjcmV0"}};
        }),

    // Keys that may be used.
    Row("jwks-lone-key", "the JWKS has one key and nothing else",
        [](JwksDraft& d) { d.document["keys"] = Json::array({Signing(d)}); }),
    Row("jwks-bare-key", "the key has neither use nor alg",
        [](JwksDraft& d) {
          Signing(d).erase("use");
          Signing(d).erase("alg");
        }),

    // kid.
    Row(
        "kid-absent-one-key", "neither the token nor the one key for it has a kid",
        [](JwksDraft& d) { Signing(d).erase("kid"); }, [](IdTokenDraft& d) { d.header.erase("kid"); }),
    {.name = "kid-absent-in-token",
     .what = "the token has no kid, and there is one key for it",
     .id_token = [](IdTokenDraft& d) { d.header.erase("kid"); }},
    Row(
        "kid-absent-several-keys", "the token has no kid, and there are two keys for it",
        [](JwksDraft& d) { AddSuccessor(d); }, [](IdTokenDraft& d) { d.header.erase("kid"); }),
    {.name = "kid-unknown",
     .what = "the token names a key that the JWKS never has",
     .id_token = [](IdTokenDraft& d) { SignWith(d, d.keys.Successor()); }},
    {.name = "kid-path",
     .what = "kid is the path of a file",
     .id_token = [](IdTokenDraft& d) { d.header["kid"] = "../../../../../../dev/null"; }},
    {.name = "kid-empty", .what = "kid is empty", .id_token = [](IdTokenDraft& d) { d.header["kid"] = ""; }},
    {.name = "kid-number",
     .what = "kid is a number",
     .id_token = [](IdTokenDraft& d) { d.header["kid"] = 1; }},

    // Rotation.
    Row(
        "rotated-key", "a new key signs; the JWKS has it in place of the old one",
        [](JwksDraft& d) { Signing(d) = PublicJwk(d.keys.Successor()); },
        [](IdTokenDraft& d) { SignWith(d, d.keys.Successor()); }),
    Row(
        "rotated-key-overlap", "a new key signs; the JWKS has it beside the old one",
        [](JwksDraft& d) { AddSuccessor(d); }, [](IdTokenDraft& d) { SignWith(d, d.keys.Successor()); }),
    Row("rotated-key-ahead", "the old key signs still; the JWKS has the next one beside it",
        [](JwksDraft& d) { AddSuccessor(d); }),
    Row("rotated-key-withdrawn", "the old key signs still; the JWKS has the next one in its place",
        [](JwksDraft& d) { Signing(d) = PublicJwk(d.keys.Successor()); }),
});

}  // namespace

std::span<const Misbehaviour> KeyRows() { return kRows; }

}  // namespace cis2::simulator
