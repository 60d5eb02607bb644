#include "broker/jose/public_half.h"

#include "broker/jose/generate.h"
#include "broker/jose/public_jwk.h"
#include "broker/jose/signing_key.h"
#include "tests/support/temp_dir.h"
#include "tests/support/token_maker.h"

#include <gtest/gtest.h>

namespace cis2::jose {
namespace {

using tests::TestKey;

class PublicHalfTest : public testing::Test {
 protected:
  std::string ErrorOf(const std::string& place) {
    const auto half = LoadPublicHalf(place);
    return half ? "" : half.error().message;
  }
  tests::TempDir dir_;
};

TEST_F(PublicHalfTest, PrivateAndPublicFilesGiveTheSame) {
  const auto from_private = LoadPublicHalf(dir_.Write("private", TestKey::Ec().PrivatePem()));
  const auto from_public = LoadPublicHalf(dir_.Write("public", TestKey::Ec().PublicPem(), 0644));
  ASSERT_TRUE(from_private.has_value() && from_public.has_value());
  EXPECT_EQ(PublicMembers(from_private->get()), PublicMembers(from_public->get()));
}

TEST_F(PublicHalfTest, APrivateKeyThatOthersMayReadIsRefused) {
  EXPECT_NE(ErrorOf(dir_.Write("loose", TestKey::Ec().PrivatePem(), 0644)).find("chmod 0600"),
            std::string::npos);
  EXPECT_NE(ErrorOf(dir_.Write("writable", TestKey::Ec().PublicPem(), 0666)).find("chmod go-w"),
            std::string::npos);
}

TEST_F(PublicHalfTest, WhatIsNoKeyIsRefused) {
  EXPECT_NE(ErrorOf(dir_.Write("a", "canary")), "");
  EXPECT_NE(ErrorOf(dir_.Write("b", TestKey::Ec().PrivatePem("open sesame"))), "");
  EXPECT_NE(ErrorOf(dir_.path() + "/none"), "");
  EXPECT_EQ(ErrorOf(dir_.Write("c", "canary")).find("canary"), std::string::npos);
}

TEST_F(PublicHalfTest, AlgIsThePreferredOneOrTheOnlyOneOrNone) {
  const auto alg = [](const TestKey& key, Algorithm preferred) {
    const auto jwk = FurtherJwk(key.get(), preferred);
    return jwk ? base::StringMember(*jwk, "alg").value_or("none") : "refused";
  };
  EXPECT_EQ(alg(TestKey::Rsa(), Algorithm::kPs256), "PS256");
  EXPECT_EQ(alg(TestKey::Ec(), Algorithm::kRs512), "ES256");
  EXPECT_EQ(alg(TestKey::Ed25519(), Algorithm::kRs512), "EdDSA");
  EXPECT_EQ(alg(TestKey::Rsa(), Algorithm::kEs256), "none");
  EXPECT_EQ(alg(TestKey::SmallRsa(), Algorithm::kRs512), "refused");
  EXPECT_EQ(alg(TestKey::OtherCurve(), Algorithm::kEs256), "refused");
}

TEST_F(PublicHalfTest, ItsNameIsItsThumbprint) {
  const auto jwk = FurtherJwk(TestKey::Ec().get(), Algorithm::kEs256);
  EXPECT_EQ(base::StringMember(*jwk, "kid"), Thumbprint(PublicMembers(TestKey::Ec().get())));
}

TEST(GenerateTest, AFreshKeyFitsItsAlgorithm) {
  for (const Algorithm alg : {Algorithm::kPs512, Algorithm::kEs256, Algorithm::kEdDsa}) {
    const auto one = SigningKey::FromPem(GeneratePem(alg)->Reveal(), alg);
    const auto other = SigningKey::FromPem(GeneratePem(alg)->Reveal(), alg);
    ASSERT_TRUE(one.has_value() && other.has_value()) << Name(alg);
    EXPECT_NE(one->Thumbprint(), other->Thumbprint());
  }
}

}  // namespace
}  // namespace cis2::jose
