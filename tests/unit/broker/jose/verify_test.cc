#include "broker/jose/verify.h"

#include "tests/support/token_maker.h"

#include <gtest/gtest.h>

namespace cis2::jose {
namespace {

using reasons::Reason;
using tests::Jwks;
using tests::SignToken;
using tests::TestKey;

const std::string kPayload = R"({"sub":"1"})";

struct Signer {
  const char* name;
  const TestKey& (*key)();
};

KeySet SetOf(const TestKey& key, const char* alg) {
  return *KeySet::Parse(Jwks({key.Jwk("k", alg)}), *AlgorithmFromName(alg));
}

Reason ReasonOf(const auto& checked) { return checked ? Reason::kNone : checked.error().reason; }

Reason Verify(const std::string& token, const TestKey& key = TestKey::Rsa(), const char* alg = "RS256") {
  const KeySet set = SetOf(key, alg);
  return ReasonOf(VerifySignature(token, *set.Find("k")));
}

std::string Header(const std::string& alg, const std::string& more = "") {
  return R"({"alg":")" + alg + "\"" + more + "}";
}

std::string Good(const std::string& more = "") {
  return SignToken(Header("RS256", more), kPayload, TestKey::Rsa(), "RS256");
}

class VerifyEveryAlgorithmTest : public testing::TestWithParam<Signer> {};

TEST_P(VerifyEveryAlgorithmTest, ATokenOfAnIndependentSignerVerifies) {
  const auto& [name, key] = GetParam();
  const std::string token = SignToken(Header(name), kPayload, key(), name);
  const KeySet set = SetOf(key(), name);
  const auto claims = VerifySignature(token, *set.Find("k"));
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(base::StringMember(claims->json(), "sub"), "1");
}

TEST_P(VerifyEveryAlgorithmTest, AChangedByteAnywhereIsRefused) {
  const auto& [name, key] = GetParam();
  const std::string token = SignToken(Header(name), kPayload, key(), name);
  const KeySet set = SetOf(key(), name);
  const std::size_t payload = token.find('.') + 1;
  const std::size_t signature = token.find('.', payload) + 1;
  for (const std::size_t at : {payload + 3, signature, signature + 40, signature + 80}) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_EQ(ReasonOf(VerifySignature(changed, *set.Find("k"))), Reason::kIdTokenSignature) << at;
  }
}

TEST_P(VerifyEveryAlgorithmTest, AnEmptyShortOrLongSignatureIsRefused) {
  const auto& [name, key] = GetParam();
  const std::string token = SignToken(Header(name), kPayload, key(), name);
  const KeySet set = SetOf(key(), name);
  const std::string unsigned_part = token.substr(0, token.rfind('.') + 1);
  const std::string signature = token.substr(token.rfind('.') + 1);
  for (const std::string& other :
       {std::string(), signature.substr(4), "AAAA" + signature, std::string("AAAA")}) {
    EXPECT_EQ(ReasonOf(VerifySignature(unsigned_part + other, *set.Find("k"))), Reason::kIdTokenSignature);
  }
}

INSTANTIATE_TEST_SUITE_P(All, VerifyEveryAlgorithmTest,
                         testing::Values(Signer{"RS256", TestKey::Rsa}, Signer{"RS512", TestKey::Rsa},
                                         Signer{"PS256", TestKey::Rsa}, Signer{"PS512", TestKey::Rsa},
                                         Signer{"ES256", TestKey::Ec}, Signer{"EdDSA", TestKey::Ed25519}),
                         [](const auto& case_info) { return std::string(case_info.param.name); });

TEST(VerifyTest, AnotherKeyDoesNotVerify) {
  EXPECT_EQ(Verify(Good()), Reason::kNone);
  EXPECT_EQ(Verify(Good(), TestKey::OtherRsa()), Reason::kIdTokenSignature);
}

// RFC 8725 3.1: the algorithm is the verifier's choice.
TEST(VerifyTest, AnAlgThatIsNotTheKeysIsRefused) {
  for (const char* alg : {"RS512", "PS256", "PS512"}) {
    EXPECT_EQ(Verify(SignToken(Header(alg), kPayload, TestKey::Rsa(), alg)), Reason::kIdTokenAlg) << alg;
  }
  EXPECT_EQ(Verify(SignToken(Header("ES256"), kPayload, TestKey::Ec(), "ES256")), Reason::kIdTokenAlg);
  EXPECT_EQ(Verify(SignToken(Header("rs256"), kPayload, TestKey::Rsa(), "RS256")), Reason::kIdTokenAlg);
}

