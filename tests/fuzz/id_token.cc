// The claims of an ID token that is signed as it should be: oidc::VerifyIdToken, signature included. The
// input is the payload; it is signed here with ES256, which is quick.
//
// Invariant: a token that passes says what the checks promise: issuer, audience, nonce, times, levels.
#include "broker/oidc/id_token.h"

#include "tests/fuzz/target.h"
#include "tests/unit/broker/oidc/relying_party.h"

#include <algorithm>
#include <cstdint>

namespace cis2::fuzz {
namespace {

using reasons::Reason;

constexpr std::int64_t kSkew = 60;

struct Party {
  Party() {
    rp.settings.id_token_alg = "ES256";
    rp.http.Answer(oidc::kJwksUrl,
                   tests::JsonAnswer(tests::Jwks({tests::TestKey::Ec().Jwk(oidc::kKid, "ES256")})));
    Require(rp.provider.Refresh().has_value(), "the scripted provider is there");
  }
  oidc::RelyingParty rp;
  const base::Secret code{oidc::kCode};
  const base::Secret access_token{oidc::kAccessToken};
};

reasons::Checked<oidc::IdToken> Verify(Party& party, std::string_view payload) {
  const std::string token = tests::SignToken(R"({"typ":"JWT","kid":")" + oidc::kKid + R"(","alg":"ES256"})",
                                             std::string(payload), tests::TestKey::Ec(), "ES256");
  return oidc::VerifyIdToken(token, party.rp.provider,
                             {.settings = party.rp.settings,
                              .transaction = party.rp.transaction,
                              .code = party.code,
                              .access_token = party.access_token,
                              .now = party.rp.clock.WallNow()});
}

std::int64_t Time(const base::Json& claims, const char* name) {
  return base::IntegerMember(claims, name).value_or(-1);
}

bool NamesOnly(const base::Json& aud, const std::string& client_id) {
  return aud.is_array()
             ? !aud.empty() && std::ranges::all_of(aud, [&](const auto& one) { return one == client_id; })
             : aud == client_id;
}

void CheckPassed(const oidc::IdToken& token, const base::Json& claims, const oidc::RelyingParty& rp) {
  const std::int64_t now = rp.Now();
  Require(base::StringMember(claims, "iss") == oidc::kIssuer, "iss is the issuer");
  Require(NamesOnly(claims.value("aud", base::Json()), oidc::kClientId), "aud is this client alone");
  Require(base::StringMember(claims, "nonce") == rp.transaction.nonce.Reveal(), "nonce is this login's");
  Require(Time(claims, "exp") + kSkew > now, "exp is to come");
  Require(Time(claims, "iat") >= 0 && Time(claims, "iat") <= now + kSkew, "iat is past");
  Require(Time(claims, "auth_time") == token.auth_time.time_since_epoch().count(),
          "auth_time is as it was sent");
  Require(token.auth_age.count() >= 0 && token.auth_age <= rp.settings.max_age, "the sign-in is fresh");
  Require(claims.find("events") == claims.end(), "it is no logout token");
}

void CheckFields(const oidc::IdToken& token, const base::Json& claims) {
  Require(base::StringMember(claims, "sub") == token.sub && IsPrintable(token.sub), "sub is as it was sent");
  Require(!token.sub.empty() && token.sub.size() <= 255, "sub has its limits");
  Require(token.aal >= 0 && token.aal <= 9 && token.ial >= 0 && token.ial <= 9, "levels have one digit");
  Require(claims.contains("authentication_assurance_level") && claims.contains("id_assurance_level"),
          "both levels were sent");
}

void CheckRefused(const reasons::Refusal& refusal) {
  RequireRefusal(refusal, {Reason::kIdTokenForm,      Reason::kIdTokenIssuer,
                           Reason::kIdTokenAudience,  Reason::kIdTokenAuthorizedParty,
                           Reason::kIdTokenExpired,   Reason::kIdTokenIssuedAt,
                           Reason::kIdTokenNotBefore, Reason::kIdTokenNonce,
                           Reason::kIdTokenAtHash,    Reason::kIdTokenCHash,
                           Reason::kIdTokenSHash,     Reason::kIdTokenSubject,
                           Reason::kIdTokenAuthTime,  Reason::kIdTokenLogoutToken,
                           Reason::kIdTokenAcr,       Reason::kIdTokenClaimType,
                           Reason::kAalMissing,       Reason::kAalMalformed,
                           Reason::kIalMissing,       Reason::kIalMalformed});
}

}  // namespace

Judgement Judge(std::string_view payload) {
  static Party party;
  const auto token = Verify(party, payload);
  if (!token) {
    CheckRefused(token.error());
    return Judgement::kRefused;
  }
  const auto claims = base::ParseJson(payload);
  Require(claims.has_value(), "what passed is JSON");
  CheckPassed(*token, *claims, party.rp);
  CheckFields(*token, *claims);
  return Judgement::kAccepted;
}

}  // namespace cis2::fuzz
