// The small parts: encodings, keys, listeners, issuer, operators, discovery, memory.

#include "broker/base/text.h"
#include "tests/simulator/discovery.h"
#include "tests/simulator/encoding.h"
#include "tests/simulator/keys.h"
#include "tests/simulator/listen.h"
#include "tests/simulator/operators.h"
#include "tests/simulator/options.h"
#include "tests/simulator/test_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace cis2::simulator {
namespace {

using ::testing::HasSubstr;

TEST(EncodingTest, Base64IsThatOfRfc4648) {
  EXPECT_EQ(Base64Encode(""), "");
  EXPECT_EQ(Base64Encode("f"), "Zg==");
  EXPECT_EQ(Base64Encode("fo"), "Zm8=");
  EXPECT_EQ(Base64Encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64Decode("Zm8="), "fo");
}

TEST(EncodingTest, Base64RefusesEveryOtherSpelling) {
  for (const auto* text : {"", "Zg", "Zh==", "Zm8=\n", " Zm8", "Zm8_", "=Zm8", "Z==="}) {
    EXPECT_EQ(Base64Decode(text), std::nullopt) << text;
  }
}

// The s_hash of a token of CIS2's Integration environment is that of "hello".
TEST(EncodingTest, HalfHashIsThatOfARealToken) { EXPECT_EQ(HalfHash("hello"), "LPJNul-wow4m6Dsqxbning"); }

TEST(EncodingTest, AnIdHasEveryCharacterThatCarelessClientsBreak) {
  const std::string id = ForgeRockId(std::string(20, '\0'));

  EXPECT_EQ(id.size(), 28U);
  EXPECT_THAT(id, HasSubstr("/"));
  EXPECT_THAT(id, HasSubstr("+"));
  EXPECT_TRUE(id.ends_with('='));
  EXPECT_TRUE(Base64Decode(id).has_value());
}

TEST(OperatorsTest, AreThoseOfTheTable) {
  struct Row {
    std::string_view name;
    std::string_view sub;
    int aal;
    int ial;
    std::size_t roles;
    bool selected;
  };
  constexpr Row kTable[] = {
      {"many-roles", "656005750104", 3, 3, 2, false}, {"one-role", "656005750105", 3, 3, 1, true},
      {"no-roles", "656005750106", 3, 3, 0, false},   {"second", "656005750107", 3, 3, 1, true},
      {"aal2", "656005750112", 2, 3, 1, true},        {"aal1", "656005750110", 1, 3, 1, true},
      {"ial2", "656005750201", 3, 2, 1, true},        {"ial1", "656005750202", 3, 1, 1, true},
  };
  ASSERT_EQ(Operators().size(), std::size(kTable));
  for (const auto& row : kTable) {
    const Operator* const who = FindOperator(row.name);
    ASSERT_NE(who, nullptr) << row.name;
    EXPECT_EQ(who->sub, row.sub);
    EXPECT_EQ(who->aal, row.aal);
    EXPECT_EQ(who->ial, row.ial);
    EXPECT_EQ(who->roles.size(), row.roles);
    EXPECT_EQ(!who->selected_roleid.empty(), row.selected) << row.name;
  }
}

TEST(OperatorsTest, ASelectedRoleIsOneOfTheOperators) {
  std::set<std::string_view> role_ids;
  for (const auto& who : Operators()) {
    for (const auto& role : who.roles) {
      EXPECT_TRUE(role_ids.insert(role.person_roleid).second) << "two people have one role id";
    }
    EXPECT_TRUE(who.selected_roleid.empty() || who.roles.front().person_roleid == who.selected_roleid);
  }
}

TEST(OperatorsTest, NobodyHasAnUnknownName) { EXPECT_EQ(FindOperator("one-role "), nullptr); }

TEST(KeysTest, TheSameKeyFileGivesTheSameKid) {
  auto first = KeyRing::Make(std::nullopt);
  ASSERT_TRUE(first);
  EXPECT_NE(first->Successor().kid, first->signing().kid);
  EXPECT_EQ(first->Stranger().kid, first->signing().kid);
  EXPECT_NE(EVP_PKEY_eq(first->Stranger().key.get(), first->signing().key.get()), 1);
}

TEST(KeysTest, ASigningKeyThatIsNoRsaKeyIsRefused) {
  const auto ring = KeyRing::Make("-----BEGIN PRIVATE KEY-----\n");
  ASSERT_FALSE(ring);
  EXPECT_THAT(ring.error().message, HasSubstr("RSA key of at least 2048 bits"));
}

TEST(KeysTest, TheJwksHasEveryKindOfKeyWithTheSigningKeyFirst) {
  auto ring = KeyRing::Make(std::nullopt);
  ASSERT_TRUE(ring);
  const Json jwks = ring->Jwks();

  std::vector<std::string> kinds;
  for (const auto& jwk : jwks["keys"]) {
    kinds.push_back(jwk["kty"].get<std::string>() + " " + jwk["use"].get<std::string>() + " " +
                    jwk["alg"].get<std::string>());
    EXPECT_FALSE(jwk.contains("d") || jwk.contains("p"));
    EXPECT_THAT(jwk["kid"].get<std::string>(), HasSubstr("/"));
  }
  EXPECT_EQ(kinds, (std::vector<std::string>{"RSA sig RS256", "EC sig ES256", "EC sig ES384", "EC sig ES512",
                                             "RSA enc RSA1_5"}));
}

TEST(KeysTest, EachPublishedKeySignsWhatItsJwkVerifies) {
  auto ring = KeyRing::Make(std::nullopt);
  ASSERT_TRUE(ring);
  const auto jwks = testing::PlainJson::parse(Text(ring->Jwks()));
  for (const std::string alg : {"RS256", "ES256", "ES384", "ES512"}) {
    const Key* const key = ring->Signing(alg);
    ASSERT_NE(key, nullptr);
    const Json header{{"alg", alg}, {"kid", key->kid}};
    const std::string token = SignCompact(Text(header), R"({"a":1})", alg, key->key.get());
    EXPECT_EQ(testing::VerifyByCjose(token, jwks).value_or(nullptr), testing::PlainJson({{"a", 1}})) << alg;
  }
}

TEST(JwsTest, AKeyThatDoesNotFitTheAlgorithmSignsNothing) {
  auto ring = KeyRing::Make(std::nullopt);
  ASSERT_TRUE(ring);
  EXPECT_EQ(SignCompact("{}", "{}", "ES256", ring->signing().key.get()), "");
  EXPECT_EQ(SignCompact("{}", "{}", "RS999", ring->signing().key.get()), "");
  EXPECT_EQ(SignCompact("{}", "{}", "none", nullptr), "e30.e30.");
}

TEST(JwsTest, OnlyThreeStrictPartsAreACompactToken) {
  EXPECT_TRUE(SplitCompact("e30.e30.AA"));
  for (const auto* token :
       {"", "e30", "e30.e30", "e30.e30.AA.AA", "e30.e30.A", "e30=.e30.AA", "e30. e30.AA"}) {
    EXPECT_FALSE(SplitCompact(token)) << token;
  }
}

class ClientJwksTest : public ::testing::Test {
 protected:
  static base::Result<std::vector<ClientKey>> With(const std::string& member,
                                                   const testing::PlainJson& value) {
    auto jwk = testing::PartyKey::For("RS512").PublicJwk();
    jwk[member] = value;
    return ParseClientJwks(testing::PlainJson{{"keys", {jwk}}}.dump());
  }
};

TEST_F(ClientJwksTest, KeysOfEveryAlgorithmAreRead) {
  const auto keys = ParseClientJwks(testing::JwksOf({"RS256", "RS512", "PS256", "PS512", "ES256", "EdDSA"}));
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->size(), 6U);
}

