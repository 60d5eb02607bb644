#include "tests/simulator/endpoints.h"

#include "tests/simulator/test_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace cis2::simulator {
namespace {

using testing::AsFields;
using testing::Encode;
using testing::FieldMap;
using ::testing::HasSubstr;
using testing::kCallback;
using testing::kClientId;
using testing::kIssuer;
using testing::LeftHalf;
using testing::PlainJson;

constexpr std::string_view kBadGrant =
    R"({"error_description":"The provided access grant is invalid, expired, or revoked.",)"
    R"("error":"invalid_grant"})";
constexpr std::string_view kBadToken =
    R"({"error_description":"The access token provided is expired, revoked, malformed, or invalid for other )"
    R"(reasons.","error":"invalid_token"})";

class TokenTest : public testing::SimulatorTest {
 protected:
  static FieldMap WithoutPkce() {
    FieldMap fields = AuthorizationFields();
    fields.erase("code_challenge");
    fields.erase("code_challenge_method");
    return fields;
  }
  static FieldMap WithScope(const std::string& scope) {
    FieldMap fields = AuthorizationFields();
    fields["scope"] = scope;
    return fields;
  }
  void ExpectBadGrant(const FieldMap& fields, std::string_view note) {
    const Answer answer = Redeem(fields);
    EXPECT_EQ(answer.response.status, 400) << note;
    EXPECT_EQ(answer.response.body, kBadGrant) << note;
    EXPECT_EQ(answer.note, note);
  }
  FieldMap FreshFields() { return TokenFields(SignIn("one-role")["code"]); }
};

TEST_F(TokenTest, TheAnswerHasTheFiveMembers) {
  const PlainJson tokens = TokensOf("one-role");

  EXPECT_EQ(tokens.size(), 5U);
  EXPECT_EQ(tokens["token_type"], "Bearer");
  EXPECT_EQ(tokens["expires_in"], 3599);
  EXPECT_EQ(tokens["scope"], "openid nationalrbacaccess associatedorgs");
}

TEST_F(TokenTest, TheAnswerIsNotForCaches) {
  const Answer answer = Redeem(FreshFields());
  EXPECT_EQ(http::FindHeader(answer.response.headers, "Cache-Control"), "no-store");
}

TEST_F(TokenTest, ACodeWorksOnceAndItsReplayTakesTheAccessTokenBack) {
  const std::string code = SignIn("one-role")["code"];
  const PlainJson tokens = JsonOf(Redeem(TokenFields(code)));
  const std::string access_token = tokens["access_token"];
  EXPECT_EQ(AskUserinfo(access_token).response.status, 200);

  ExpectBadGrant(TokenFields(code), "code unknown, used or too old");
  EXPECT_EQ(AskUserinfo(access_token).response.status, 401);
}

TEST_F(TokenTest, ACodeEndsAfterSixtySeconds) {
  const std::string early = SignIn("one-role")["code"];
  const std::string late = SignIn("one-role")["code"];
  clock_.Advance(std::chrono::seconds(59));
  EXPECT_EQ(Redeem(TokenFields(early)).response.status, 200);
  clock_.Advance(std::chrono::seconds(1));
  ExpectBadGrant(TokenFields(late), "code unknown, used or too old");
}

TEST_F(TokenTest, AnUnknownOrMissingCodeIsRefused) {
  ExpectBadGrant(TokenFields("never-made"), "code unknown, used or too old");
  FieldMap fields = FreshFields();
  fields.erase("code");
  ExpectBadGrant(fields, "code unknown, used or too old");
}

TEST_F(TokenTest, AnotherRedirectUriIsRefused) {
  FieldMap fields = FreshFields();
  fields["redirect_uri"] = kCallback + "?tenant=1";  // registered, but not that of the request
  ExpectBadGrant(fields, "redirect_uri is not that of the request");
  fields = FreshFields();
  fields.erase("redirect_uri");
  ExpectBadGrant(fields, "redirect_uri is not that of the request");
}