TEST(VerifyTest, AHeaderThatLiesAboutTheAlgorithmIsRefused) {
  EXPECT_EQ(Verify(SignToken(Header("RS256"), kPayload, TestKey::Rsa(), "PS256")), Reason::kIdTokenSignature);
  EXPECT_EQ(Verify(SignToken(Header("RS256"), kPayload, TestKey::Rsa(), "RS512")), Reason::kIdTokenSignature);
}

// RFC 8725 2.1 and 3.2.
TEST(VerifyTest, NoneIsRefusedInEverySpelling) {
  for (const char* alg : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string unsecured = tests::B64(Header(alg)) + "." + tests::B64(kPayload) + ".";
    EXPECT_EQ(Verify(unsecured), Reason::kIdTokenAlg) << alg;
    EXPECT_EQ(Verify(unsecured + "AAAA"), Reason::kIdTokenAlg) << alg;
  }
}

TEST(VerifyTest, AMacKeyedWithThePublicKeyIsRefused) {
  const std::string token = tests::MacToken(Header("HS256"), kPayload, TestKey::Rsa().PublicPem());
  EXPECT_EQ(Verify(token), Reason::kIdTokenAlg);
  EXPECT_EQ(Verify(tests::MacToken(Header("RS256"), kPayload, TestKey::Rsa().PublicPem())),
            Reason::kIdTokenSignature);
}

TEST(VerifyTest, AnEs256SignatureInDerIsRefused) {
  const std::string token = SignToken(Header("ES256"), kPayload, TestKey::Ec(), "ES256");
  const std::string message = token.substr(0, token.rfind('.') + 1);
  // SEQUENCE of two small INTEGERs, padded to 64 bytes: the form is what is refused here, not the numbers.
  EXPECT_EQ(Verify(message + tests::B64("\x30\x06\x02\x01\x01\x02\x01\x01"), TestKey::Ec(), "ES256"),
            Reason::kIdTokenSignature);
  EXPECT_EQ(Verify(message + tests::B64(std::string(64, '\0')), TestKey::Ec(), "ES256"),
            Reason::kIdTokenSignature);
  EXPECT_EQ(Verify(message + tests::B64(std::string(64, '\xff')), TestKey::Ec(), "ES256"),
            Reason::kIdTokenSignature);
}

TEST(ReadHeaderTest, TellsAlgKidAndTyp) {
  const auto header = ReadHeader(Good(R"(,"kid":"b/O6+y=","typ":"JWT")"));
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->alg, "RS256");
  EXPECT_EQ(header->kid, "b/O6+y=");
  EXPECT_EQ(header->typ, "JWT");
  EXPECT_EQ(ReadHeader(Good())->kid, std::nullopt);
}

