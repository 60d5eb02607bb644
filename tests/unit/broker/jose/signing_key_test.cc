#include "broker/jose/signing_key.h"

#include "broker/base/text.h"
#include "broker/jose/verify.h"
#include "tests/support/token_maker.h"

#include <gtest/gtest.h>

namespace cis2::jose {
namespace {

using tests::TestKey;

struct Own {
  const char* name;
  const TestKey& (*key)();
};

class SigningKeyTest : public testing::TestWithParam<Own> {};

TEST_P(SigningKeyTest, WhatItSignsVerifiesWithItsPublicJwk) {
  const auto& [name, key] = GetParam();
  const auto own = SigningKey::FromPem(key().PrivatePem(), *AlgorithmFromName(name));
  ASSERT_TRUE(own.has_value()) << own.error().message;
  const auto token = own->Sign({{"iss", "me"}}, "kid 1");
  ASSERT_TRUE(token.has_value());
  const auto set = KeySet::Parse(tests::Jwks({own->PublicJwk("kid 1").dump()}), own->alg());
  ASSERT_EQ(set->size(), 1U);
  const auto claims = VerifySignature(*token, *set->Find("kid 1"));
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(claims->json(), base::Json({{"iss", "me"}}));
}

TEST_P(SigningKeyTest, TheHeaderHasAlgKidAndTypAlone) {
  const auto& [name, key] = GetParam();
  const auto own = SigningKey::FromPem(key().PrivatePem(), *AlgorithmFromName(name));
  const auto token = own->Sign(base::Json::object(), "k");
  const auto header = base::ParseJson(*base::Base64UrlDecode(token->substr(0, token->find('.'))));
  EXPECT_EQ(*header, base::Json({{"alg", name}, {"kid", "k"}, {"typ", "JWT"}}));
}

TEST_P(SigningKeyTest, ThePublicJwkHoldsNothingPrivate) {
  const auto& [name, key] = GetParam();
  const auto own = SigningKey::FromPem(key().PrivatePem(), *AlgorithmFromName(name));
  base::Json jwk = own->PublicJwk("k");
  EXPECT_EQ(base::StringMember(jwk, "use"), "sig");
  EXPECT_EQ(base::StringMember(jwk, "alg"), name);
  EXPECT_EQ(base::StringMember(jwk, "kid"), "k");
  for (const char* member : {"use", "alg", "kid"}) {
    jwk.erase(member);
  }
  EXPECT_EQ(jwk, *base::ParseJson("{" + key().PublicMembers() + "}"));
}

INSTANTIATE_TEST_SUITE_P(All, SigningKeyTest,
                         testing::Values(Own{"RS256", TestKey::Rsa}, Own{"RS512", TestKey::Rsa},
                                         Own{"PS256", TestKey::Rsa}, Own{"PS512", TestKey::Rsa},
                                         Own{"ES256", TestKey::Ec}, Own{"EdDSA", TestKey::Ed25519}),
                         [](const auto& case_info) { return std::string(case_info.param.name); });

// r and s are padded to 32 bytes each; about one signature in 128 has a short one.
TEST(SigningKeyTest, Es256SignaturesAlwaysHave64Bytes) {
  const auto own = SigningKey::FromPem(TestKey::Ec().PrivatePem(), Algorithm::kEs256);
  const auto set = KeySet::Parse(tests::Jwks({TestKey::Ec().Jwk("k", "ES256")}), Algorithm::kEs256);
  for (int i = 0; i < 400; ++i) {
    const auto token = own->Sign({{"i", i}}, "k");
    ASSERT_EQ(base::Base64UrlDecode(token->substr(token->rfind('.') + 1))->size(), 64U);
    ASSERT_TRUE(VerifySignature(*token, *set->Find("k")).has_value());
  }
}

TEST(SigningKeyTest, AKeyThatDoesNotFitTheAlgorithmIsRefused) {
  const std::string rsa = TestKey::Rsa().PrivatePem();
  const std::string ec = TestKey::Ec().PrivatePem();
  EXPECT_FALSE(SigningKey::FromPem(rsa, Algorithm::kEs256).has_value());
  EXPECT_FALSE(SigningKey::FromPem(rsa, Algorithm::kEdDsa).has_value());
  EXPECT_FALSE(SigningKey::FromPem(ec, Algorithm::kRs512).has_value());
  EXPECT_FALSE(SigningKey::FromPem(TestKey::OtherCurve().PrivatePem(), Algorithm::kEs256).has_value());
  EXPECT_EQ(SigningKey::FromPem(ec, Algorithm::kRs512).error().message,
            "RS512 needs an RSA key of at least 2048 bits");
}

TEST(SigningKeyTest, AWeakRsaKeyIsRefused) {
  EXPECT_FALSE(SigningKey::FromPem(TestKey::SmallRsa().PrivatePem(), Algorithm::kRs256).has_value());
  EXPECT_FALSE(SigningKey::FromPem(TestKey::ThreeRsa().PrivatePem(), Algorithm::kRs256).has_value());
}

TEST(SigningKeyTest, AKeyWithAPassPhraseIsRefusedWithoutAsking) {
  const auto own = SigningKey::FromPem(TestKey::Ec().PrivatePem("open sesame"), Algorithm::kEs256);
  ASSERT_FALSE(own.has_value());
  EXPECT_EQ(own.error().message, "the private key has a pass phrase; the broker needs one without");
}

TEST(SigningKeyTest, WhatIsNoPrivateKeyIsRefusedAndNotQuoted) {
  const std::string pem = TestKey::Ec().PrivatePem();
  std::string damaged = pem;
  damaged[pem.size() / 2] = damaged[pem.size() / 2] == '!' ? '?' : '!';
  for (const std::string& text : {std::string(), std::string("secret words"), TestKey::Ec().PublicPem(),
                                  damaged, pem.substr(0, pem.size() / 2)}) {
    const auto own = SigningKey::FromPem(text, Algorithm::kEs256);
    ASSERT_FALSE(own.has_value());
    EXPECT_EQ(own.error().message, "there is no readable private key in PEM form");
  }
}

TEST(SigningKeyTest, TheThumbprintIsTheOneOfThePublicMembers) {
  const auto own = SigningKey::FromPem(TestKey::Ec().PrivatePem(), Algorithm::kEs256);
  const base::Json members = *base::ParseJson("{" + TestKey::Ec().PublicMembers() + "}");
  // RFC 7638 3.2: crv, kty, x, y, in this order.
  const std::string canonical = R"({"crv":"P-256","kty":"EC","x":")" + *base::StringMember(members, "x") +
                                R"(","y":")" + *base::StringMember(members, "y") + R"("})";
  EXPECT_EQ(own->Thumbprint(), tests::B64(base::Sha256(canonical)));
}

}  // namespace
}  // namespace cis2::jose