TEST_F(ClientJwksTest, APrivateMemberRefusesTheSet) { EXPECT_FALSE(With("d", "AQAB")); }
TEST_F(ClientJwksTest, AKeyForEncryptionIsRefused) { EXPECT_FALSE(With("use", "enc")); }
TEST_F(ClientJwksTest, AKeyWithoutANameIsRefused) { EXPECT_FALSE(With("kid", "")); }
TEST_F(ClientJwksTest, AnAlgorithmOfAnotherKindOfKeyIsRefused) { EXPECT_FALSE(With("alg", "ES256")); }
TEST_F(ClientJwksTest, AMacAlgorithmIsRefused) { EXPECT_FALSE(With("alg", "HS256")); }
TEST_F(ClientJwksTest, ASmallModulusIsRefused) { EXPECT_FALSE(With("n", std::string(171, 'x'))); }
TEST_F(ClientJwksTest, TheSameKidTwiceIsRefused) {
  EXPECT_FALSE(ParseClientJwks(testing::JwksOf({"RS512", "RS512"})));
}
TEST_F(ClientJwksTest, WhatIsNoJwksIsRefused) {
  for (const auto* text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[1]})"}) {
    EXPECT_FALSE(ParseClientJwks(text)) << text;
  }
}

TEST(ListenTest, PortZeroTakesAFreePortOfItsOwn) {
  const auto first = ListenOn("127.0.0.1:0");
  const auto second = ListenOn("127.0.0.1:0");
  const auto third = ListenOn("[::1]:0");
  ASSERT_TRUE(first && second && third);
  EXPECT_NE(first->port, 0);
  EXPECT_NE(first->port, second->port);
  EXPECT_EQ(third->HostAndPort(), "[::1]:" + std::to_string(third->port));
}

