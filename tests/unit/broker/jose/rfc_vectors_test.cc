// The examples printed in the standards, byte for byte.
#include "broker/jose/jwk.h"
#include "broker/jose/public_jwk.h"
#include "broker/jose/verify.h"

#include <gtest/gtest.h>

namespace cis2::jose {
namespace {

using reasons::Reason;

const std::string kClaims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

void ExpectClaimsOfRfc7515(const std::string& jwk, const std::string& token, Algorithm alg) {
  const auto set = KeySet::Parse(R"({"keys":[)" + jwk + "]}", alg);
  ASSERT_TRUE(set.has_value());
  ASSERT_EQ(set->size(), 1U);
  const auto claims = VerifySignature(token, *set->Find(std::nullopt));
  ASSERT_TRUE(claims.has_value()) << reasons::Id(claims.error().reason);
  EXPECT_EQ(base::StringMember(claims->json(), "iss"), "joe");
  EXPECT_EQ(base::IntegerMember(claims->json(), "exp"), 1300819380);
  std::string changed = token;
  changed[changed.find('.') + 5] ^= 1;
  EXPECT_EQ(VerifySignature(changed, *set->Find(std::nullopt)).error().reason, Reason::kIdTokenSignature);
}

TEST(Rfc7515Test, AppendixA2Rs256) {
  ExpectClaimsOfRfc7515(
      R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1P)"
      R"(t0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs)"
      R"(LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h)"
      R"(9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})",
      "eyJhbGciOiJSUzI1NiJ9." + kClaims +
          ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
          "O8W2Fp5jujGbds9uJdbF"
          "9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"
          "eSN9383LcOL"
          "n6_dO--xi12jzDwusC-"
          "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVr"
          "Bp0igcN_IoypGlUPQGe77Rw",
      Algorithm::kRs256);
}

TEST(Rfc7515Test, AppendixA3Es256) {
  ExpectClaimsOfRfc7515(
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
      "eyJhbGciOiJFUzI1NiJ9." + kClaims +
          ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
      Algorithm::kEs256);
}

// The payload of this example is a sentence, not JSON: id_token.form means that the signature was good.
TEST(Rfc8037Test, AppendixA4EdDsa) {
  const auto set = KeySet::Parse(
      R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})",
      Algorithm::kEdDsa);
  const std::string token =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"
      "09PGcvMg3AIbQR6dWbhijcNR4"
      "ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  EXPECT_EQ(VerifySignature(token, *set->Find(std::nullopt)).error().reason, Reason::kIdTokenForm);
  std::string changed = token;
  changed[changed.find('.') + 5] ^= 1;
  EXPECT_EQ(VerifySignature(changed, *set->Find(std::nullopt)).error().reason, Reason::kIdTokenSignature);
}

TEST(Rfc7638Test, Section31Thumbprint) {
  const base::Json members = {{"kty", "RSA"},
                              {"n",
                               "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuh"
                               "DR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn"
                               "jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
                               "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6q"
                               "MQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-"
                               "G_xBniIqbw0Ls1jF44-csFCur-kEgU8awap"
                               "JzKnqDKgw"},
                              {"e", "AQAB"}};
  EXPECT_EQ(Thumbprint(members), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(Rfc8037Test, AppendixA3Thumbprint) {
  const base::Json members = {
      {"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}};
  EXPECT_EQ(Thumbprint(members), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

}  // namespace
}  // namespace cis2::jose
