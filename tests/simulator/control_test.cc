// The control interface, and what it sets off: misbehaviours, overrides, counters, secrets.

#include "tests/simulator/control.h"

#include "tests/simulator/misbehave.h"
#include "tests/simulator/test_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::simulator {
namespace {

using testing::FieldMap;
using testing::PlainJson;

class ControlTest : public testing::SimulatorTest {
 protected:
  void Misbehave(const std::string& name, int times = 1) {
    const Answer answer = Call("/misbehave", PlainJson{{"name", name}, {"times", times}}.dump());
    ASSERT_EQ(answer.response.status, 200) << answer.response.body;
  }
  Answer Redeemed() { return Redeem(TokenFields(SignIn("one-role")["code"])); }
  Answer Userinfo() { return AskUserinfo(TokensOf("one-role").value("access_token", "")); }
  PlainJson Requests() { return JsonOf(Call("/requests")); }
};

TEST_F(ControlTest, TheRobotSignsInUntilNull) {
  EXPECT_EQ(Call("/robot", R"({"operator":"one-role"})").response.status, 200);
  const std::string query = testing::Encode(testing::AsFields(AuthorizationFields()));
  EXPECT_EQ(Get("/authorize", query).response.status, 302);
  EXPECT_EQ(Call("/robot", R"({"operator":null})").response.status, 200);
  EXPECT_EQ(Get("/authorize", query).response.status, 200);
}

TEST_F(ControlTest, CallsThatMakeNoSenseAreRefusedAndChangeNothing) {
  const std::pair<const char*, const char*> calls[] = {
      {"/robot", "{}"},
      {"/robot", R"({"operator":"nobody"})"},
      {"/robot", R"({"operator":3})"},
      {"/robot", R"({"operator":"one-role","extra":1})"},
      {"/robot", "one-role"},
      {"/robot", R"(["one-role"])"},
      {"/misbehave", R"({"name":"no-such"})"},
      {"/misbehave", R"({"times":1})"},
      {"/misbehave", R"({"name":"token-500","times":-1})"},
      {"/misbehave", R"({"name":"token-500","times":"1"})"},
      {"/misbehave", R"({"name":"token-500","time":1})"},
      {"/claims", R"({"id-token":{}})"},
      {"/claims", R"({"id_token":[]})"},
      {"/claims", R"({"id_token":{"acr":"x"},"remove":"id_token.acr"})"},
      {"/claims", R"({"id_token":{"acr":"x"},"remove":["acr"]})"},
      {"/claims", R"({"id_token":{"acr":"x"},"remove":["id_token."]})"},
      {"/claims", R"({"id_token":{"acr":"x"},"remove":[1]})"},
  };
  for (const auto& [path, body] : calls) {
    const Answer answer = Call(path, body);
    EXPECT_EQ(answer.response.status, 400) << path << " " << body;
    EXPECT_TRUE(JsonOf(answer)["error"].is_string());
  }
  EXPECT_FALSE(bench_.robot);
  EXPECT_EQ(IdTokenOf("one-role")["acr"], "AAL3_ANY");
}

TEST_F(ControlTest, AnUnknownCallOrMethodIsNotFound) {
  EXPECT_EQ(Call("/no-such").response.status, 404);
  EXPECT_EQ(Call("/robot").response.status, 404);
  EXPECT_EQ(Call("/requests", "{}").response.status, 404);
}

TEST_F(ControlTest, ClaimsAreSetAndRemovedInEveryLaterAnswer) {
  Call("/claims", R"({"id_token":{"acr":"AAL2_ANY","id_assurance_level":3.5,"aud":null},
                      "userinfo":{"idassurancelevel":"1"},
                      "remove":["id_token.azp","id_token.org.forgerock.openidconnect.ops",
                                "userinfo.nhsid_user_orgs"]})");
  for (int i = 0; i < 2; ++i) {
    const PlainJson tokens = TokensOf("one-role");
    const PlainJson claims = VerifiedClaims(tokens);
    EXPECT_EQ(claims["acr"], "AAL2_ANY");
    EXPECT_EQ(claims["id_assurance_level"], PlainJson(3.5));
    EXPECT_TRUE(claims.contains("aud") && claims["aud"].is_null());
    EXPECT_FALSE(claims.contains("azp"));
    EXPECT_FALSE(claims.contains("org.forgerock.openidconnect.ops"));
    const PlainJson userinfo = JsonOf(AskUserinfo(tokens["access_token"]));
    EXPECT_EQ(userinfo["idassurancelevel"], "1");
    EXPECT_FALSE(userinfo.contains("nhsid_user_orgs"));
  }
}

TEST_F(ControlTest, ALaterClaimsCallAddsToTheEarlierOnes) {
  Call("/claims", R"({"id_token":{"acr":"one"},"remove":["id_token.azp"]})");
  Call("/claims", R"({"id_token":{"azp":"two"}})");
  const PlainJson claims = IdTokenOf("one-role");
  EXPECT_EQ(claims["acr"], "one");
  EXPECT_EQ(claims["azp"], "two");
}

