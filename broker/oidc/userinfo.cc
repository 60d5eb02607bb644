#include "broker/oidc/userinfo.h"

#include "broker/base/json.h"
#include "broker/base/result.h"
#include "broker/oidc/levels.h"
#include "broker/oidc/response_rules.h"
#include "broker/oidc/signed_token.h"

#include <cstdint>
#include <optional>

namespace cis2::oidc {
namespace {

using base::Json;
using reasons::Checked;
using reasons::Reason;
using reasons::Refuse;

constexpr const char* kWhat = "userinfo";
// A person with a hundred roles, each with the names and codes of its activities, needs more than other
// answers.
constexpr std::size_t kMaxBody = 1024UL * 1024;

// The elements of a member that is a list, or the member itself if it is not; none if it is missing.
std::vector<const Json*> OneOrMany(const Json& object, const char* name) {
  const Json* member = base::Member(object, name);
  std::vector<const Json*> elements;
  if (member == nullptr) {
    return elements;
  }
  if (!member->is_array()) {
    elements.push_back(member);
    return elements;
  }
  for (const Json& element : *member) {
    elements.push_back(&element);
  }
  return elements;
}

std::optional<std::string> NonEmpty(const Json& object, const char* name) {
  auto text = base::StringMember(object, name);
  return text && !text->empty() ? std::move(text) : std::nullopt;
}

// person_roleid, org_code and role_code are sure to be there; activity_codes may be missing or empty (facts
// 5).
std::optional<identity::Role> ReadRole(const Json& entry) {
  auto person_roleid = NonEmpty(entry, "person_roleid");
  auto org_code = NonEmpty(entry, "org_code");
  auto role_code = NonEmpty(entry, "role_code");
  if (!person_roleid || !org_code || !role_code) {
    return std::nullopt;
  }
  identity::Role role{.person_roleid = *std::move(person_roleid),
                      .org_code = *std::move(org_code),
                      .role_code = *std::move(role_code),
                      .activity_codes = {}};
  for (const Json* code : OneOrMany(entry, "activity_codes")) {
    const auto* text = code->get_ptr<const std::string*>();
    if (text == nullptr) {
      return std::nullopt;
    }
    role.activity_codes.push_back(*text);
  }
  return role;
}

Checked<std::vector<identity::Role>> ReadRoles(const Json& document) {
  std::vector<identity::Role> roles;
  for (const Json* entry : OneOrMany(document, "nhsid_nrbac_roles")) {
    auto role = ReadRole(*entry);
    if (!role) {
      return Refuse(Reason::kUserinfoMalformed, "nhsid_nrbac_roles");
    }
    roles.push_back(*std::move(role));
  }
  return roles;
}

Checked<std::vector<std::string>> ReadOrgs(const Json& document) {
  std::vector<std::string> orgs;
  for (const Json* entry : OneOrMany(document, "nhsid_user_orgs")) {
    auto code = NonEmpty(*entry, "org_code");
    if (!code) {
      return Refuse(Reason::kUserinfoMalformed, "nhsid_user_orgs");
    }
    orgs.push_back(*std::move(code));
  }
  return orgs;
}

// Profile oidc: one string or a list of strings.
Checked<std::vector<std::string>> ReadWords(const Json& document, const std::string& claim) {
  std::vector<std::string> words;
  if (claim.empty()) {
    return words;
  }
  for (const Json* entry : OneOrMany(document, claim.c_str())) {
    const auto* text = entry->get_ptr<const std::string*>();
    if (text == nullptr || text->empty()) {
      return Refuse(Reason::kUserinfoMalformed, claim);
    }
    words.push_back(*text);
  }
  return words;
}

Checked<Userinfo> ReadCis2(const Json& document, int ial) {
  CIS2_CHECK(CheckUserinfoIal(document, ial));
  Userinfo userinfo;
  CIS2_TRY(userinfo.roles, ReadRoles(document));
  CIS2_TRY(userinfo.orgs, ReadOrgs(document));
  return userinfo;
}

Checked<Userinfo> ReadMapped(const Json& document, const config::Provider& settings) {
  Userinfo userinfo;
  CIS2_TRY(const auto roles, ReadWords(document, settings.roles_claim));
  for (const std::string& role : roles) {
    userinfo.roles.push_back({.person_roleid = "", .org_code = "", .role_code = role, .activity_codes = {}});
  }
  CIS2_TRY(userinfo.orgs, ReadWords(document, settings.orgs_claim));
  return userinfo;
}

Checked<void> CheckStatus(const http::Response& response) {
  if (response.status >= 400) {
    return Refuse(Reason::kUserinfoRefused, StatusDetail(kWhat, response.status));
  }
  if (response.status != 200) {
    return Refuse(Reason::kUserinfoMalformed, StatusDetail(kWhat, response.status));
  }
  return {};
}

Checked<Json> ReadPlain(const http::Response& response) {
  if (!HasMediaType(response.headers, "application/json")) {
    return Refuse(Reason::kUserinfoMalformed, "the answer is not application/json");
  }
  auto document = base::ParseJson(response.body, {.max_size = kMaxBody});
  if (!document || !document->is_object()) {
    return Refuse(Reason::kUserinfoMalformed, "the answer is not one JSON object");
  }
  return *std::move(document);
}

// OIDC Core 5.3.2: iss and aud where they are there; RFC 7519 4.1.4: exp likewise.
Checked<void> CheckTokenClaims(const Json& claims, const UserinfoContext& context) {
  const std::int64_t now = std::chrono::floor<std::chrono::seconds>(context.now).time_since_epoch().count();
  const Json* iss = base::Member(claims, "iss");
  const Json* aud = base::Member(claims, "aud");
  const auto exp = TimeMember(claims, "exp");
  if (iss != nullptr && *iss != context.settings.issuer) {
    return Refuse(Reason::kUserinfoClaims, "iss");
  }
  if (aud != nullptr && !IsForUs(*aud, context.settings)) {
    return Refuse(Reason::kUserinfoClaims, "aud");
  }
  if (base::Member(claims, "exp") != nullptr && (!exp || now >= *exp + context.settings.clock_skew.count())) {
    return Refuse(Reason::kUserinfoClaims, "exp");
  }
  for (const char* name : {"nonce", "events"}) {
    if (base::Member(claims, name) != nullptr) {
      return Refuse(Reason::kUserinfoClaims, std::string(name) + ": another kind of token");
    }
  }
  return {};
}

// The token cannot be judged, because the provider's keys cannot be had.
bool IsAboutTheKeys(Reason reason) {
  return reason == Reason::kProviderNotReady || reason == Reason::kProviderUnavailable ||
         reason == Reason::kJwksMalformed;
}

Checked<Json> ReadSigned(const http::Response& response, const UserinfoContext& context) {
  if (!HasMediaType(response.headers, "application/jwt")) {
    return Refuse(Reason::kUserinfoMalformed, "the answer is not application/jwt");
  }
  const auto claims = VerifySignedToken(response.body, context.provider, context.settings);
  if (!claims && IsAboutTheKeys(claims.error().reason)) {
    return std::unexpected(claims.error());
  }
  if (!claims) {
    return Refuse(Reason::kUserinfoSignature,
                  std::string(reasons::Id(claims.error().reason)) + " " + claims.error().detail);
  }
  CIS2_CHECK(CheckTokenClaims(claims->json(), context));
  return claims->json();
}

// Before anything else in it is believed.
Checked<void> CheckSubject(const Json& document, const std::string& sub) {
  if (base::StringMember(document, "sub") != sub) {
    return Refuse(Reason::kUserinfoSubject);
  }
  return {};
}

}  // namespace

Checked<Userinfo> RequestUserinfo(const std::string& userinfo_endpoint, http::Client& client,
                                  const UserinfoContext& context) {
  const config::Provider& settings = context.settings;
  http::ClientRequest request(http::Method::kGet, userinfo_endpoint);
  request.headers = {{"Authorization", "Bearer " + std::string(context.access_token.Reveal())},
                     {"Accept", settings.userinfo_signed ? "application/jwt" : "application/json"}};
  request.max_response = kMaxBody;
  const auto result = client.Send(request);
  Wipe(request.headers.front().second);
  if (auto refusal = Unavailable(result, kWhat)) {
    return std::unexpected(*std::move(refusal));
  }
  CIS2_CHECK(CheckStatus(*result));
  CIS2_TRY(const Json document, settings.userinfo_signed ? ReadSigned(*result, context) : ReadPlain(*result));
  CIS2_CHECK(CheckSubject(document, context.sub));
  return settings.profile == config::Profile::kCis2 ? ReadCis2(document, context.ial)
                                                    : ReadMapped(document, settings);
}

}  // namespace cis2::oidc
