#include "tests/simulator/tokens.h"

#include "broker/base/text.h"
#include "tests/simulator/encoding.h"

namespace cis2::simulator {
namespace {

constexpr std::int64_t kIdTokenLifetime = 3600;  // seconds; ForgeRock's stock value
constexpr std::string_view kRealm = "/NHSIdentity/Healthcare";

// "91f694e6-3749-42fd-90b0-c3134b0d98f6-1546391"
std::string AuditTrackingId(base::Random& random) {
  std::string id = base::HexEncode(random.Bytes(16));
  for (const std::size_t at : {8U, 13U, 18U, 23U}) {
    id.insert(at, "-");
  }
  return id + "-" + std::to_string(base::RandomBelow(random, 10'000'000));
}

Json Level(int level, bool as_string) { return as_string ? Json(std::to_string(level)) : Json(level); }

bool IsEven(std::string_view sub) { return (sub.back() - '0') % 2 == 0; }

void AddNames(const Operator& who, Json& claims) {
  const std::string given(who.given_name);
  const std::string family(who.family_name);
  claims["uid"] = who.sub;
  claims["name"] = given + " " + family;
  claims["given_name"] = given;
  claims["family_name"] = family;
  claims["display_name"] = family + " " + given + " (Mx)";
  claims["initials"] = given.substr(0, 1);
  claims["title"] = "Mx";
}

Json RoleClaim(const Role& role) {
  Json names = Json::array();
  Json codes = Json::array();
  for (const auto& activity : role.activities) {
    names.push_back(activity.name);
    codes.push_back(activity.code);
  }
  return Json{{"person_orgid", role.person_orgid}, {"person_roleid", role.person_roleid},
              {"org_code", role.org_code},         {"role_name", role.role_name},
              {"role_code", role.role_code},       {"activities", std::move(names)},
              {"activity_codes", std::move(codes)}};
}

Json Roles(const Operator& who) {
  Json roles = Json::array();
  for (const auto& role : who.roles) {
    roles.push_back(RoleClaim(role));
  }
  return roles;
}

Json Organisations(const Operator& who, bool with_person_id) {
  Json list = Json::array();
  for (const auto& organisation : who.organisations) {
    Json entry = Json::object();
    if (with_person_id) {
      entry["person_orgid"] = organisation.person_orgid;
    }
    entry["org_name"] = organisation.name;
    entry["org_code"] = organisation.code;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

Json AccessTokenClaims(const Registration& registration, const Grant& grant, std::int64_t now,
                       base::Random& random) {
  return Json{{"sub", grant.who->sub},
              {"cts", "OAUTH2_STATELESS_GRANT"},
              {"auditTrackingId", AuditTrackingId(random)},
              {"iss", registration.issuer},
              {"tokenName", "access_token"},
              {"token_type", "Bearer"},
              {"authGrantId", base::Base64UrlEncode(random.Bytes(20))},
              {"auth_time", grant.auth_time},
              {"grant_type", "authorization_code"},
              {"scope", grant.request.scopes},
              {"realm", kRealm},
              {"exp", now + kAccessTokenLifetime.count()},
              {"iat", now},
              {"expires_in", kAccessTokenLifetime.count()},
              {"jti", base::Base64UrlEncode(random.Bytes(20))}};
}

Json IdTokenClaims(const Registration& registration, const Grant& grant, const std::string& code,
                   const std::string& access_token, std::int64_t now, base::Random& random) {
  const Operator& who = *grant.who;
  const bool even = IsEven(who.sub);
  Json claims{{"at_hash", HalfHash(access_token)},
              {"sub", who.sub},
              {"auditTrackingId", AuditTrackingId(random)},
              {"subname", who.sub},
              {"amr", Json::array({who.amr})},
              {"iss", registration.issuer},
              {"tokenName", "id_token"}};
  if (grant.request.nonce) {
    claims["nonce"] = *grant.request.nonce;
  }
  claims["sid"] = grant.sid;
  claims["aud"] = registration.client.id;
  claims["c_hash"] = HalfHash(code);
  claims["acr"] = grant.request.acr;
  claims["id_assurance_level"] = Level(who.ial, even);
  claims["authentication_assurance_level"] = Level(who.aal, !even);
  claims["org.forgerock.openidconnect.ops"] = base::Base64UrlEncode(random.Bytes(20));
  if (grant.request.state) {
    claims["s_hash"] = HalfHash(*grant.request.state);
  }
  claims["azp"] = registration.client.id;
  claims["auth_time"] = grant.auth_time;
  claims["realm"] = kRealm;
  claims["exp"] = now + kIdTokenLifetime;
  claims["tokenType"] = "JWTToken";
  claims["iat"] = now;
  if (grant.request.HasScope("selectedrole") && !who.selected_roleid.empty()) {
    claims["selected_roleid"] = who.selected_roleid;
  }
  return claims;
}

Json UserinfoClaims(const Grant& grant) {
  const Operator& who = *grant.who;
  const AuthorizationRequest& request = grant.request;
  Json claims{{"sub", who.sub}, {"idassurancelevel", std::to_string(who.ial)}};
  if (request.HasScope("profile")) {
    AddNames(who, claims);
  }
  if (request.HasScope("email")) {
    claims["email"] = std::string(who.name) + "@sim-cis2.example";
  }
  if (request.HasScope("nhsperson")) {
    claims["nhsid_useruid"] = who.sub;
  }
  if (request.HasScope("associatedorgs")) {
    claims["nhsid_user_orgs"] = Organisations(who, false);
  }
  if (request.HasScope("nationalrbacaccess")) {
    claims["nhsid_nrbac_roles"] = Roles(who);
  }
  if (request.HasScope("organisationalmemberships")) {
    claims["nhsid_org_memberships"] = Organisations(who, true);
    claims["nhsid_org_roles"] = Organisations(who, true);
  }
  if (request.HasScope("professionalmemberships") && !who.roles.empty()) {
    claims["rcn_id"] = "RCN" + std::string(who.sub.substr(8));
  }
  return claims;
}

}  // namespace cis2::simulator