TEST_F(TokenTest, AWrongMissingOrMalformedVerifierIsRefused) {
  FieldMap fields = FreshFields();
  fields["code_verifier"] = std::string(43, 'a');
  ExpectBadGrant(fields, "code_verifier wrong");
  fields = FreshFields();
  fields.erase("code_verifier");
  ExpectBadGrant(fields, "code_verifier missing");
  fields = FreshFields();
  fields["code_verifier"] = testing::S256(testing::kVerifier);
  ExpectBadGrant(fields, "code_verifier wrong");
  fields = FreshFields();
  fields["code_verifier"] = std::string(42, 'a');
  ExpectBadGrant(fields, "code_verifier malformed");
}

TEST_F(TokenTest, WithoutAChallengeNoVerifierIsNeededAndOneIsRefused) {
  FieldMap fields = TokenFields(SignIn("one-role", WithoutPkce())["code"]);
  fields.erase("code_verifier");
  EXPECT_EQ(Redeem(fields).response.status, 200);

  ExpectBadGrant(TokenFields(SignIn("one-role", WithoutPkce())["code"]), "code_verifier without a challenge");
}

TEST_F(TokenTest, AnotherGrantTypeIsRefused) {
  for (const auto* type : {"", "password", "refresh_token"}) {
    FieldMap fields = FreshFields();
    fields["grant_type"] = type;
    const Answer answer = Redeem(fields);
    EXPECT_EQ(answer.response.status, 400);
    EXPECT_EQ(JsonOf(answer)["error"], "unsupported_grant_type") << type;
  }
}

TEST_F(TokenTest, AFieldGivenTwiceIsRefused) {
  for (const auto* name : {"code", "redirect_uri", "client_assertion", "client_id"}) {
    FieldMap map = FreshFields();
    auto fields = AsFields(map);
    fields.emplace_back(name, map[name]);
    EXPECT_EQ(JsonOf(Post("/access_token", Encode(fields)))["error"], "invalid_request") << name;
  }
}

TEST_F(TokenTest, WhatIsNoFormIsRefused) {
  http::ServerRequest request;
  request.method = http::Method::kPost;
  request.path = testing::kPath + "/access_token";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = Encode(AsFields(FreshFields()));
  EXPECT_EQ(JsonOf(endpoints_.Handle(request))["error"], "invalid_request");
}

TEST_F(TokenTest, TheIdTokenIsSignedWithRs256UnderAKidWithOddCharacters) {
  const PlainJson header = testing::HeaderOf(TokensOf("one-role")["id_token"]);
  EXPECT_EQ(header["alg"], "RS256");
  EXPECT_EQ(header["typ"], "JWT");
  for (const auto* character : {"/", "+", "="}) {
    EXPECT_THAT(header["kid"].get<std::string>(), HasSubstr(character));
  }
}

TEST_F(TokenTest, TheIdTokenHasTheShapeOfCis2) {
  const PlainJson claims = IdTokenOf("one-role");

  EXPECT_EQ(claims["iss"], kIssuer);
  EXPECT_EQ(claims["sub"], "656005750105");
  EXPECT_EQ(claims["aud"], kClientId);
  EXPECT_EQ(claims["azp"], kClientId);
  EXPECT_EQ(claims["nonce"], "a-nonce");
  EXPECT_EQ(claims["iat"], Now());
  EXPECT_EQ(claims["exp"], Now() + 3600);
  EXPECT_EQ(claims["auth_time"], Now());
  EXPECT_EQ(claims["acr"], "AAL3_ANY");
  EXPECT_EQ(claims["amr"], PlainJson::array({"N3_SMARTCARD"}));
  EXPECT_EQ(claims["realm"], "/NHSIdentity/Healthcare");
  EXPECT_EQ(claims["tokenName"], "id_token");
  EXPECT_EQ(claims["tokenType"], "JWTToken");
  for (const auto* extra : {"auditTrackingId", "org.forgerock.openidconnect.ops", "subname"}) {
    EXPECT_TRUE(claims[extra].is_string()) << extra;
  }
  for (const auto* character : {"/", "+", "="}) {
    EXPECT_THAT(claims["sid"].get<std::string>(), HasSubstr(character));
  }
}