TEST(ListenTest, APortInUseIsAnErrorThatNamesIt) {
  const auto first = ListenOn("127.0.0.1:0");
  ASSERT_TRUE(first);
  const auto second = ListenOn(first->HostAndPort());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr(first->HostAndPort()));
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

TEST(ListenTest, EverythingButLoopbackIsRefused) {
  for (const auto* address : {"0.0.0.0:0", "[::]:0", "10.0.0.1:0", "128.0.0.1:0", "localhost:0",
                              "[::ffff:127.0.0.1]:0", "[fe80::1]:0", ":0", "*:0", "127.1:0"}) {
    const auto listener = ListenOn(address);
    ASSERT_FALSE(listener) << address;
    EXPECT_THAT(listener.error().message, HasSubstr("loopback")) << address;
  }
}

TEST(ListenTest, WhatIsNoPortIsRefused) {
  for (const auto* address :
       {"127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1:65536", "[::1]"}) {
    EXPECT_FALSE(ListenOn(address)) << address;
  }
}

TEST(IssuerTest, APortOfZeroBecomesTheListenersAndAnyOtherStays) {
  EXPECT_EQ(CompleteIssuer("https://a.example:0/x/y", 4711).value_or(""), "https://a.example:4711/x/y");
  EXPECT_EQ(CompleteIssuer("https://a.example:443/x/y", 4711).value_or(""), "https://a.example:443/x/y");
}

TEST(IssuerTest, WithoutAnExplicitPortOrWithAFinalSlashItIsRefused) {
  for (const auto* issuer :
       {"", "https://", "https://a.example/x", "https://a.example:443", "https://a.example:443/x/",
        "http://a.example:443/x", "https://:443/x", "https://a.example:/x", "https://a.example:4a/x",
        "https://a.example:443/x?y", "https://a.example:443/x#y", "https://a.example/x:443"}) {
    EXPECT_FALSE(CompleteIssuer(issuer, 1)) << issuer;
  }
}

TEST(DiscoveryTest, EndpointsAreTheIssuerWithItsPortAndThePath) {
  Registration registration;
  registration.issuer = testing::kIssuer;
  const Json document = DiscoveryDocument(registration);

  EXPECT_EQ(document["issuer"], testing::kIssuer);
  EXPECT_EQ(document["authorization_endpoint"], testing::kIssuer + "/authorize");
  EXPECT_EQ(document["token_endpoint"], testing::kIssuer + "/access_token");
  EXPECT_EQ(document["userinfo_endpoint"], testing::kIssuer + "/userinfo");
  EXPECT_EQ(document["jwks_uri"], testing::kIssuer + "/connect/jwk_uri");
}

TEST(DiscoveryTest, ListsAreForgeRocksStockOnes) {
  const Json document = DiscoveryDocument({});

  EXPECT_EQ(document["id_token_signing_alg_values_supported"],
            Json({"PS384", "ES384", "RS384", "HS256", "HS512", "ES256", "RS256", "HS384", "ES512", "PS256",
                  "PS512", "RS512"}));
  EXPECT_EQ(document["subject_types_supported"], Json::array({"public"}));
  EXPECT_EQ(document["response_types_supported"], Json::array({"code"}));
  EXPECT_FALSE(document.contains("authorization_response_iss_parameter_supported"));
}

TEST(DiscoveryTest, TheIssParameterIsPromisedOnlyWhenItIsSent) {
  Registration registration;
  registration.iss_parameter = true;
  EXPECT_EQ(DiscoveryDocument(registration)["authorization_response_iss_parameter_supported"], true);
}

}  // namespace
}  // namespace cis2::simulator
