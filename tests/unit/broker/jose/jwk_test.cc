#include "broker/jose/jwk.h"

#include "broker/base/json.h"
#include "tests/support/token_maker.h"

#include <gtest/gtest.h>

namespace cis2::jose {
namespace {

using tests::Jwks;
using tests::TestKey;

// How many keys of a set with this one JWK are usable; nothing when the set is refused.
std::optional<std::size_t> Usable(const std::string& jwk, Algorithm alg = Algorithm::kRs256) {
  const auto set = KeySet::Parse(Jwks({jwk}), alg);
  return set ? std::optional(set->size()) : std::nullopt;
}

// The JWK of `key` with `more` members.
std::string With(const TestKey& key, const std::string& more) {
  return "{" + key.PublicMembers() + "," + more + "}";
}

TEST(AlgorithmTest, NamesAreExactAndNoneIsUnknown) {
  for (const char* name : {"RS256", "RS512", "PS256", "PS512", "ES256", "EdDSA"}) {
    ASSERT_TRUE(AlgorithmFromName(name).has_value()) << name;
    EXPECT_EQ(Name(*AlgorithmFromName(name)), name);
  }
  for (const char* name : {"none", "None", "HS256", "rs256", "RS384", "ES384", "", "RS256 ", "RSA1_5"}) {
    EXPECT_FALSE(AlgorithmFromName(name).has_value()) << name;
  }
}

TEST(KeySetTest, TakesAKeyOfEveryTypeForItsAlgorithms) {
  for (const Algorithm alg : {Algorithm::kRs256, Algorithm::kRs512, Algorithm::kPs256, Algorithm::kPs512}) {
    EXPECT_EQ(Usable(TestKey::Rsa().Jwk("a", ""), alg), 1U);
    EXPECT_EQ(Usable(TestKey::Ec().Jwk("a", ""), alg), 0U);
    EXPECT_EQ(Usable(TestKey::Ed25519().Jwk("a", ""), alg), 0U);
  }
  EXPECT_EQ(Usable(TestKey::Ec().Jwk("a", ""), Algorithm::kEs256), 1U);
  EXPECT_EQ(Usable(TestKey::Rsa().Jwk("a", ""), Algorithm::kEs256), 0U);
  EXPECT_EQ(Usable(TestKey::Ed25519().Jwk("a", ""), Algorithm::kEdDsa), 1U);
  EXPECT_EQ(Usable(TestKey::Ec().Jwk("a", ""), Algorithm::kEdDsa), 0U);
}

TEST(KeySetTest, AKeyForAnotherAlgorithmIsLeftOut) {
  EXPECT_EQ(Usable(TestKey::Rsa().Jwk("a", "RS256")), 1U);
  EXPECT_EQ(Usable(TestKey::Rsa().Jwk("a", "RS512")), 0U);
  EXPECT_EQ(Usable(TestKey::Rsa().Jwk("a", "PS256")), 0U);
  EXPECT_EQ(Usable(With(TestKey::Rsa(), R"("alg":256)")), 0U);
  EXPECT_EQ(Usable(With(TestKey::Rsa(), R"("alg":null)")), 0U);
}

TEST(KeySetTest, AKeyForEncryptionIsLeftOut) {
  EXPECT_EQ(Usable(With(TestKey::Rsa(), R"("use":"enc")")), 0U);
  EXPECT_EQ(Usable(With(TestKey::Rsa(), R"("use":["sig"])")), 0U);
  EXPECT_EQ(Usable(With(TestKey::Rsa(), R"("kid":"no use")")), 1U);
}

TEST(KeySetTest, AKeyWhoseOperationsDoNotVerifyIsLeftOut) {
  EXPECT_EQ(Usable(With(TestKey::Rsa(), R"("key_ops":["sign","verify"])")), 1U);
  EXPECT_EQ(Usable(With(TestKey::Rsa(), R"("key_ops":["sign"])")), 0U);
  EXPECT_EQ(Usable(With(TestKey::Rsa(), R"("key_ops":[])")), 0U);
  EXPECT_EQ(Usable(With(TestKey::Rsa(), R"("key_ops":"verify")")), 0U);
}

TEST(KeySetTest, AKeyWithPrivateMembersIsLeftOut) {
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    EXPECT_EQ(Usable(With(TestKey::Rsa(), "\"" + std::string(name) + "\":\"AQAB\"")), 0U) << name;
  }
}

TEST(KeySetTest, AnRsaKeyBelow2048BitsIsLeftOut) {
  EXPECT_EQ(Usable(TestKey::SmallRsa().Jwk("a", "")), 0U);
  EXPECT_EQ(Usable(TestKey::Rsa().Jwk("a", "")), 1U);
}

TEST(KeySetTest, AnRsaExponentThatIsNotSaneIsLeftOut) {
  EXPECT_EQ(Usable(TestKey::ThreeRsa().Jwk("a", "")), 0U);
  const auto members = base::ParseJson(TestKey::Rsa().Jwk("a", ""));
  for (const char* e : {"AQ", "Aw", "AQAA", "AQABAA", "", "AAEAAQ", "AQAB=", "//8B", "AQAAAAAAAAAB"}) {
    base::Json jwk = *members;
    jwk["e"] = e;
    EXPECT_EQ(Usable(jwk.dump()), 0U) << e;
  }
}

TEST(KeySetTest, AnRsaModulusThatIsMalformedIsLeftOut) {
  const auto members = base::ParseJson(TestKey::Rsa().Jwk("a", ""));
  const std::string n = *base::StringMember(*members, "n");
  for (const std::string& bad :
       {std::string(), n.substr(0, 340), n + "==", "AA" + n + "AA", "+" + n.substr(1)}) {
    base::Json jwk = *members;
    jwk["n"] = bad;
    EXPECT_EQ(Usable(jwk.dump()), 0U) << bad;
  }
  EXPECT_EQ(Usable(R"({"kty":"RSA","e":"AQAB"})"), 0U);
  EXPECT_EQ(Usable(R"({"kty":"RSA","n":7,"e":"AQAB"})"), 0U);
  EXPECT_EQ(Usable(R"({"n":")" + n + R"(","e":"AQAB"})"), 0U);
  EXPECT_EQ(Usable(R"({"kty":"RSA","n":")" + std::string(1368, '_') + R"(","e":"AQAB"})"),
            0U);  // above 8192 bits
}

TEST(KeySetTest, AnEcPointThatIsNotOnP256IsLeftOut) {
  const auto members = base::ParseJson(TestKey::Ec().Jwk("a", ""));
  base::Json off_curve = *members;
  off_curve["y"] = off_curve["x"];
  EXPECT_EQ(Usable(off_curve.dump(), Algorithm::kEs256), 0U);
  base::Json short_x = *members;
  short_x["x"] = tests::B64(std::string(31, 'x'));
  EXPECT_EQ(Usable(short_x.dump(), Algorithm::kEs256), 0U);
  base::Json other_name = *members;
  other_name["crv"] = "P-384";
  EXPECT_EQ(Usable(other_name.dump(), Algorithm::kEs256), 0U);
  EXPECT_EQ(Usable(TestKey::OtherCurve().Jwk("a", ""), Algorithm::kEs256), 0U);
}

TEST(KeySetTest, AnEd25519KeyOfAnotherLengthOrCurveIsLeftOut) {
  EXPECT_EQ(Usable(R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})", Algorithm::kEdDsa), 0U);
  EXPECT_EQ(Usable(R"({"kty":"OKP","crv":"X25519","x":")" + tests::B64(std::string(32, 'x')) + "\"}",
                   Algorithm::kEdDsa),
            0U);
}