TEST_F(ControlTest, ResetMakesEverythingHonestAndKeepsTheCodes) {
  Call("/claims", R"({"id_token":{"acr":"other"}})");
  Misbehave("discovery-500", 0);
  SignIn("one-role");

  EXPECT_EQ(Call("/reset", "{}").response.status, 200);

  EXPECT_FALSE(bench_.robot);
  EXPECT_EQ(Requests()["authorize"], 0);
  EXPECT_EQ(Requests()["codes"].size(), 1U);
  EXPECT_EQ(Get("/.well-known/openid-configuration").response.status, 200);
  EXPECT_EQ(IdTokenOf("one-role")["acr"], "AAL3_ANY");
}

TEST_F(ControlTest, RequestsAreCounted) {
  Get("/.well-known/openid-configuration");
  Get("/connect/jwk_uri");
  Get("/connect/jwk_uri");
  const std::string unredeemed = SignIn("one-role")["code"];
  const std::string redeemed = SignIn("one-role")["code"];
  AskUserinfo(JsonOf(Redeem(TokenFields(redeemed)))["access_token"]);
  Redeem(TokenFields("wrong"));

  EXPECT_EQ(
      Requests(),
      (PlainJson{{"authorize", 2},
                 {"token", 2},
                 {"token_refused", 1},
                 {"userinfo", 1},
                 {"discovery", 1},
                 {"jwks", 2},
                 {"codes",
                  {{{"code", unredeemed}, {"redeemed", false}}, {{"code", redeemed}, {"redeemed", true}}}}}));
}

TEST_F(ControlTest, EverySecretOfAJourneyIsListed) {
  const std::string code = SignIn("one-role")["code"];
  const FieldMap fields = TokenFields(code);
  const PlainJson tokens = JsonOf(Redeem(fields));

  EXPECT_EQ(JsonOf(Call("/secrets")), (PlainJson{{"state", {"hello"}},
                                                 {"nonce", {"a-nonce"}},
                                                 {"code", {code}},
                                                 {"code_verifier", {testing::kVerifier}},
                                                 {"client_assertion", {fields.at("client_assertion")}},
                                                 {"access_token", {tokens["access_token"]}},
                                                 {"id_token", {tokens["id_token"]}}}));
}

TEST_F(ControlTest, SecretsOfRefusedRequestsAreListedToo) {
  Redeem(TokenFields("wrong"));
  FieldMap fields = AuthorizationFields();
  fields["prompt"] = "none";
  SignIn("one-role", fields);
  const PlainJson secrets = JsonOf(Call("/secrets"));
  EXPECT_EQ(secrets["client_assertion"].size(), 1U);
  EXPECT_EQ(secrets["state"], PlainJson::array({"hello"}));
}

TEST_F(ControlTest, TheNamesKnownAreListed) {
  const PlainJson known = JsonOf(Call("/misbehaviours"))["misbehaviours"];
  EXPECT_EQ(known.size(), KnownMisbehaviours().size());
  EXPECT_TRUE(known[0]["name"].is_string() && known[0]["what"].is_string());
}

using MisbehaveTest = ControlTest;

TEST_F(MisbehaveTest, NamesAreUniqueAndEachRowHasASentenceAndAHook) {
  std::set<std::string_view> names;
  for (const auto& row : KnownMisbehaviours()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.what.empty()) << row.name;
    EXPECT_TRUE(row.discovery || row.jwks || row.sign_in || row.callback || row.token_request ||
                row.id_token || row.compact || row.token || row.userinfo_request || row.userinfo)
        << row.name;
  }
}

TEST_F(MisbehaveTest, OnlyTheNextAnswersConcernedMisbehave) {
  Misbehave("discovery-500", 2);
  Get("/connect/jwk_uri");
  EXPECT_EQ(Get("/.well-known/openid-configuration").response.status, 500);
  EXPECT_EQ(Get("/.well-known/openid-configuration").response.status, 500);
  EXPECT_EQ(Get("/.well-known/openid-configuration").response.status, 200);
}

TEST_F(MisbehaveTest, OnceIsTheDefaultAndZeroIsUntilReset) {
  Call("/misbehave", R"({"name":"jwks-500"})");
  EXPECT_EQ(Get("/connect/jwk_uri").response.status, 500);
  EXPECT_EQ(Get("/connect/jwk_uri").response.status, 200);
  Misbehave("jwks-500", 0);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Get("/connect/jwk_uri").response.status, 500);
  }
}

