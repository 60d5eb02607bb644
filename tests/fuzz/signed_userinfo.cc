// Userinfo as a JWT of profile oidc: oidc::RequestUserinfo, signature included. The input is the payload; it
// is signed here with ES256, which is quick.
//
// Invariant: it is believed for the sub of the ID token and for this client alone, and words come out whole.
#include "broker/base/json.h"
#include "broker/oidc/userinfo.h"
#include "tests/fuzz/target.h"
#include "tests/unit/broker/oidc/relying_party.h"

#include <algorithm>

namespace cis2::fuzz {
namespace {

using reasons::Reason;

struct Party {
  Party() {
    rp.settings.profile = config::Profile::kOidc;
    rp.settings.id_token_alg = "ES256";
    rp.settings.userinfo_signed = true;
    rp.settings.roles_claim = "roles";
    rp.settings.orgs_claim = "groups";
    rp.http.Answer(oidc::kJwksUrl,
                   tests::JsonAnswer(tests::Jwks({tests::TestKey::Ec().Jwk(oidc::kKid, "ES256")})));
    Require(rp.provider.Refresh().has_value(), "the scripted provider is there");
  }
  oidc::RelyingParty rp;
  const base::Secret access_token{oidc::kAccessToken};
};

reasons::Checked<oidc::Userinfo> Request(Party& party, std::string_view payload) {
  const std::string token = tests::SignToken(R"({"kid":")" + oidc::kKid + R"(","alg":"ES256"})",
                                             std::string(payload), tests::TestKey::Ec(), "ES256");
  party.rp.http.Answer(
      oidc::kUserinfoUrl,
      http::Response{.status = 200, .headers = {{"Content-Type", "application/jwt"}}, .body = token});
  return oidc::RequestUserinfo(oidc::kUserinfoUrl, party.rp.http,
                               {.settings = party.rp.settings,
                                .provider = party.rp.provider,
                                .access_token = party.access_token,
                                .sub = oidc::kSub,
                                .ial = 3,
                                .now = party.rp.clock.WallNow()});
}

void CheckBelieved(const oidc::Userinfo& userinfo, const base::Json& claims, const oidc::RelyingParty& rp) {
  Require(base::StringMember(claims, "sub") == oidc::kSub, "the details are this person's");
  Require(claims.value("iss", base::Json(oidc::kIssuer)) == oidc::kIssuer, "they are this issuer's");
  Require(!claims.contains("nonce") && !claims.contains("events"), "the token is of no other kind");
  if (claims.contains("exp")) {
    Require(base::IntegerMember(claims, "exp").value_or(0) + rp.settings.clock_skew.count() > rp.Now(),
            "they are not too old");
  }
  Require(std::ranges::none_of(userinfo.roles, [](const auto& role) { return role.role_code.empty(); }),
          "no role is without a name");
  Require(std::ranges::find(userinfo.orgs, "") == userinfo.orgs.end(), "no organisation is without a code");
}

}  // namespace

Judgement Judge(std::string_view payload) {
  static Party party;
  const auto userinfo = Request(party, payload);
  if (!userinfo) {
    RequireRefusal(userinfo.error(), {Reason::kUserinfoMalformed, Reason::kUserinfoSubject,
                                      Reason::kUserinfoSignature, Reason::kUserinfoClaims});
    return Judgement::kRefused;
  }
  const auto claims = base::ParseJson(payload);
  Require(claims.has_value(), "what is believed is JSON");
  CheckBelieved(*userinfo, *claims, party.rp);
  return Judgement::kAccepted;
}

}  // namespace cis2::fuzz