TEST(ReadHeaderTest, MembersThatPointElsewhereAreRefused) {
  for (const char* more :
       {R"(,"crit":["exp"])", R"(,"crit":[])", R"(,"b64":false)", R"(,"b64":true)", R"(,"jku":"https://a/")",
        R"(,"jwk":{})", R"(,"x5u":"https://a/")", R"(,"x5c":[])"}) {
    EXPECT_EQ(ReasonOf(ReadHeader(Good(more))), Reason::kIdTokenCrit) << more;
    EXPECT_EQ(Verify(Good(more)), Reason::kIdTokenCrit) << more;
  }
}

TEST(ReadHeaderTest, AnAlgThatIsNoStringIsRefused) {
  for (const char* header : {"{}", R"({"alg":256})", R"({"alg":null})", R"({"alg":["RS256"]})"}) {
    EXPECT_EQ(ReasonOf(ReadHeader(SignToken(header, kPayload, TestKey::Rsa(), "RS256"))), Reason::kIdTokenAlg)
        << header;
  }
}

TEST(ReadHeaderTest, AKidOrTypThatIsNoStringIsRefused) {
  EXPECT_EQ(ReasonOf(ReadHeader(Good(R"(,"kid":7)"))), Reason::kIdTokenForm);
  EXPECT_EQ(ReasonOf(ReadHeader(Good(R"(,"kid":null)"))), Reason::kIdTokenForm);
  EXPECT_EQ(ReasonOf(ReadHeader(Good(R"(,"typ":{})"))), Reason::kIdTokenForm);
}

TEST(ReadHeaderTest, WhatIsNotACompactJwsIsRefused) {
  const std::string good = Good();
  const std::string h = good.substr(0, good.find('.'));
  const std::string p = good.substr(h.size() + 1, good.rfind('.') - h.size() - 1);
  const std::string s = good.substr(good.rfind('.') + 1);
  const std::vector<std::string> bad = {"",
                                        ".",
                                        "..",
                                        h,
                                        h + "." + p,
                                        good + ".",
                                        good + "." + s,
                                        good + ".." + s,
                                        h + ".." + s,
                                        "." + p + "." + s,
                                        " " + good,
                                        good + "\n",
                                        good + "=",
                                        h + "=." + p + "." + s,
                                        h + "." + p + "+." + s,
                                        h + "." + p.substr(0, 4) + "\n" + p.substr(4) + "." + s,
                                        tests::B64("[]") + "." + p + "." + s,
                                        tests::B64("null") + "." + p + "." + s,
                                        tests::B64(R"({"alg":"RS256","alg":"none"})") + "." + p + "." + s,
                                        tests::B64(R"({"alg":"RS256"} )"
                                                   "x") +
                                            "." + p + "." + s,
                                        R"({"payload":"e30","signatures":[]})"};
  for (const std::string& token : bad) {
    EXPECT_EQ(ReasonOf(ReadHeader(token)), Reason::kIdTokenForm) << token;
  }
}

TEST(ReadHeaderTest, UnusedBitsOfBase64UrlMustBeZero) {
  // {"alg":"RS256"} ends in a group of three; one space more leaves unused bits behind.
  const std::string h = tests::B64(R"({"alg":"RS256"} )");
  ASSERT_EQ(h.size() % 4, 2U);
  std::string other = h;
  other.back() = static_cast<char>(other.back() + 1);
  EXPECT_EQ(ReasonOf(ReadHeader(h + ".e30.AAAA")), Reason::kNone);
  EXPECT_EQ(ReasonOf(ReadHeader(other + ".e30.AAAA")), Reason::kIdTokenForm);
}

TEST(VerifyTest, APayloadThatIsNotOneObjectIsRefused) {
  for (const char* payload : {"[]", "\"a\"", "1", "null", "{}x", R"({"sub":"1","sub":"2"})", "\xff", "{"}) {
    EXPECT_EQ(Verify(SignToken(Header("RS256"), payload, TestKey::Rsa(), "RS256")), Reason::kIdTokenForm)
        << payload;
  }
  EXPECT_EQ(Verify(SignToken(Header("RS256"), "", TestKey::Rsa(), "RS256")), Reason::kIdTokenForm);
}

TEST(VerifyTest, TheSignatureIsCheckedBeforeThePayloadIsRead) {
  const std::string broken = SignToken(Header("RS256"), "not JSON", TestKey::OtherRsa(), "RS256");
  EXPECT_EQ(Verify(broken), Reason::kIdTokenSignature);
}

TEST(VerifyTest, APayloadNestedTooDeepIsRefused) {
  const auto nested = [](std::size_t depth) {
    return R"({"a":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_EQ(Verify(SignToken(Header("RS256"), nested(8), TestKey::Rsa(), "RS256")), Reason::kNone);
  EXPECT_EQ(Verify(SignToken(Header("RS256"), nested(9), TestKey::Rsa(), "RS256")), Reason::kIdTokenForm);
}

TEST(VerifyTest, ATokenAbove64KiBIsRefused) {
  const std::string payload = R"({"a":")" + std::string(50UL * 1024, 'a') + "\"}";
  EXPECT_EQ(Verify(SignToken(Header("RS256"), payload, TestKey::Rsa(), "RS256")), Reason::kIdTokenForm);
}

}  // namespace
}  // namespace cis2::jose
