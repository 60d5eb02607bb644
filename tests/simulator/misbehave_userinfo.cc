// UserInfo (OIDC Core 5.3), CIS2's roles and organisations in it, and its signed form.
#include "tests/simulator/misbehave_rows.h"

#include <array>

namespace cis2::simulator {
namespace {

constexpr Misbehaviour Row(std::string_view name, std::string_view what, void (*hook)(UserinfoDraft&)) {
  return {.name = name, .what = what, .userinfo = hook};
}

// An answer that is given without a look at the request.
constexpr Misbehaviour Blind(std::string_view name, std::string_view what, void (*hook)(RequestDraft&)) {
  return {.name = name, .what = what, .userinfo_request = hook};
}

constexpr const char* kRoles = "nhsid_nrbac_roles";
constexpr const char* kOrgs = "nhsid_user_orgs";

void AnswerText(UserinfoDraft& d, std::string text) { d.delivery.instead = JsonTextAnswer(std::move(text)); }

Answer NoContent() {
  Answer answer = JsonTextAnswer({});
  answer.response.status = 204;
  return answer;
}

Json OneRole() {
  return Json{{"person_orgid", "656008045201"},
              {"person_roleid", "656014452105"},
              {"org_code", "RX1"},
              {"role_name", "a role"},
              {"role_code", "S8001:G8002:R8008"},
              {"activity_codes", Json::array({"B0062"})}};
}

// One role with one member changed; null takes the member away.
void SetRole(UserinfoDraft& d, const char* member, const Json& value) {
  Json role = OneRole();
  if (value.is_null()) {
    role.erase(member);
  } else {
    role[member] = value;
  }
  d.claims[kRoles] = Json::array({std::move(role)});
}

constexpr auto kRows = std::to_array<Misbehaviour>({
    // The answer.
    Blind("userinfo-401", "userinfo refuses the access token",
          [](RequestDraft& d) {
            d.delivery.instead =
                Refused(401, "invalid_token",
                        "The access token provided is expired, revoked, malformed, or invalid "
                        "for other reasons.");
          }),
    Blind("userinfo-403", "userinfo refuses for want of a scope",
          [](RequestDraft& d) { d.delivery.instead = Refused(403, "insufficient_scope", "Forbidden"); }),
    Blind("userinfo-500", "userinfo answers 500",
          [](RequestDraft& d) { d.delivery.instead = ServerError(); }),
    Blind("userinfo-hang", "userinfo never answers", [](RequestDraft& d) { d.delivery.instead = Hang(); }),
    Blind("userinfo-redirect", "userinfo redirects to another page",
          [](RequestDraft& d) { d.delivery.instead = RedirectElsewhere(); }),
    Row("userinfo-204", "userinfo answers 204", [](UserinfoDraft& d) { d.delivery.instead = NoContent(); }),
    Row("userinfo-html", "userinfo is a page",
        [](UserinfoDraft& d) { d.delivery.instead = TextAnswer("text/html", "<h1>Maintenance</h1>"); }),
    Row("userinfo-text-plain", "userinfo is right, but called text/plain",
        [](UserinfoDraft& d) { d.delivery.instead = TextAnswer("text/plain", Text(d.claims)); }),
    Row("userinfo-array", "userinfo is a list with the claims in it",
        [](UserinfoDraft& d) { AnswerText(d, Text(Json::array({d.claims}))); }),
    Row("userinfo-not-json", "userinfo is no JSON", [](UserinfoDraft& d) { AnswerText(d, "{'sub':1}"); }),
    Row("userinfo-duplicate-name", "userinfo has sub twice",
        [](UserinfoDraft& d) { AnswerText(d, WithTwice(d.claims, "sub")); }),
    Row("userinfo-trailing-bytes", "more bytes come behind the claims",
        [](UserinfoDraft& d) { AnswerText(d, Text(d.claims) + "{}"); }),
    Row("userinfo-deep", "userinfo has lists two hundred deep",
        [](UserinfoDraft& d) { AnswerText(d, WithRaw(d.claims, "deep", DeepList())); }),
    Row("userinfo-huge", "userinfo has two million bytes",
        [](UserinfoDraft& d) { AnswerText(d, Padded(d.claims, 2'000'000)); }),
    Row("userinfo-invalid-utf8", "userinfo has bytes that are no UTF-8",
        [](UserinfoDraft& d) { AnswerText(d, WithRaw(d.claims, "name", "\"\xff\"")); }),
    Row("userinfo-lone-surrogate", "userinfo has half of a surrogate pair",
        [](UserinfoDraft& d) { AnswerText(d, WithRaw(d.claims, "name", R"("\udc00")")); }),
    Row("userinfo-unknown-claims", "userinfo has claims that nobody knows",
        [](UserinfoDraft& d) { d.claims["unknown"] = Json{{"sub", "656005750107"}}; }),
    Row("userinfo-aggregated-claims", "userinfo has aggregated and distributed claims",
        [](UserinfoDraft& d) {
          d.claims["_claim_names"] = Json{{kRoles, "src1"}, {"credit_score", "src2"}};
          d.claims["_claim_sources"] =
              Json{{"src1", {{"JWT", "e30.e30."}}}, {"src2", {{"endpoint", "https://other.example/claims"}}}};
        }),

    // sub and level.
    Row("userinfo-other-sub", "userinfo is about somebody else",
        [](UserinfoDraft& d) { d.claims["sub"] = "656005759999"; }),
    Row("userinfo-sub-missing", "userinfo has no sub", [](UserinfoDraft& d) { d.claims.erase("sub"); }),
    Row("userinfo-sub-number", "sub of userinfo is a number",
        [](UserinfoDraft& d) { d.claims["sub"] = 656005750105; }),
    Row("userinfo-sub-spaced", "sub of userinfo has a space behind it",
        [](UserinfoDraft& d) { d.claims["sub"] = "656005750105 "; }),
    Row("userinfo-ial-lower", "idassurancelevel is lower than in the ID token",
        [](UserinfoDraft& d) { d.claims["idassurancelevel"] = "2"; }),
    Row("userinfo-ial-words", "idassurancelevel is a word",
        [](UserinfoDraft& d) { d.claims["idassurancelevel"] = "three"; }),
    Row("userinfo-ial-null", "idassurancelevel is null",
        [](UserinfoDraft& d) { d.claims["idassurancelevel"] = nullptr; }),
    Row("userinfo-ial-number", "idassurancelevel is a number",
        [](UserinfoDraft& d) { d.claims["idassurancelevel"] = 3; }),
    Row("userinfo-ial-missing", "userinfo has no idassurancelevel",
        [](UserinfoDraft& d) { d.claims.erase("idassurancelevel"); }),

    // Roles.
    Row("userinfo-roles-string", "the roles are a string",
        [](UserinfoDraft& d) { d.claims[kRoles] = "S8001:G8002:R8008"; }),
    Row("userinfo-roles-null", "the roles are null", [](UserinfoDraft& d) { d.claims[kRoles] = nullptr; }),
    Row("userinfo-roles-strings", "the roles are a list of strings",
        [](UserinfoDraft& d) { d.claims[kRoles] = Json::array({"S8001:G8002:R8008"}); }),
    Row("userinfo-roles-nested", "the roles are a list in a list",
        [](UserinfoDraft& d) { d.claims[kRoles] = Json::array({Json::array({OneRole()})}); }),
    Row("userinfo-role-without-org", "a role has no org_code",
        [](UserinfoDraft& d) { SetRole(d, "org_code", nullptr); }),
    Row("userinfo-role-org-empty", "the org_code of a role is empty",
        [](UserinfoDraft& d) { SetRole(d, "org_code", ""); }),
    Row("userinfo-role-without-code", "a role has no role_code",
        [](UserinfoDraft& d) { SetRole(d, "role_code", nullptr); }),
    Row("userinfo-role-without-id", "a role has no person_roleid",
        [](UserinfoDraft& d) { SetRole(d, "person_roleid", nullptr); }),
    Row("userinfo-role-code-number", "role_code is a number",
        [](UserinfoDraft& d) { SetRole(d, "role_code", 8008); }),
    Row("userinfo-activities-number", "an activity code is a number",
        [](UserinfoDraft& d) { SetRole(d, "activity_codes", Json::array({62})); }),
    Row("userinfo-roles-missing", "there are no roles at all",
        [](UserinfoDraft& d) { d.claims.erase(kRoles); }),
    Row("userinfo-roles-empty", "the list of roles is empty",
        [](UserinfoDraft& d) { d.claims[kRoles] = Json::array(); }),
    Row("userinfo-roles-object", "there is one role in place of the list",
        [](UserinfoDraft& d) { d.claims[kRoles] = OneRole(); }),
    Row("userinfo-roles-hundred", "there are a hundred roles",
        [](UserinfoDraft& d) { d.claims[kRoles] = Json(100, OneRole()); }),
    Row("userinfo-activities-missing", "a role has no activity codes",
        [](UserinfoDraft& d) { SetRole(d, "activity_codes", nullptr); }),
    Row("userinfo-activities-string", "there is one activity code in place of the list",
        [](UserinfoDraft& d) { SetRole(d, "activity_codes", "B0062"); }),

    // Organisations.
    Row("userinfo-orgs-string", "the organisations are a string",
        [](UserinfoDraft& d) { d.claims[kOrgs] = "RX1"; }),
    Row("userinfo-org-without-code", "an organisation has no org_code",
        [](UserinfoDraft& d) { d.claims[kOrgs] = Json::array({Json{{"org_name", "SOMEWHERE"}}}); }),
    Row("userinfo-orgs-object", "there is one organisation in place of the list",
        [](UserinfoDraft& d) { d.claims[kOrgs] = Json{{"org_name", "SOMEWHERE"}, {"org_code", "RX1"}}; }),
    Row("userinfo-orgs-empty", "the list of organisations is empty",
        [](UserinfoDraft& d) { d.claims[kOrgs] = Json::array(); }),

    // Signed userinfo: the first where plain is expected, the others where signed is (--sign-userinfo).
    Row("userinfo-signed", "userinfo is signed", [](UserinfoDraft& d) { d.is_signed = true; }),
    Row("signed-userinfo-plain", "userinfo is plain JSON", [](UserinfoDraft& d) { d.is_signed = false; }),
    Row("signed-userinfo-bad-signature", "another key signed userinfo, under the kid of the right one",
        [](UserinfoDraft& d) { d.signer = &d.keys.Stranger(); }),
    Row("signed-userinfo-alg-none", "userinfo is not signed, alg none",
        [](UserinfoDraft& d) {
          d.signer = nullptr;
          d.header["alg"] = "none";
        }),
    Row("signed-userinfo-rs512", "userinfo is signed with RS512",
        [](UserinfoDraft& d) {
          d.alg = "RS512";
          d.header["alg"] = "RS512";
        }),
    Row("signed-userinfo-id-token", "the ID token stands in place of userinfo",
        [](UserinfoDraft& d) { d.delivery.instead = JwtAnswer(d.id_token); }),
    Row("signed-userinfo-other-type", "signed userinfo is called application/json",
        [](UserinfoDraft& d) { AnswerText(d, d.Sign()); }),
});

}  // namespace

std::span<const Misbehaviour> UserinfoRows() { return kRows; }

}  // namespace cis2::simulator