TEST_F(MisbehaveTest, SeveralMayBeOnAtOnce) {
  Misbehave("wrong-nonce");
  Misbehave("userinfo-other-sub");
  const PlainJson tokens = TokensOf("one-role");
  EXPECT_NE(VerifiedClaims(tokens)["nonce"], "a-nonce");
  EXPECT_NE(JsonOf(AskUserinfo(tokens["access_token"]))["sub"], "656005750105");
}

TEST_F(MisbehaveTest, ARefusalThatIsNotHonestUsesTheCodeNotUp) {
  for (const auto* name : {"token-500", "token-hang", "token-invalid-grant", "token-invalid-client"}) {
    const FieldMap fields = TokenFields(SignIn("one-role")["code"]);
    Misbehave(name);
    EXPECT_NE(Redeem(fields).response.status, 200) << name;
    EXPECT_EQ(Redeem(fields).response.status, 200) << name;
  }
}

TEST_F(MisbehaveTest, TokenEndpointAnswersWithTheTextsOfCis2) {
  Misbehave("token-invalid-grant");
  EXPECT_EQ(Redeemed().response.body,
            R"({"error_description":"The provided access grant is invalid, expired, or revoked.",)"
            R"("error":"invalid_grant"})");
  Misbehave("token-invalid-client");
  const Answer client = Redeemed();
  EXPECT_EQ(client.response.status, 401);
  EXPECT_EQ(client.response.body, R"({"error_description":"JWT is not valid","error":"invalid_client"})");
  Misbehave("token-500");
  EXPECT_EQ(Redeemed().response.status, 500);
}

TEST_F(MisbehaveTest, AHungAnswerIsHeldAndNotCountedAsRefused) {
  Misbehave("token-hang");
  EXPECT_TRUE(Redeemed().hang);
  EXPECT_EQ(Requests()["token_refused"], 0);
  Misbehave("discovery-hang");
  EXPECT_TRUE(Get("/.well-known/openid-configuration").hang);
  Misbehave("userinfo-hang");
  EXPECT_TRUE(Userinfo().hang);
}

TEST_F(MisbehaveTest, DiscoveryNamesAnotherIssuer) {
  Misbehave("discovery-other-issuer");
  EXPECT_NE(JsonOf(Get("/.well-known/openid-configuration"))["issuer"], testing::kIssuer);
}

TEST_F(MisbehaveTest, ARotatedKeySignsAndStandsInTheJwksInPlaceOfTheOldOne) {
  const std::string old_kid = testing::HeaderOf(TokensOf("one-role")["id_token"])["kid"];
  Misbehave("rotated-key", 0);
  const PlainJson tokens = TokensOf("one-role");
  EXPECT_NE(testing::HeaderOf(tokens["id_token"])["kid"], old_kid);
  EXPECT_EQ(VerifiedClaims(tokens)["sub"], "656005750105");
}

TEST_F(MisbehaveTest, ASignInIsAnsweredWithAnErrorAndNoCodeIsMade) {
  Misbehave("authorize-error");
  FieldMap fields = SignIn("one-role");
  EXPECT_EQ(fields["error"], "server_error");
  EXPECT_EQ(fields["state"], "hello");
  EXPECT_TRUE(bench_.memory.Codes().empty());
}

TEST_F(MisbehaveTest, TheRedirectBackHasAnotherStateOrIssuer) {
  Misbehave("callback-wrong-state");
  FieldMap fields = SignIn("one-role");
  EXPECT_NE(fields["state"], "hello");
  EXPECT_EQ(fields.count("code"), 1U);
  Misbehave("callback-wrong-iss");
  fields = SignIn("one-role");
  EXPECT_EQ(fields.count("iss"), 1U);
  EXPECT_NE(fields["iss"], testing::kIssuer);
}

TEST_F(MisbehaveTest, ABadSignatureIsAnotherKeysUnderTheRightKid) {
  Misbehave("bad-signature");
  const std::string token = TokensOf("one-role")["id_token"];
  EXPECT_EQ(testing::HeaderOf(token)["kid"], keys_.signing().kid);
  EXPECT_FALSE(testing::VerifyByCjose(token, JsonOf(Get("/connect/jwk_uri"))));
  EXPECT_FALSE(token.ends_with('.'));
}

TEST_F(MisbehaveTest, AlgNoneHasNoSignature) {
  Misbehave("alg-none");
  const std::string token = TokensOf("one-role")["id_token"];
  EXPECT_EQ(testing::HeaderOf(token)["alg"], "none");
  EXPECT_TRUE(token.ends_with('.'));
}

TEST_F(MisbehaveTest, UserinfoRefusesOrIsAboutSomebodyElse) {
  Misbehave("userinfo-401");
  EXPECT_EQ(Userinfo().response.status, 401);
  Misbehave("userinfo-500");
  EXPECT_EQ(Userinfo().response.status, 500);
  Misbehave("userinfo-other-sub");
  EXPECT_NE(JsonOf(Userinfo())["sub"], "656005750105");
}

}  // namespace
}  // namespace cis2::simulator