TEST(KeySetTest, AKidThatIsNoNameLeavesTheKeyOut) {
  EXPECT_EQ(Usable(With(TestKey::Rsa(), R"("kid":7)")), 0U);
  EXPECT_EQ(Usable(With(TestKey::Rsa(), R"("kid":"")")), 0U);
  EXPECT_EQ(Usable(With(TestKey::Rsa(), R"("kid":")" + std::string(256, 'k') + "\"")), 1U);
  EXPECT_EQ(Usable(With(TestKey::Rsa(), R"("kid":")" + std::string(257, 'k') + "\"")), 0U);
}

TEST(KeySetTest, FindsByKidByteForByte) {
  const auto set = KeySet::Parse(
      Jwks({TestKey::Rsa().Jwk("b/O6OvVv1+y=", "RS256"), TestKey::OtherRsa().Jwk("b", "RS256")}),
      Algorithm::kRs256);
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(set->Find("b/O6OvVv1+y=")->kid, "b/O6OvVv1+y=");
  EXPECT_EQ(set->Find("b")->kid, "b");
  EXPECT_EQ(set->Find("B"), nullptr);
  EXPECT_EQ(set->Find("b/O6OvVv1+y"), nullptr);
  EXPECT_EQ(set->Find(""), nullptr);
}

