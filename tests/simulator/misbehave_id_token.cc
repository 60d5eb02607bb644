// The ID token as a signed text: header, signature, encoding, payload (RFC 7515, RFC 7519, RFC 8725).
#include "broker/base/text.h"
#include "tests/simulator/misbehave_rows.h"

#include <array>

namespace cis2::simulator {
namespace {

constexpr Misbehaviour Row(std::string_view name, std::string_view what, void (*hook)(IdTokenDraft&)) {
  return {.name = name, .what = what, .id_token = hook};
}

constexpr Misbehaviour Sent(std::string_view name, std::string_view what, void (*hook)(CompactDraft&)) {
  return {.name = name, .what = what, .compact = hook};
}

// Signed with `alg`, and the header says so.
void SignAs(IdTokenDraft& d, std::string_view alg, const Key& key) {
  d.signer = &key;
  d.alg = alg;
  d.header["alg"] = alg;
}

void Unsigned(IdTokenDraft& d, std::string_view alg) {
  d.signer = nullptr;
  d.header["alg"] = alg;
}

// A header that points to a key of its own, and that key signs.
void PointTo(IdTokenDraft& d, std::string_view name, Json value) {
  d.signer = &d.keys.Stranger();
  d.header[std::string(name)] = std::move(value);
}

std::size_t FirstDot(const CompactDraft& d) { return d.token.find('.'); }
std::size_t LastDot(const CompactDraft& d) { return d.token.rfind('.'); }

constexpr auto kRows = std::to_array<Misbehaviour>({
    // Signature and algorithm.
    Row("bad-signature", "another key signed the ID token, under the kid of the right one",
        [](IdTokenDraft& d) { d.signer = &d.keys.Stranger(); }),
    Row("alg-none", "the ID token is not signed, alg none", [](IdTokenDraft& d) { Unsigned(d, "none"); }),
    Row("id-token-alg-none-other-case", "the ID token is not signed, alg nOnE",
        [](IdTokenDraft& d) { Unsigned(d, "nOnE"); }),
    Row("id-token-alg-empty", "the ID token is not signed, alg is empty",
        [](IdTokenDraft& d) { Unsigned(d, ""); }),
    Row("id-token-alg-other-case", "alg is rs256", [](IdTokenDraft& d) { d.header["alg"] = "rs256"; }),
    Row("id-token-alg-missing", "the header has no alg", [](IdTokenDraft& d) { d.header.erase("alg"); }),
    Row("id-token-alg-list", "alg is in a list",
        [](IdTokenDraft& d) { d.header["alg"] = Json::array({"RS256"}); }),
    Row("id-token-no-signature", "alg is RS256, and the signature is missing",
        [](IdTokenDraft& d) { d.signer = nullptr; }),
    Row("id-token-hs256-public-key", "HS256, keyed with the PEM text of the public key",
        [](IdTokenDraft& d) { SignAs(d, "HS256", d.keys.Symmetric(PublicPem(d.keys.signing()))); }),
    Row("id-token-hs256-secret", "HS256, keyed with the client secret, or with nothing where there is none",
        [](IdTokenDraft& d) { SignAs(d, "HS256", d.keys.Symmetric(d.registration.client.secret.Reveal())); }),
    Row("id-token-es256", "ES256, with the published key for it",
        [](IdTokenDraft& d) {
          const Key& key = *d.keys.Signing("ES256");
          SignAs(d, "ES256", key);
          d.header["kid"] = key.kid;
        }),
    Row("id-token-rs512", "RS512, with the right key",
        [](IdTokenDraft& d) { SignAs(d, "RS512", d.keys.signing()); }),
    Row("id-token-ps256", "PS256, with the right key",
        [](IdTokenDraft& d) { SignAs(d, "PS256", d.keys.signing()); }),
    Row("id-token-rs512-called-rs256", "RS512, with the right key, and a header that says RS256",
        [](IdTokenDraft& d) { d.alg = "RS512"; }),
    Sent("id-token-payload-altered", "the payload is not the one that was signed",
         [](CompactDraft& d) {
           const auto at = FirstDot(d) + 1;
           const auto claims = base::Base64UrlDecode(std::string_view(d.token).substr(at, LastDot(d) - at));
           d.token.replace(at, LastDot(d) - at, base::Base64UrlEncode(claims.value_or("") + " "));
         }),
    Sent("id-token-signature-cut", "the last byte of the signature is missing",
         [](CompactDraft& d) {
           auto signature =
               base::Base64UrlDecode(std::string_view(d.token).substr(LastDot(d) + 1)).value_or("x");
           signature.pop_back();
           d.token.replace(LastDot(d) + 1, std::string::npos, base::Base64UrlEncode(signature));
         }),

    // Other members of the header.
    Row("id-token-crit", "the header has crit, with a name that is in the header",
        [](IdTokenDraft& d) {
          d.header["crit"] = Json::array({"exp"});
          d.header["exp"] = 1;
        }),
    Row("id-token-b64", "the header has b64", [](IdTokenDraft& d) { d.header["b64"] = true; }),
    Row("id-token-jku", "the header points to a JWKS with the key that signed",
        [](IdTokenDraft& d) { PointTo(d, "jku", "https://other.sim-cis2.example/jwks"); }),
    Row("id-token-jwk", "the header has the key that signed",
        [](IdTokenDraft& d) { PointTo(d, "jwk", PublicJwk(d.keys.Stranger())); }),
    Row("id-token-x5u", "the header points to a certificate",
        [](IdTokenDraft& d) { PointTo(d, "x5u", "https://other.sim-cis2.example/cert.pem"); }),
    Row("id-token-x5c", "the header has a certificate",
        [](IdTokenDraft& d) { PointTo(d, "x5c", Json::array({"MIIB"})); }),
    Row("id-token-typ-at-jwt", "typ says that it is an access token",
        [](IdTokenDraft& d) { d.header["typ"] = "at+jwt"; }),
    Row("id-token-typ-logout-jwt", "typ says that it is a logout token",
        [](IdTokenDraft& d) { d.header["typ"] = "logout+jwt"; }),
    Row("id-token-typ-number", "typ is a number", [](IdTokenDraft& d) { d.header["typ"] = 1; }),
    Row("id-token-typ-missing", "the header has no typ", [](IdTokenDraft& d) { d.header.erase("typ"); }),
    Row("id-token-typ-small", "typ is jwt", [](IdTokenDraft& d) { d.header["typ"] = "jwt"; }),
    Row("id-token-header-unknown", "the header has a member that nobody knows",
        [](IdTokenDraft& d) { d.header["unknown"] = "x"; }),
    Row("id-token-header-array", "the header is a list",
        [](IdTokenDraft& d) { d.header_text = Text(Json::array({d.header})); }),
    Row("id-token-header-duplicate", "the header has alg twice",
        [](IdTokenDraft& d) { d.header_text = WithTwice(d.header, "alg"); }),
    Row("id-token-header-trailing-bytes", "more bytes come behind the header, inside its part",
        [](IdTokenDraft& d) { d.header_text = Text(d.header) + "x"; }),
    Row("id-token-header-huge", "the header has ten thousand bytes",
        [](IdTokenDraft& d) { d.header_text = Padded(d.header, 10'000); }),

    // The form of the token.
    Sent("id-token-trailing-dot", "there is a dot too much at the end",
         [](CompactDraft& d) { d.token += "."; }),
    Sent("id-token-trailing-bytes", "more characters come behind the signature",
         [](CompactDraft& d) { d.token += "AAAA"; }),
    Sent("id-token-trailing-newline", "there is a line end behind the token",
         [](CompactDraft& d) { d.token += "\n"; }),
    Sent("id-token-two-parts", "the signature and its dot are missing",
         [](CompactDraft& d) { d.token.resize(LastDot(d)); }),
    Sent("id-token-five-parts", "the token has five parts, as an encrypted one",
         [](CompactDraft& d) { d.token += ".AAAA.AAAA"; }),
    Sent("id-token-whitespace", "there is a space in the payload part",
         [](CompactDraft& d) { d.token.insert(FirstDot(d) + 5, " "); }),
    Sent("id-token-padded", "the signature part is padded", [](CompactDraft& d) { d.token += "=="; }),
    Sent("id-token-other-alphabet", "there is a + of the other alphabet in the payload part",
         [](CompactDraft& d) { d.token[FirstDot(d) + 5] = '+'; }),
    Sent("id-token-json-form", "the token is in the JSON form of RFC 7515",
         [](CompactDraft& d) {
           const auto at = FirstDot(d) + 1;
           const auto end = LastDot(d);
           d.token = Text(Json{{"protected", d.token.substr(0, at - 1)},
                               {"payload", d.token.substr(at, end - at)},
                               {"signature", d.token.substr(end + 1)}});
         }),

    // The form of the payload, well signed.
    Row("id-token-payload-array", "the payload is a list with the claims in it",
        [](IdTokenDraft& d) { d.payload = Text(Json::array({d.claims})); }),
    Row("id-token-payload-string", "the payload is a string",
        [](IdTokenDraft& d) { d.payload = "\"claims\""; }),
    Row("id-token-payload-not-json", "the payload is no JSON", [](IdTokenDraft& d) { d.payload = "sub=1"; }),
    Row("id-token-payload-duplicate", "the payload has sub twice",
        [](IdTokenDraft& d) { d.payload = WithTwice(d.claims, "sub"); }),
    Row("id-token-payload-duplicate-inside", "an object in the payload has a name twice",
        [](IdTokenDraft& d) { d.payload = WithRaw(d.claims, "inside", R"({"a":1,"a":2})"); }),
    Row("id-token-payload-duplicate-escaped", "the payload has sub twice, once with an escape",
        [](IdTokenDraft& d) { d.payload = R"({"\u0073ub":"656005750107",)" + Text(d.claims).substr(1); }),
    Row("id-token-payload-trailing-bytes", "more bytes come behind the claims, inside the payload",
        [](IdTokenDraft& d) { d.payload = Text(d.claims) + "{}"; }),
    Row("id-token-payload-nul", "a zero byte comes behind the claims, inside the payload",
        [](IdTokenDraft& d) { d.payload = Text(d.claims) + std::string(1, '\0'); }),
    Row("id-token-payload-deep", "the payload has lists two hundred deep",
        [](IdTokenDraft& d) { d.payload = WithRaw(d.claims, "deep", DeepList()); }),
    Row("id-token-payload-huge", "the payload has a hundred thousand bytes",
        [](IdTokenDraft& d) { d.payload = Padded(d.claims, 100'000); }),
    Row("id-token-payload-lone-surrogate", "a claim has half of a surrogate pair",
        [](IdTokenDraft& d) { d.payload = WithRaw(d.claims, "name", R"("\ud800")"); }),
    Row("id-token-payload-invalid-utf8", "a claim has bytes that are no UTF-8",
        [](IdTokenDraft& d) { d.payload = WithRaw(d.claims, "name", "\"\xc3\x28\""); }),
    Row("id-token-payload-bom", "a byte order mark stands before the claims",
        [](IdTokenDraft& d) { d.payload = "\xef\xbb\xbf" + Text(d.claims); }),
    Row("id-token-payload-comment", "a comment stands before the claims",
        [](IdTokenDraft& d) { d.payload = "/**/" + Text(d.claims); }),
    Row("id-token-payload-nan", "a claim is NaN",
        [](IdTokenDraft& d) { d.payload = WithRaw(d.claims, "number", "NaN"); }),
    Row("id-token-payload-spaced", "the claims have line ends and spaces between them",
        [](IdTokenDraft& d) { d.payload = " " + d.claims.dump(2) + "\n"; }),
});

}  // namespace

std::span<const Misbehaviour> IdTokenFormRows() { return kRows; }

}  // namespace cis2::simulator
