#include "broker/oidc/userinfo.h"

#include "broker/base/json.h"
#include "broker/base/result.h"
#include "broker/oidc/levels.h"
#include "broker/oidc/response_rules.h"

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
constexpr std::size_t kMaxBody = 1024 * 1024;

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

Checked<void> CheckStatus(const http::Response& response) {
  if (response.status >= 400) {
    return Refuse(Reason::kUserinfoRefused, StatusDetail(kWhat, response.status));
  }
  if (response.status != 200) {
    return Refuse(Reason::kUserinfoMalformed, StatusDetail(kWhat, response.status));
  }
  return {};
}

// A signed answer (application/jwt) where plain was configured is refused here as well.
Checked<Json> ReadDocument(const http::Response& response) {
  if (!HasMediaType(response.headers, "application/json")) {
    return Refuse(Reason::kUserinfoMalformed, "the answer is not application/json");
  }
  auto document = base::ParseJson(response.body, {.max_size = kMaxBody});
  if (!document || !document->is_object()) {
    return Refuse(Reason::kUserinfoMalformed, "the answer is not one JSON object");
  }
  return *std::move(document);
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
                                  const base::Secret& access_token, const std::string& sub, int ial) {
  http::ClientRequest request(http::Method::kGet, userinfo_endpoint);
  request.headers = {{"Authorization", "Bearer " + std::string(access_token.Reveal())},
                     {"Accept", "application/json"}};
  request.max_response = kMaxBody;
  const auto result = client.Send(request);
  Wipe(request.headers.front().second);
  if (auto refusal = Unavailable(result, kWhat)) {
    return std::unexpected(*std::move(refusal));
  }
  CIS2_CHECK(CheckStatus(*result));
  CIS2_TRY(const Json document, ReadDocument(*result));
  CIS2_CHECK(CheckSubject(document, sub));
  CIS2_CHECK(CheckUserinfoIal(document, ial));
  Userinfo userinfo;
  CIS2_TRY(userinfo.roles, ReadRoles(document));
  CIS2_TRY(userinfo.orgs, ReadOrgs(document));
  return userinfo;
}

}  // namespace cis2::oidc