TEST(KeySetTest, ATokenWithoutKidMeansTheOnlyKey) {
  const auto one = KeySet::Parse(Jwks({TestKey::Rsa().Jwk("a", "")}), Algorithm::kRs256);
  EXPECT_EQ(one->Find(std::nullopt), one->Find("a"));
  ASSERT_NE(one->Find(std::nullopt), nullptr);
  const auto two =
      KeySet::Parse(Jwks({TestKey::Rsa().Jwk("a", ""), TestKey::OtherRsa().Jwk("b", "")}), Algorithm::kRs256);
  EXPECT_EQ(two->Find(std::nullopt), nullptr);
  const auto unnamed = KeySet::Parse(Jwks({TestKey::Rsa().Jwk("", "")}), Algorithm::kRs256);
  EXPECT_NE(unnamed->Find(std::nullopt), nullptr);
  EXPECT_EQ(unnamed->Find(""), nullptr);
  EXPECT_EQ(unnamed->Find("a"), nullptr);
}

TEST(KeySetTest, UnusableKeysDoNotCountAsKeys) {
  const auto set = KeySet::Parse(Jwks({With(TestKey::OtherRsa(), R"("use":"enc","kid":"a")"),
                                       R"({"kty":"unheard of"})", TestKey::Rsa().Jwk("a", "RS256")}),
                                 Algorithm::kRs256);
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(set->size(), 1U);
  EXPECT_NE(set->Find(std::nullopt), nullptr);
}

TEST(KeySetTest, OneKidOfTwoUsableKeysRefusesTheSet) {
  EXPECT_FALSE(
      KeySet::Parse(Jwks({TestKey::Rsa().Jwk("a", ""), TestKey::OtherRsa().Jwk("a", "")}), Algorithm::kRs256)
          .has_value());
  EXPECT_TRUE(
      KeySet::Parse(Jwks({TestKey::Rsa().Jwk("", ""), TestKey::OtherRsa().Jwk("", "")}), Algorithm::kRs256)
          .has_value());
}

TEST(KeySetTest, RefusesWhatIsNoJwks) {
  for (const char* text :
       {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[1]})", R"({"keys":["a"]})", R"({"keys":[],"keys":[]})",
        R"({"keys":[]} )"
        "x"}) {
    EXPECT_FALSE(KeySet::Parse(text, Algorithm::kRs256).has_value()) << text;
  }
  EXPECT_EQ(KeySet::Parse(R"({"keys":[]})", Algorithm::kRs256)->size(), 0U);
}

TEST(KeySetTest, Takes64KeysAndNotOneMore) {
  std::string list;
  for (int i = 0; i < 64; ++i) {
    list += (i == 0 ? "" : ",") + std::string("{}");
  }
  EXPECT_TRUE(KeySet::Parse(R"({"keys":[)" + list + "]}", Algorithm::kRs256).has_value());
  EXPECT_FALSE(KeySet::Parse(R"({"keys":[)" + list + ",{}]}", Algorithm::kRs256).has_value());
}

}  // namespace
}  // namespace cis2::jose
