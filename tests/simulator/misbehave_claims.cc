// The claims of the ID token (OIDC Core 2 and 3.1.3.7, NHS CIA Ses Req 003). The two levels have no row: POST
// /claims sets them.
#include "tests/simulator/misbehave_rows.h"

#include <array>
#include <cstdint>
#include <limits>

namespace cis2::simulator {
namespace {

constexpr Misbehaviour Row(std::string_view name, std::string_view what, void (*hook)(IdTokenDraft&)) {
  return {.name = name, .what = what, .id_token = hook};
}

constexpr std::string_view kOtherClient = "0000000000.other.apps";
constexpr std::string_view kLogoutEvent = "http://schemas.openid.net/event/backchannel-logout";

const std::string& ClientId(const IdTokenDraft& d) { return d.registration.client.id; }

// Moves a time claim.
void Shift(IdTokenDraft& d, std::string_view claim, std::int64_t seconds) {
  Json& value = d.claims[std::string(claim)];
  value = value.get<std::int64_t>() + seconds;
}

void AsString(IdTokenDraft& d, std::string_view claim) {
  Json& value = d.claims[std::string(claim)];
  value = std::to_string(value.get<std::int64_t>());
}

void WithFraction(IdTokenDraft& d, std::string_view claim) {
  Json& value = d.claims[std::string(claim)];
  value = static_cast<double>(value.get<std::int64_t>()) + 0.5;
}

constexpr std::int64_t kWeek = 7L * 24 * 3600;
constexpr std::int64_t kHour = 3600;

constexpr auto kRows =
    std::to_array<Misbehaviour>({
        // iss.
        Row("id-token-iss-wrong", "iss is another issuer",
            [](IdTokenDraft& d) { d.claims["iss"] = "https://other.sim-cis2.example:443/openam/oauth2"; }),
        Row("id-token-iss-missing", "there is no iss", [](IdTokenDraft& d) { d.claims.erase("iss"); }),
        Row("id-token-iss-without-port", "iss has no port",
            [](IdTokenDraft& d) {
              std::string iss = d.registration.issuer;
              const auto colon = iss.find(':', 8);
              d.claims["iss"] = iss.erase(colon, iss.find('/', colon) - colon);
            }),
        Row("id-token-iss-trailing-slash", "iss has a slash too much",
            [](IdTokenDraft& d) { d.claims["iss"] = d.registration.issuer + "/"; }),
        Row("id-token-iss-list", "iss is in a list",
            [](IdTokenDraft& d) { d.claims["iss"] = Json::array({d.registration.issuer}); }),

        // aud and azp.
        Row("id-token-aud-wrong", "aud is another client",
            [](IdTokenDraft& d) { d.claims["aud"] = kOtherClient; }),
        Row("id-token-aud-missing", "there is no aud", [](IdTokenDraft& d) { d.claims.erase("aud"); }),
        Row("id-token-aud-empty", "aud is an empty string", [](IdTokenDraft& d) { d.claims["aud"] = ""; }),
        Row("id-token-aud-empty-list", "aud is an empty list",
            [](IdTokenDraft& d) { d.claims["aud"] = Json::array(); }),
        Row("id-token-aud-with-stranger", "aud has another client besides",
            [](IdTokenDraft& d) { d.claims["aud"] = Json::array({ClientId(d), kOtherClient}); }),
        Row("id-token-aud-nested", "aud is a list in a list",
            [](IdTokenDraft& d) { d.claims["aud"] = Json::array({Json::array({ClientId(d)})}); }),
        Row("id-token-aud-object", "aud is an object",
            [](IdTokenDraft& d) { d.claims["aud"] = Json{{ClientId(d), true}}; }),
        Row("id-token-aud-other-case", "aud is the client id in capitals",
            [](IdTokenDraft& d) {
              std::string id = ClientId(d);
              id.replace(id.rfind("apps"), 4, "APPS");
              d.claims["aud"] = id;
            }),
        Row("id-token-aud-array", "aud is a list with the client alone in it",
            [](IdTokenDraft& d) { d.claims["aud"] = Json::array({ClientId(d)}); }),
        Row("id-token-azp-other", "azp is another client",
            [](IdTokenDraft& d) { d.claims["azp"] = kOtherClient; }),
        Row("id-token-azp-null", "azp is null", [](IdTokenDraft& d) { d.claims["azp"] = nullptr; }),
        Row("id-token-azp-missing", "there is no azp, and one aud",
            [](IdTokenDraft& d) { d.claims.erase("azp"); }),
        Row("id-token-azp-missing-two-aud", "there is no azp, and aud has the client twice",
            [](IdTokenDraft& d) {
              d.claims["aud"] = Json::array({ClientId(d), ClientId(d)});
              d.claims.erase("azp");
            }),

        // exp.
        Row("id-token-exp-past", "exp was five minutes and a second ago",
            [](IdTokenDraft& d) { Shift(d, "exp", -kHour - 301); }),
        Row("id-token-exp-missing", "there is no exp", [](IdTokenDraft& d) { d.claims.erase("exp"); }),
        Row("id-token-exp-null", "exp is null", [](IdTokenDraft& d) { d.claims["exp"] = nullptr; }),
        Row("id-token-exp-string", "exp is a string", [](IdTokenDraft& d) { AsString(d, "exp"); }),
        Row("id-token-exp-true", "exp is true", [](IdTokenDraft& d) { d.claims["exp"] = true; }),
        Row("id-token-exp-list", "exp is in a list",
            [](IdTokenDraft& d) { d.claims["exp"] = Json::array({d.claims["exp"]}); }),
        Row("id-token-exp-zero", "exp is 0", [](IdTokenDraft& d) { d.claims["exp"] = 0; }),
        Row("id-token-exp-negative", "exp is negative", [](IdTokenDraft& d) { d.claims["exp"] = -1; }),
        Row("id-token-exp-fraction", "exp is an hour and a half second ahead",
            [](IdTokenDraft& d) { WithFraction(d, "exp"); }),
        Row("id-token-exp-1e300", "exp is 1e300",
            [](IdTokenDraft& d) {
              d.claims.erase("exp");
              d.payload = WithRaw(d.claims, "exp", "1e300");
            }),
        Row("id-token-exp-2-63", "exp is 2 to the power of 63",
            [](IdTokenDraft& d) { d.claims["exp"] = std::uint64_t{1} << 63U; }),
        Row("id-token-exp-2-63-less-1", "exp is the largest number of 64 bits with a sign",
            [](IdTokenDraft& d) { d.claims["exp"] = std::numeric_limits<std::int64_t>::max(); }),
        Row("id-token-exp-year-10000", "exp is in the year 10000",
            [](IdTokenDraft& d) { d.claims["exp"] = 253402300800; }),
        Row("id-token-exp-within-skew", "exp was twenty seconds ago",
            [](IdTokenDraft& d) { Shift(d, "exp", -kHour - 20); }),

        // iat and nbf.
        Row("id-token-iat-missing", "there is no iat", [](IdTokenDraft& d) { d.claims.erase("iat"); }),
        Row("id-token-iat-week-old", "iat was a week ago", [](IdTokenDraft& d) { Shift(d, "iat", -kWeek); }),
        Row("id-token-iat-far-ahead", "iat is in an hour", [](IdTokenDraft& d) { Shift(d, "iat", kHour); }),
        Row("id-token-iat-string", "iat is a string", [](IdTokenDraft& d) { AsString(d, "iat"); }),
        Row("id-token-iat-fraction", "iat has a fraction", [](IdTokenDraft& d) { WithFraction(d, "iat"); }),
        Row("id-token-iat-negative", "iat is negative", [](IdTokenDraft& d) { d.claims["iat"] = -1; }),
        Row("id-token-iat-within-skew", "iat is in thirty seconds",
            [](IdTokenDraft& d) { Shift(d, "iat", 30); }),
        Row("id-token-nbf-ahead", "nbf is in an hour",
            [](IdTokenDraft& d) {
              d.claims["nbf"] = d.claims["iat"];
              Shift(d, "nbf", kHour);
            }),
        Row("id-token-nbf-string", "nbf is a string", [](IdTokenDraft& d) { d.claims["nbf"] = "0"; }),
        Row("id-token-nbf-past", "nbf has passed",
            [](IdTokenDraft& d) { d.claims["nbf"] = d.claims["iat"]; }),

        // nonce and hashes.
        Row("wrong-nonce", "the ID token has another nonce",
            [](IdTokenDraft& d) { d.claims["nonce"] = "not-the-nonce-that-was-sent"; }),
        Row("id-token-nonce-missing", "there is no nonce", [](IdTokenDraft& d) { d.claims.erase("nonce"); }),
        Row("id-token-nonce-empty", "nonce is empty", [](IdTokenDraft& d) { d.claims["nonce"] = ""; }),
        Row("id-token-nonce-list", "the right nonce is in a list",
            [](IdTokenDraft& d) { d.claims["nonce"] = Json::array({d.claims["nonce"]}); }),
        Row("id-token-at-hash-wrong", "at_hash is that of another access token",
            [](IdTokenDraft& d) { d.claims["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA"; }),
        Row("id-token-at-hash-number", "at_hash is a number",
            [](IdTokenDraft& d) { d.claims["at_hash"] = 1; }),
        Row("id-token-at-hash-empty", "at_hash is empty", [](IdTokenDraft& d) { d.claims["at_hash"] = ""; }),
        Row("id-token-at-hash-missing", "there is no at_hash",
            [](IdTokenDraft& d) { d.claims.erase("at_hash"); }),
        Row("id-token-c-hash-wrong", "c_hash is that of another code",
            [](IdTokenDraft& d) { d.claims["c_hash"] = "AAAAAAAAAAAAAAAAAAAAAA"; }),
        Row("id-token-c-hash-number", "c_hash is a number", [](IdTokenDraft& d) { d.claims["c_hash"] = 1; }),
        Row("id-token-c-hash-missing", "there is no c_hash",
            [](IdTokenDraft& d) { d.claims.erase("c_hash"); }),
        Row("id-token-s-hash-wrong", "s_hash is that of another state",
            [](IdTokenDraft& d) { d.claims["s_hash"] = "AAAAAAAAAAAAAAAAAAAAAA"; }),
        Row("id-token-s-hash-null", "s_hash is null", [](IdTokenDraft& d) { d.claims["s_hash"] = nullptr; }),
        Row("id-token-s-hash-missing", "there is no s_hash",
            [](IdTokenDraft& d) { d.claims.erase("s_hash"); }),

        // sub.
        Row("id-token-sub-missing", "there is no sub", [](IdTokenDraft& d) { d.claims.erase("sub"); }),
        Row("id-token-sub-empty", "sub is empty", [](IdTokenDraft& d) { d.claims["sub"] = ""; }),
        Row("id-token-sub-number", "sub is a number",
            [](IdTokenDraft& d) { d.claims["sub"] = 656005750105; }),
        Row("id-token-sub-list", "sub is in a list",
            [](IdTokenDraft& d) { d.claims["sub"] = Json::array({d.claims["sub"]}); }),
        Row("id-token-sub-long", "sub has 256 characters",
            [](IdTokenDraft& d) { d.claims["sub"] = std::string(256, '6'); }),
        Row("id-token-sub-control", "sub has a line end and a zero behind the right text",
            [](IdTokenDraft& d) { d.claims["sub"] = "656005750105\n" + std::string(1, '\0'); }),
        Row("id-token-sub-not-ascii", "sub has a digit that looks like the right one",
            [](IdTokenDraft& d) { d.claims["sub"] = "65600575010\xef\xbc\x95"; }),

        // auth_time.
        Row("id-token-auth-time-old", "auth_time was five minutes and a second ago",
            [](IdTokenDraft& d) { Shift(d, "auth_time", -301); }),
        Row("id-token-auth-time-missing", "there is no auth_time",
            [](IdTokenDraft& d) { d.claims.erase("auth_time"); }),
        Row("id-token-auth-time-ahead", "auth_time is in two minutes",
            [](IdTokenDraft& d) { Shift(d, "auth_time", 120); }),
        Row("id-token-auth-time-string", "auth_time is a string",
            [](IdTokenDraft& d) { AsString(d, "auth_time"); }),
        Row("id-token-auth-time-fraction", "auth_time has a fraction",
            [](IdTokenDraft& d) { WithFraction(d, "auth_time"); }),
        Row("id-token-auth-time-negative", "auth_time is negative",
            [](IdTokenDraft& d) { d.claims["auth_time"] = -1; }),
        Row("id-token-auth-time-milliseconds", "auth_time counts milliseconds",
            [](IdTokenDraft& d) {
              d.claims["auth_time"] = d.claims["auth_time"].get<std::int64_t>() * 1000;
            }),
        Row("id-token-auth-time-four-minutes", "auth_time was four minutes ago",
            [](IdTokenDraft& d) { Shift(d, "auth_time", -240); }),
        Row("id-token-auth-time-within-skew", "auth_time is in thirty seconds",
            [](IdTokenDraft& d) { Shift(d, "auth_time", 30); }),

        // acr and the claims that only describe.
        Row("id-token-acr-missing", "there is no acr", [](IdTokenDraft& d) { d.claims.erase("acr"); }),
        Row("id-token-acr-other", "acr is one that was not asked for",
            [](IdTokenDraft& d) { d.claims["acr"] = "AAL1_USERPASS"; }),
        Row("id-token-acr-list", "acr is in a list",
            [](IdTokenDraft& d) { d.claims["acr"] = Json::array({d.claims["acr"]}); }),
        Row("id-token-amr-string", "amr is a string",
            [](IdTokenDraft& d) { d.claims["amr"] = "N3_SMARTCARD"; }),
        Row("id-token-amr-missing", "there is no amr", [](IdTokenDraft& d) { d.claims.erase("amr"); }),
        Row("id-token-sid-number", "sid is a number", [](IdTokenDraft& d) { d.claims["sid"] = 7; }),
        Row("id-token-sid-missing", "there is no sid", [](IdTokenDraft& d) { d.claims.erase("sid"); }),
        Row("id-token-selected-role-number", "selected_roleid is a number",
            [](IdTokenDraft& d) { d.claims["selected_roleid"] = 656014452105; }),
        Row("id-token-selected-role-empty", "selected_roleid is empty",
            [](IdTokenDraft& d) { d.claims["selected_roleid"] = ""; }),
        Row("id-token-selected-role-unknown", "selected_roleid is none of the roles",
            [](IdTokenDraft& d) { d.claims["selected_roleid"] = "000000000000"; }),
        Row("id-token-unknown-claims", "there are claims that nobody knows",
            [](IdTokenDraft& d) {
              d.claims["unknown"] = Json::array({1, nullptr});
              d.claims["https://other.example/claim"] = 1.5;
            }),

        // Other kinds of token, signed by the same key.
        Row("id-token-with-events", "an ID token that has the events of a logout token",
            [](IdTokenDraft& d) { d.claims["events"] = Json{{kLogoutEvent, Json::object()}}; }),
        Row("id-token-logout-token", "a logout token",
            [](IdTokenDraft& d) {
              d.claims =
                  Json{{"iss", d.registration.issuer}, {"sub", d.claims["sub"]},
                       {"aud", ClientId(d)},           {"iat", d.claims["iat"]},
                       {"exp", d.claims["exp"]},       {"jti", "a-logout-token"},
                       {"sid", d.claims["sid"]},       {"events", Json{{kLogoutEvent, Json::object()}}}};
            }),
    });

}  // namespace

std::span<const Misbehaviour> IdTokenClaimRows() { return kRows; }

}  // namespace cis2::simulator
