// The answer of the userinfo endpoint: oidc::RequestUserinfo.
//
// Invariant: it is believed for the sub of the ID token alone, and no role or organisation comes out half
// empty.
#include "broker/oidc/userinfo.h"

#include "broker/base/json.h"
#include "tests/fuzz/http_answer.h"
#include "tests/fuzz/target.h"
#include "tests/unit/broker/oidc/relying_party.h"

#include <algorithm>

namespace cis2::fuzz {
namespace {

using reasons::Reason;

bool IsWhole(const identity::Role& role) {
  return !role.person_roleid.empty() && !role.org_code.empty() && !role.role_code.empty();
}

}  // namespace

Judgement Judge(std::string_view input) {
  const http::Response answer = AnswerOf(input);
  oidc::RelyingParty rp;
  rp.http.Answer(oidc::kUserinfoUrl, answer);
  const base::Secret access_token(oidc::kAccessToken);
  const auto userinfo = oidc::RequestUserinfo(oidc::kUserinfoUrl, rp.http,
                                              {.settings = rp.settings,
                                               .provider = rp.provider,
                                               .access_token = access_token,
                                               .sub = oidc::kSub,
                                               .ial = 3,
                                               .now = rp.clock.WallNow()});
  if (!userinfo) {
    RequireRefusal(userinfo.error(),
                   {Reason::kUserinfoRefused, Reason::kUserinfoMalformed, Reason::kUserinfoSubject,
                    Reason::kIalUserinfoLower, Reason::kProviderUnavailable});
    Require(userinfo.error().detail.find(oidc::kAccessToken) == std::string::npos, "no token in a detail");
    return Judgement::kRefused;
  }
  Require(answer.status == 200, "details come with status 200 alone");
  const auto document = base::ParseJson(answer.body);
  Require(document && base::StringMember(*document, "sub") == oidc::kSub, "the details are this person's");
  Require(std::ranges::all_of(userinfo->roles, IsWhole), "no role is half empty");
  Require(std::ranges::find(userinfo->orgs, "") == userinfo->orgs.end(), "no organisation is without a code");
  return Judgement::kAccepted;
}

}  // namespace cis2::fuzz
