// cjose as the other opinion: what it signs we verify, what we sign it verifies.
#include "broker/base/c_handle.h"
#include "broker/jose/signing_key.h"
#include "broker/jose/verify.h"
#include "tests/support/token_maker.h"

#include <cjose/cjose.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

namespace cis2::jose {
namespace {

using CjoseKey = base::CHandle<cjose_jwk_t, cjose_jwk_release>;
using CjoseHeader = base::CHandle<cjose_header_t, cjose_header_release>;
using CjoseJws = base::CHandle<cjose_jws_t, cjose_jws_release>;
using tests::TestKey;

struct Case {
  const char* alg;
  const TestKey& (*key)();
};

class CjoseTest : public testing::TestWithParam<Case> {
 protected:
  [[nodiscard]] Algorithm Alg() const { return *AlgorithmFromName(GetParam().alg); }

  // A fresh key of cjose's own making, of the type that the algorithm needs.
  [[nodiscard]] CjoseKey NewKey() const {
    cjose_err error{};
    if (Alg() == Algorithm::kEs256) {
      return CjoseKey(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error));
    }
    const std::uint8_t exponent[] = {1, 0, 1};
    return CjoseKey(cjose_jwk_create_RSA_random(2048, exponent, sizeof exponent, &error));
  }
};

TEST_P(CjoseTest, WhatItSignsWeVerify) {
  cjose_err error{};
  const CjoseKey key = NewKey();
  cjose_jwk_set_kid(key.get(), "k", 1, &error);
  const CjoseHeader header(cjose_header_new(&error));
  ASSERT_TRUE(cjose_header_set(header.get(), CJOSE_HDR_ALG, GetParam().alg, &error));
  const std::string payload = R"({"sub":"7"})";
  const CjoseJws jws(cjose_jws_sign(key.get(), header.get(),
                                    reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size(),
                                    &error));
  ASSERT_NE(jws, nullptr) << error.message;
  const char* token = nullptr;
  ASSERT_TRUE(cjose_jws_export(jws.get(), &token, &error));
  const base::CHandle<char, std::free> jwk(cjose_jwk_to_json(key.get(), false, &error));
  const auto set = KeySet::Parse(tests::Jwks({jwk.get()}), Alg());
  ASSERT_EQ(set->size(), 1U);
  const auto claims = VerifySignature(token, *set->Find("k"));
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(base::StringMember(claims->json(), "sub"), "7");
}

TEST_P(CjoseTest, WhatWeSignItVerifies) {
  cjose_err error{};
  const auto own = SigningKey::FromPem(GetParam().key().PrivatePem(), Alg());
  const std::string token = *own->Sign({{"sub", "7"}}, "k");
  const std::string jwk = own->PublicJwk("k").dump();
  const CjoseKey key(cjose_jwk_import(jwk.data(), jwk.size(), &error));
  ASSERT_NE(key, nullptr) << error.message;
  const CjoseJws jws(cjose_jws_import(token.data(), token.size(), &error));
  ASSERT_NE(jws, nullptr) << error.message;
  EXPECT_TRUE(cjose_jws_verify(jws.get(), key.get(), &error)) << error.message;
}

INSTANTIATE_TEST_SUITE_P(All, CjoseTest,
                         testing::Values(Case{"RS256", TestKey::Rsa}, Case{"RS512", TestKey::Rsa},
                                         Case{"PS256", TestKey::Rsa}, Case{"PS512", TestKey::Rsa},
                                         Case{"ES256", TestKey::Ec}),
                         [](const auto& case_info) { return std::string(case_info.param.alg); });

}  // namespace
}  // namespace cis2::jose