TEST_F(TokenTest, HashesAreThoseOfCodeAccessTokenAndState) {
  const std::string code = SignIn("one-role")["code"];
  const PlainJson tokens = JsonOf(Redeem(TokenFields(code)));
  const PlainJson claims = VerifiedClaims(tokens);

  EXPECT_EQ(claims["c_hash"], LeftHalf(code));
  EXPECT_EQ(claims["at_hash"], LeftHalf(tokens["access_token"]));
  EXPECT_EQ(claims["s_hash"], "LPJNul-wow4m6Dsqxbning") << "that of a real token whose state was hello";
}

TEST_F(TokenTest, WithoutStateAndNonceTheirClaimsAreNotThere) {
  FieldMap fields = AuthorizationFields();
  fields.erase("state");
  fields.erase("nonce");
  const PlainJson claims = IdTokenOf("one-role", fields);
  EXPECT_FALSE(claims.contains("nonce"));
  EXPECT_FALSE(claims.contains("s_hash"));
}

TEST_F(TokenTest, EachLevelIsAStringForOneHalfOfThePeopleAndANumberForTheOther) {
  const PlainJson odd = IdTokenOf("one-role");
  EXPECT_EQ(odd["id_assurance_level"], PlainJson(3));
  EXPECT_EQ(odd["authentication_assurance_level"], PlainJson("3"));
  const PlainJson even = IdTokenOf("aal2");
  EXPECT_EQ(even["id_assurance_level"], PlainJson("3"));
  EXPECT_EQ(even["authentication_assurance_level"], PlainJson(2));
}

// The trap: the class asked for is named, the level is lower.
TEST_F(TokenTest, AcrSaysWhatWasAskedWhateverTheLevelIs) {
  const PlainJson claims = IdTokenOf("aal1");
  EXPECT_EQ(claims["acr"], "AAL3_ANY");
  EXPECT_EQ(claims["authentication_assurance_level"], 1);
  EXPECT_EQ(claims["amr"], PlainJson::array({"USERPASS"}));

  FieldMap fields = AuthorizationFields();
  fields["acr_values"] = "AAL2_OR_AAL3_ANY AAL3_ANY";
  EXPECT_EQ(IdTokenOf("aal2", fields)["acr"], "AAL2_OR_AAL3_ANY");
  fields.erase("acr_values");
  EXPECT_EQ(IdTokenOf("aal2", fields)["acr"], "AAL3_ANY");
}

TEST_F(TokenTest, ASelectedRoleIsNamedOnlyWithItsScopeAndOnlyForThoseWhoHaveOne) {
  const FieldMap selected = WithScope("openid selectedrole");
  EXPECT_EQ(IdTokenOf("one-role", selected)["selected_roleid"], "656014452105");
  EXPECT_FALSE(IdTokenOf("one-role").contains("selected_roleid"));
  EXPECT_FALSE(IdTokenOf("many-roles", selected).contains("selected_roleid"));
  EXPECT_FALSE(IdTokenOf("no-roles", selected).contains("selected_roleid"));
}

TEST_F(TokenTest, TheAccessTokenIsAJwtWithoutAudienceThatIsNoIdToken) {
  const PlainJson tokens = TokensOf("one-role");
  const auto claims = testing::VerifyByCjose(tokens["access_token"], JsonOf(Get("/connect/jwk_uri")));
  ASSERT_TRUE(claims.has_value());
  EXPECT_FALSE(claims->contains("aud"));
  EXPECT_EQ((*claims)["tokenName"], "access_token");
}

using UserinfoTest = TokenTest;

TEST_F(UserinfoTest, OpenidAloneGivesSubjectAndLevel) {
  EXPECT_EQ(UserinfoOf("ial2", WithScope("openid")),
            (PlainJson{{"sub", "656005750201"}, {"idassurancelevel", "2"}}));
}

