// The examples printed in the standards, byte for byte.
#include "broker/base/text.h"
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

const std::string kRsaKeyOfA2 =
    R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1P)"
    R"(t0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs)"
    R"(LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h)"
    R"(9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})";
const std::string kHeaderOfA2 = "eyJhbGciOiJSUzI1NiJ9";
const std::string kSignatureOfA2 =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
    "O8W2Fp5jujGbds9uJdbF9CU"
    "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"
    "eSN9383LcOLn6_d"
    "O--xi12jzDwusC-"
    "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig"
    "cN_IoypGlUPQGe77Rw";

// Why `token` is refused with the key of A.2 and its algorithm.
Reason RefusedWithKeyOfA2(const std::string& token) {
  const auto set = KeySet::Parse(R"({"keys":[)" + kRsaKeyOfA2 + "]}", Algorithm::kRs256);
  const auto claims = VerifySignature(token, *set->Find(std::nullopt));
  return claims ? Reason::kNone : claims.error().reason;
}

TEST(Rfc7515Test, AppendixA2Rs256) {
  ExpectClaimsOfRfc7515(kRsaKeyOfA2, kHeaderOfA2 + "." + kClaims + "." + kSignatureOfA2, Algorithm::kRs256);
}

TEST(Rfc7515Test, AppendixA2Malformed) {
  const std::string& h = kHeaderOfA2;
  const std::string& p = kClaims;
  const std::string& s = kSignatureOfA2;
  for (const std::string& token :
       {h + "." + p, h + "." + p + "." + s + ".", h + p + "." + s, h + "." + p + "." + s + "=",
        h + "=." + p + "." + s, h + "." + p + "." + s.substr(1), h + ".." + s, "." + p + "." + s,
        p.substr(1) + "." + h + "." + s, h + "." + p + ".." + s, h + " ." + p + "." + s,
        h + "." + p + "\n." + s, h + "." + p + "." + s + std::string(1, '\0')}) {
    EXPECT_EQ(RefusedWithKeyOfA2(token), Reason::kIdTokenForm) << token;
  }
  // In form, but not what was signed.
  for (const std::string& token :
       {h + "." + p + ".", h + "." + p + "." + s.substr(4), h + "." + p + "." + s + "AAAA",
        h + "." + h + "." + s, h + ".e30." + s, h + "." + p + "." + p}) {
    EXPECT_EQ(RefusedWithKeyOfA2(token), Reason::kIdTokenSignature) << token;
  }
}

TEST(Rfc7515Test, AppendixA3Es256) {
  ExpectClaimsOfRfc7515(
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
      "eyJhbGciOiJFUzI1NiJ9." + kClaims +
          ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
      Algorithm::kEs256);
}

// RFC 7519 section 3.1 prints the same token.
TEST(Rfc7515Test, AppendixA1Hs256IsRefused) {
  EXPECT_EQ(RefusedWithKeyOfA2("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + kClaims +
                               ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            Reason::kIdTokenAlg);
}

TEST(Rfc7515Test, AppendixA4Es512IsRefused) {
  EXPECT_EQ(RefusedWithKeyOfA2(
                "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1"
                "bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO"
                "7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"),
            Reason::kIdTokenAlg);
}

// RFC 7519 section 6.1 prints the same token.
TEST(Rfc7515Test, AppendixA5UnsecuredIsRefused) {
  EXPECT_EQ(RefusedWithKeyOfA2("eyJhbGciOiJub25lIn0." + kClaims + "."), Reason::kIdTokenAlg);
  EXPECT_EQ(RefusedWithKeyOfA2("eyJhbGciOiJub25lIn0." + kClaims + "." + kSignatureOfA2), Reason::kIdTokenAlg);
}

TEST(Rfc7515Test, AppendixA7JsonSerializationIsRefused) {
  EXPECT_EQ(RefusedWithKeyOfA2(
                R"({"payload":")" + kClaims + R"(","protected":"eyJhbGciOiJFUzI1NiJ9","header":{)" +
                R"("kid":"e9bc097a-ce51-4036-9562-d2ade882db0d"},"signature":"DtEhU3ljbEg8L38VWAfUAqO)" +
                R"(yKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"})"),
            Reason::kIdTokenForm);
}

