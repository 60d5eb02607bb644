#include "tests/simulator/client_check.h"

#include "tests/simulator/test_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace cis2::simulator {
namespace {

using testing::Encode;
using testing::FieldMap;
using testing::JwksOf;
using testing::kAlg;
using testing::kClientId;
using testing::kIssuer;
using testing::kSecret;
using testing::PartyKey;
using testing::PlainJson;

constexpr std::string_view kBadJwt = R"({"error_description":"JWT is not valid","error":"invalid_client"})";

class ClientCheckTest : public testing::SimulatorTest {
 protected:
  Answer RedeemWithAssertion(const std::string& assertion) {
    FieldMap fields = TokenFields(SignIn("one-role")["code"]);
    fields["client_assertion"] = assertion;
    return Redeem(fields);
  }
  // The same answer for every fault, as CIS2's; the log alone tells which one it was.
  void ExpectRefused(const std::string& assertion, std::string_view note) {
    const Answer answer = RedeemWithAssertion(assertion);
    EXPECT_EQ(answer.response.status, 401) << note;
    EXPECT_EQ(answer.response.body, kBadJwt) << note;
    EXPECT_EQ(answer.note, note);
  }
  std::string AssertionWith(const std::string& claim, const PlainJson& value) {
    PlainJson claims = AssertionClaims();
    claims[claim] = value;
    return PartyKey::For(kAlg).Sign(AssertionHeader(), claims);
  }
  std::string AssertionWithout(const std::string& claim) {
    PlainJson claims = AssertionClaims();
    claims.erase(claim);
    return PartyKey::For(kAlg).Sign(AssertionHeader(), claims);
  }
  std::string AssertionUnder(const PlainJson& header) {
    return PartyKey::For(header["alg"]).Sign(header, AssertionClaims());
  }
  FieldMap SecretFields() {
    FieldMap fields = TokenFields(SignIn("one-role")["code"]);
    fields.erase("client_assertion");
    fields.erase("client_assertion_type");
    return fields;
  }
  static http::Headers Basic(const std::string& id, const std::string& secret) {
    std::string both = Encode({{"i", id}}).substr(2) + ":" + Encode({{"s", secret}}).substr(2);
    std::string text(both.size() * 2 + 8, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(both.data()), static_cast<int>(both.size()));
    text.resize(static_cast<std::size_t>(size));
    return {{"Authorization", "Basic " + text}};
  }
};

TEST_F(ClientCheckTest, AnAssertionOfEveryAlgorithmIsAccepted) {
  const std::vector<std::string> algs = {"RS256", "RS512", "PS256", "PS512", "ES256", "EdDSA"};
  client_jwks_ = JwksOf(algs);
  for (const auto& alg : algs) {
    const Answer answer =
        RedeemWithAssertion(PartyKey::For(alg).Sign(AssertionHeader(alg), AssertionClaims()));
    EXPECT_EQ(answer.response.status, 200) << alg << ": " << answer.note;
  }
}

TEST_F(ClientCheckTest, WhatIsNoJwsIsRefused) {
  ExpectRefused("", "assertion: not a compact JWS");
  ExpectRefused("a.b", "assertion: not a compact JWS");
  ExpectRefused("e30.e30.AA.AA", "assertion: not a compact JWS");
}

TEST_F(ClientCheckTest, AHeaderThatLacksAMemberIsRefused) {
  const std::pair<PlainJson, const char*> cases[] = {
      {{{"kid", nullptr}}, "assertion: no kid"},          {{{"typ", nullptr}}, "assertion: typ is not JWT"},
      {{{"typ", "at+jwt"}}, "assertion: typ is not JWT"}, {{{"crit", {"exp"}}}, "assertion: crit"},
      {{{"kid", "other"}}, "assertion: kid unknown"},
  };
  for (const auto& [change, note] : cases) {
    PlainJson header = AssertionHeader();
    header.merge_patch(change);
    ExpectRefused(AssertionUnder(header), note);
  }
}

TEST_F(ClientCheckTest, AnAlgorithmOtherThanTheKeysIsRefused) {
  client_jwks_ = JwksOf({"RS512"});
  for (const auto* alg : {"RS256", "PS512"}) {
    PlainJson header = AssertionHeader("RS512");
    header["alg"] = alg;
    ExpectRefused(PartyKey::For("RS512").Sign(header, AssertionClaims()), "assertion: alg is not the key's");
  }
}

TEST_F(ClientCheckTest, TheSignatureOfAnotherKeyIsRefused) {
  client_jwks_ = JwksOf({"RS512"});
  ExpectRefused(PartyKey::For("RS256").Sign(AssertionHeader("RS512"), AssertionClaims()),
                "assertion: signature wrong");
}

TEST_F(ClientCheckTest, AChangedPayloadIsRefused) {
  std::string assertion = PartyKey::For(kAlg).Sign(AssertionHeader(), AssertionClaims());
  const std::string other = PartyKey::For(kAlg).Sign(AssertionHeader(), AssertionClaims());
  assertion = assertion.substr(0, assertion.rfind('.')) + other.substr(other.rfind('.'));
  ExpectRefused(assertion, "assertion: signature wrong");
}

TEST_F(ClientCheckTest, AnotherIssuerOrSubjectThanTheClientIsRefused) {
  for (const auto* claim : {"iss", "sub"}) {
    ExpectRefused(AssertionWith(claim, "another"), "assertion: iss or sub is not the client id");
    ExpectRefused(AssertionWithout(claim), "assertion: iss or sub is not the client id");
  }
}

// CIS2's clients fail on this: the port must be there.
TEST_F(ClientCheckTest, AnAudienceThatIsNotTheTokenEndpointByteForByteIsRefused) {
  const PlainJson audiences[] = {
      kIssuer,
      kIssuer + "/access_token/",
      "https://am.sim-cis2.example" + testing::kPath + "/access_token",
      "HTTPS://am.sim-cis2.example:443" + testing::kPath + "/access_token",
      PlainJson::array({kIssuer + "/access_token"}),
      nullptr,
  };
  for (const auto& audience : audiences) {
    ExpectRefused(AssertionWith("aud", audience), "assertion: aud is not the token endpoint");
  }
  ExpectRefused(AssertionWithout("aud"), "assertion: aud is not the token endpoint");
}

TEST_F(ClientCheckTest, AnExpiryThatIsMissingOrNoIntegerIsRefused) {
  ExpectRefused(AssertionWithout("exp"), "assertion: exp missing or no integer");
  ExpectRefused(AssertionWith("exp", std::to_string(Now() + 60)), "assertion: exp missing or no integer");
  ExpectRefused(AssertionWith("exp", static_cast<double>(Now()) + 60.5),
                "assertion: exp missing or no integer");
  ExpectRefused(AssertionWithout("iat"), "assertion: iat missing or no integer");
}

TEST_F(ClientCheckTest, AnAssertionThatExpiresNowIsRefused) {
  ExpectRefused(AssertionWith("exp", Now()), "assertion: expired");
}

TEST_F(ClientCheckTest, AnAssertionThatLivesLongerThanFiveMinutesIsRefused) {
  ExpectRefused(AssertionWith("exp", Now() + 301), "assertion: lives longer than five minutes");
  ExpectRefused(AssertionWith("iat", Now() - 1), "assertion: lives longer than five minutes");
}

TEST_F(ClientCheckTest, AnAssertionFromTheFutureIsRefused) {
  ExpectRefused(AssertionWith("iat", Now() + 6), "assertion: iat in the future");
  ExpectRefused(AssertionWith("nbf", Now() + 6), "assertion: nbf in the future");
  EXPECT_EQ(RedeemWithAssertion(AssertionWith("iat", Now() + 5)).response.status, 200);
}

TEST_F(ClientCheckTest, AJtiThatIsMissingOrUsedBeforeIsRefused) {
  ExpectRefused(AssertionWithout("jti"), "assertion: jti missing");
  ExpectRefused(AssertionWith("jti", ""), "assertion: jti missing");
  EXPECT_EQ(RedeemWithAssertion(AssertionWith("jti", "once")).response.status, 200);
  ExpectRefused(AssertionWith("jti", "once"), "assertion: jti used before");
}

TEST_F(ClientCheckTest, ARefusedAssertionUsesNothingUp) {
  FieldMap fields = TokenFields(SignIn("one-role")["code"]);
  const std::string good = fields["client_assertion"];
  fields["client_assertion"] = AssertionWith("aud", "other");
  EXPECT_EQ(Redeem(fields).response.status, 401);
  fields["client_assertion"] = good;
  EXPECT_EQ(Redeem(fields).response.status, 200);
}

TEST_F(ClientCheckTest, TheJwksIsReadAgainForEachAssertion) {
  client_jwks_ = JwksOf({"EdDSA"});
  ExpectRefused(AssertionUnder(AssertionHeader()), "assertion: kid unknown");
  client_jwks_ = JwksOf({"EdDSA", kAlg});
  EXPECT_EQ(RedeemWithAssertion(AssertionUnder(AssertionHeader())).response.status, 200);
  client_jwks_ = "gone";
  ExpectRefused(AssertionUnder(AssertionHeader()), "assertion: the client's JWKS cannot be read");
}

TEST_F(ClientCheckTest, AnAssertionOfAnotherTypeIsRefused) {
  FieldMap fields = TokenFields(SignIn("one-role")["code"]);
  fields["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
  EXPECT_EQ(Redeem(fields).response.body, kBadJwt);
  fields.erase("client_assertion_type");
  EXPECT_EQ(Redeem(fields).response.body, kBadJwt);
}

TEST_F(ClientCheckTest, NoAuthenticationIsRefused) {
  const Answer answer = Redeem(SecretFields());
  EXPECT_EQ(answer.response.status, 401);
  EXPECT_EQ(answer.response.body,
            R"({"error_description":"Client authentication failed","error":"invalid_client"})");
  EXPECT_TRUE(http::FindHeader(answer.response.headers, "WWW-Authenticate"));
}

TEST_F(ClientCheckTest, AnotherClientIdBesideAGoodAssertionIsRefused) {
  FieldMap fields = TokenFields(SignIn("one-role")["code"]);
  fields["client_id"] = "another";
  EXPECT_EQ(Redeem(fields).response.status, 401);
}

TEST_F(ClientCheckTest, ASecretBesideAnAssertionIsRefused) {
  FieldMap fields = TokenFields(SignIn("one-role")["code"]);
  fields["client_secret"] = kSecret;
  const Answer post = Redeem(fields);
  EXPECT_EQ(post.response.status, 400);
  EXPECT_EQ(JsonOf(post)["error"], "invalid_request");

  const Answer basic = Redeem(TokenFields(SignIn("one-role")["code"]), Basic(kClientId, kSecret));
  EXPECT_EQ(JsonOf(basic)["error"], "invalid_request");
}

TEST_F(ClientCheckTest, BothSecretMethodsAtOnceAreRefused) {
  RegisterSecret();
  FieldMap fields = SecretFields();
  fields["client_secret"] = kSecret;
  EXPECT_EQ(JsonOf(Redeem(fields, Basic(kClientId, kSecret)))["error"], "invalid_request");
}

TEST_F(ClientCheckTest, TheSecretIsAcceptedByPostAndByBasic) {
  RegisterSecret();
  FieldMap fields = SecretFields();
  fields["client_secret"] = kSecret;
  EXPECT_EQ(Redeem(fields).response.status, 200);

  EXPECT_EQ(Redeem(SecretFields(), Basic(kClientId, kSecret)).response.status, 200);
}

TEST_F(ClientCheckTest, AWrongSecretIsRefused) {
  RegisterSecret();
  FieldMap fields = SecretFields();
  fields["client_secret"] = kSecret + "x";
  EXPECT_EQ(Redeem(fields).response.status, 401);
  fields["client_secret"] = "";
  EXPECT_EQ(Redeem(fields).response.status, 401);
  EXPECT_EQ(Redeem(SecretFields(), Basic(kClientId, "wrong")).response.status, 401);
  EXPECT_EQ(Redeem(SecretFields(), Basic("another", kSecret)).response.status, 401);
  EXPECT_EQ(Redeem(SecretFields(), {{"Authorization", "Basic !"}}).response.status, 401);
  EXPECT_EQ(Redeem(SecretFields(), {{"Authorization", "Bearer x"}}).response.status, 401);
}

TEST_F(ClientCheckTest, AMethodThatIsNotTheRegisteredOneIsRefused) {
  EXPECT_EQ(Redeem(SecretFields(), Basic(kClientId, kSecret)).response.status, 401);
  RegisterSecret();
  ExpectRefused(AssertionUnder(AssertionHeader()), "assertion: registered for a secret");
}

}  // namespace
}  // namespace cis2::simulator