TEST_F(UserinfoTest, EachScopeGivesItsClaims) {
  struct Row {
    const char* scope;
    std::vector<std::string> claims;
  };
  const Row rows[] = {
      {"nationalrbacaccess", {"nhsid_nrbac_roles"}},
      {"associatedorgs", {"nhsid_user_orgs"}},
      {"profile", {"uid", "name", "given_name", "family_name", "display_name", "initials", "title"}},
      {"email", {"email"}},
      {"nhsperson", {"nhsid_useruid"}},
      {"organisationalmemberships", {"nhsid_org_memberships", "nhsid_org_roles"}},
      {"professionalmemberships", {"rcn_id"}},
      {"selectedrole", {}},
  };
  for (const auto& row : rows) {
    const PlainJson userinfo = UserinfoOf("one-role", WithScope(std::string("openid ") + row.scope));
    EXPECT_EQ(userinfo.size(), 2 + row.claims.size()) << row.scope;
    for (const auto& claim : row.claims) {
      EXPECT_TRUE(userinfo.contains(claim)) << claim;
    }
  }
}

TEST_F(UserinfoTest, RolesHaveCis2sShape) {
  const PlainJson userinfo = UserinfoOf("many-roles");

  ASSERT_EQ(userinfo["nhsid_nrbac_roles"].size(), 2U);
  EXPECT_EQ(userinfo["nhsid_nrbac_roles"][0], PlainJson::parse(R"json({
              "person_orgid":"656008045105","person_roleid":"656014452101","org_code":"Y51",
              "role_name":"\"Support\":\"Support\":\"Admin/Clinical Support Access Role\"",
              "role_code":"S8001:G8002:R8008",
              "activities":["Execute CDS DQ Extracts (Clear)",
                            "Manage Shared Non Patient Identifiable Information",
                            "Run PbR Commissioning Extracts"],
              "activity_codes":["B0145","B8002","B1560"]})json"));
  EXPECT_EQ(userinfo["nhsid_nrbac_roles"][1]["role_code"], "S0080:G0450:R5080");
  EXPECT_EQ(userinfo["nhsid_user_orgs"][1]["org_code"], "X09");
}

TEST_F(UserinfoTest, SomebodyWithoutRolesHasEmptyLists) {
  const PlainJson userinfo = UserinfoOf("no-roles");
  EXPECT_EQ(userinfo["nhsid_nrbac_roles"], PlainJson::array());
  EXPECT_EQ(userinfo["nhsid_user_orgs"], PlainJson::array());
}

TEST_F(UserinfoTest, AnythingButALiveBearerTokenIsRefused) {
  const std::string token = TokensOf("one-role")["access_token"];
  const http::Headers headers[] = {
      {},
      {{"Authorization", "Bearer "}},
      {{"Authorization", "Bearer other"}},
      {{"Authorization", "Basic " + token}},
      {{"Authorization", token}},
      {{"Authorization", "Bearer " + token}, {"Authorization", "Bearer " + token}},
  };
  for (const auto& header : headers) {
    const Answer answer = Get("/userinfo", "", header);
    EXPECT_EQ(answer.response.status, 401);
    EXPECT_EQ(answer.response.body, kBadToken);
  }
  EXPECT_EQ(Get("/userinfo", "access_token=" + token).response.status, 401);
  EXPECT_EQ(Get("/userinfo", "schema=openid", {{"Authorization", "Bearer " + token}}).response.status, 200);
}

TEST_F(UserinfoTest, AnAccessTokenEnds) {
  const std::string token = TokensOf("one-role")["access_token"];
  clock_.Advance(std::chrono::seconds(3599));
  EXPECT_EQ(AskUserinfo(token).response.status, 401);
}

TEST_F(UserinfoTest, EachPersonsTokenGivesThatPerson) {
  const std::string first = TokensOf("one-role")["access_token"];
  const std::string second = TokensOf("second")["access_token"];
  EXPECT_EQ(JsonOf(AskUserinfo(first))["sub"], "656005750105");
  EXPECT_EQ(JsonOf(AskUserinfo(second))["sub"], "656005750107");
}

TEST_F(UserinfoTest, DocumentsSayHowLongTheyMayBeKept) {
  registration_.document_age = std::chrono::seconds(30);
  for (const auto* path : {"/.well-known/openid-configuration", "/connect/jwk_uri"}) {
    const Answer answer = Get(path);
    EXPECT_EQ(answer.response.status, 200);
    EXPECT_EQ(http::FindHeader(answer.response.headers, "Cache-Control"), "public, max-age=30") << path;
  }
}

}  // namespace
}  // namespace cis2::simulator