TEST(Rfc7515Test, AppendixCBase64Url) {
  const std::string bytes = "\x03\xec\xff\xe0\xc1";
  EXPECT_EQ(base::Base64UrlEncode(bytes), "A-z_4ME");
  EXPECT_EQ(base::Base64UrlDecode("A-z_4ME"), bytes);
  EXPECT_EQ(base::Base64UrlDecode("A-z_4ME="), std::nullopt);
  EXPECT_EQ(base::Base64UrlDecode("A+z/4ME"), std::nullopt);
}

TEST(Rfc7515Test, AppendixECritIsRefused) {
  EXPECT_EQ(RefusedWithKeyOfA2(
                "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0"
                "dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA."),
            Reason::kIdTokenCrit);
}

// An encrypted token has five parts; RFC 7519 section 3 allows it, this relying party does not.
TEST(Rfc7516Test, AppendixA1EncryptedIsRefused) {
  EXPECT_EQ(RefusedWithKeyOfA2(
                "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOM"
                "TYUmKoTCVJRgckCL9kiMT03JGeipsEdY3mx_etLbbWSrFr05kLzcSr4qKAq7YN7e9jwQRb23nfa6c9d-StnImGyF"
                "DbSv04uVuxIp5Zms1gNxKKK2Da14B8S4rzVRltdYwam_lDp5XnZAYpQdb76FdIKLaVmqgfwX7XWRxv2322i-vDxR"
                "fqNzo_tETKzpVLzfiwQyeyPGLBIO56YJ7eObdv0je81860ppamavo35UgoRdbYaBcoh9QcfylQr66oc6vFWXRcZ_"
                "ZT2LawVCWTIy3brGPi6UklfCpIMfIjf7iGdXKHzg.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7T"
                "ALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A.XFBoMYUZodetZdvTiFvSkQ"),
            Reason::kIdTokenForm);
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

TEST(Rfc8037Test, AppendixA1PrivateKeyIsNotTaken) {
  const auto set =
      KeySet::Parse(R"({"keys":[{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxy)"
                    R"(uf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})",
                    Algorithm::kEdDsa);
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(set->size(), 0U);
}

// The RSA key of RFC 7638 section 3.1, which is also the second of RFC 7517 appendix A.1.
const std::string kRsaKeyOfRfc7638 =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP)"
    R"(ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8)"
    R"(KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw)"
    R"(0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})";

TEST(Rfc7517Test, AppendixA1PublicKeys) {
  const std::string set_of_two =
      R"({"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
      R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"},)" +
      kRsaKeyOfRfc7638 + "]}";
  const auto rsa = KeySet::Parse(set_of_two, Algorithm::kRs256);
  ASSERT_TRUE(rsa.has_value());
  EXPECT_EQ(rsa->size(), 1U);
  EXPECT_NE(rsa->Find("2011-04-29"), nullptr);
  const auto ec = KeySet::Parse(set_of_two, Algorithm::kEs256);
  ASSERT_TRUE(ec.has_value());
  EXPECT_EQ(ec->size(), 0U) << "the EC key of the example is for encryption";
}

TEST(Rfc7517Test, AppendixA3SymmetricKeysAreNotTaken) {
  const auto set = KeySet::Parse(R"({"keys":[{"kty":"oct","alg":"A128KW","k":"GawgguFyGrWKav7AX4VKUg"}]})",
                                 Algorithm::kRs256);
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(set->size(), 0U);
}

// Members that are not required do not count, whichever way the key came.
TEST(Rfc7638Test, Section31Thumbprint) {
  const auto set = KeySet::Parse(R"({"keys":[)" + kRsaKeyOfRfc7638 + "]}", Algorithm::kRs256);
  const base::Json members = PublicMembers(set->Find("2011-04-29")->key.get());
  EXPECT_EQ(Thumbprint(members), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(Rfc8037Test, AppendixA3Thumbprint) {
  const base::Json members = {
      {"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}};
  EXPECT_EQ(Thumbprint(members), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

}  // namespace
}  // namespace cis2::jose
