// One good token, and one change a case.
#include "broker/oidc/id_token.h"

#include "tests/unit/broker/oidc/relying_party.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <cstdint>
#include <functional>
#include <limits>

namespace cis2::oidc {
namespace {

using base::Json;
using reasons::Reason;
using std::chrono::seconds;
using tests::SignToken;
using tests::TestKey;

class IdTokenTest : public testing::Test {
 protected:
  IdTokenTest() { EXPECT_TRUE(rp_.provider.Refresh().has_value()); }

  reasons::Checked<IdToken> VerifyToken(const std::string& token) {
    return VerifyIdToken(token, rp_.provider,
                         {.settings = rp_.settings,
                          .transaction = rp_.transaction,
                          .code = code_,
                          .access_token = access_token_,
                          .now = rp_.clock.WallNow()});
  }
  reasons::Checked<IdToken> VerifyClaims(const Json& claims) {
    return VerifyToken(RelyingParty::Signed(claims));
  }
  Reason ReasonOfToken(const std::string& token) {
    const auto result = VerifyToken(token);
    return result ? Reason::kNone : result.error().reason;
  }
  Reason ReasonOf(const Json& claims) { return ReasonOfToken(RelyingParty::Signed(claims)); }
  // The reason when one claim has another value.
  Reason With(const char* name, const Json& value) {
    Json claims = rp_.GoodClaims();
    claims[name] = value;
    return ReasonOf(claims);
  }
  Reason Without(const char* name) {
    Json claims = rp_.GoodClaims();
    claims.erase(name);
    return ReasonOf(claims);
  }
  // A token with another header, signed in the way of `alg` with `key`.
  Reason WithHeader(const std::string& header, const TestKey& key = TestKey::Rsa(),
                    const std::string& alg = "RS256") {
    return ReasonOfToken(SignToken(header, rp_.GoodClaims().dump(), key, alg));
  }

  RelyingParty rp_;
  base::Secret code_{kCode};
  base::Secret access_token_{kAccessToken};
};

// What is neither a number nor fits anywhere a number or string is wanted.
const std::vector<Json> kOddValues = {nullptr,
                                      true,
                                      Json::array(),
                                      Json::object(),
                                      "",
                                      "1795425302",
                                      1.5,
                                      -1,
                                      std::numeric_limits<std::int64_t>::max(),
                                      std::numeric_limits<std::uint64_t>::max()};

TEST_F(IdTokenTest, AGoodTokenSaysWhoAndHow) {
  const auto token = VerifyClaims(rp_.GoodClaims());
  ASSERT_TRUE(token.has_value()) << reasons::Id(token.error().reason);
  EXPECT_EQ(token->sub, kSub);
  EXPECT_EQ(token->aal, 3);
  EXPECT_EQ(token->ial, 3);
  EXPECT_EQ(token->acr, "AAL3_ANY");
  EXPECT_EQ(token->amr, std::vector<std::string>{"N3_SMARTCARD"});
  EXPECT_EQ(token->sid, "a+b/c=");
  EXPECT_EQ(token->selected_roleid, "656014452101");
  EXPECT_EQ(token->auth_time, std::chrono::sys_seconds(seconds(rp_.Now() - 20)));
  EXPECT_EQ(token->auth_age, seconds(20));
}

TEST_F(IdTokenTest, ClaimsThatNobodyKnowsAreIgnored) {
  EXPECT_EQ(With("org.forgerock.openidconnect.ops", "-I45NjmMDdMa-aNF2sr9hC7qEGQ"), Reason::kNone);
  EXPECT_EQ(With("uid", Json::object()), Reason::kNone);
}

// --- the header: RFC 7515, RFC 8725

TEST_F(IdTokenTest, WhatIsNotACompactJwsIsRefused) {
  EXPECT_EQ(ReasonOfToken("not.a-token"), Reason::kIdTokenForm);
  EXPECT_EQ(ReasonOfToken(RelyingParty::Signed(rp_.GoodClaims()) + "."), Reason::kIdTokenForm);
  EXPECT_EQ(ReasonOfToken("a.b.c.d.e"), Reason::kIdTokenForm);  // a JWE
}

TEST_F(IdTokenTest, AnAlgOtherThanTheConfiguredOneIsRefused) {
  EXPECT_EQ(WithHeader(R"({"alg":"none"})"), Reason::kIdTokenAlg);
  EXPECT_EQ(WithHeader(R"({"alg":"RS512"})", TestKey::Rsa(), "RS512"), Reason::kIdTokenAlg);
  EXPECT_EQ(WithHeader(R"({"alg":"ES256"})", TestKey::Ec(), "ES256"), Reason::kIdTokenAlg);
  EXPECT_EQ(ReasonOfToken(tests::MacToken(R"({"alg":"HS256","kid":")" + kKid + "\"}", rp_.GoodClaims().dump(),
                                          TestKey::Rsa().PublicPem())),
            Reason::kIdTokenAlg);
  EXPECT_EQ(rp_.http.Count(kJwksUrl), 1) << "a wrong alg is no reason to fetch keys";
}

TEST_F(IdTokenTest, AHeaderThatBringsItsOwnKeyIsRefused) {
  EXPECT_EQ(WithHeader(R"({"alg":"RS256","jwk":)" + TestKey::OtherRsa().Jwk("x", "RS256") + "}",
                       TestKey::OtherRsa()),
            Reason::kIdTokenCrit);
  EXPECT_EQ(WithHeader(R"({"alg":"RS256","crit":["x"]})"), Reason::kIdTokenCrit);
}

TEST_F(IdTokenTest, TypIsAbsentOrJwt) {
  const std::string begin = R"({"alg":"RS256","kid":")" + kKid + "\"";
  EXPECT_EQ(WithHeader(begin + "}"), Reason::kNone);
  EXPECT_EQ(WithHeader(begin + R"(,"typ":"jwt"})"), Reason::kNone);
  for (const char* typ : {"logout+jwt", "at+jwt", "JWS", "", "JWTX"}) {
    EXPECT_EQ(WithHeader(begin + R"(,"typ":")" + typ + "\"}"), Reason::kIdTokenType) << typ;
  }
}

TEST_F(IdTokenTest, ABadSignatureIsRefused) {
  EXPECT_EQ(WithHeader(R"({"alg":"RS256","kid":")" + kKid + "\"}", TestKey::OtherRsa()),
            Reason::kIdTokenSignature);
  std::string token = RelyingParty::Signed(rp_.GoodClaims());
  token.replace(token.rfind('.') + 1, 4, "AAAA");
  EXPECT_EQ(ReasonOfToken(token), Reason::kIdTokenSignature);
}

// --- keys

TEST_F(IdTokenTest, WithoutKidTheOnlyKeyCounts) {
  EXPECT_EQ(WithHeader(R"({"alg":"RS256"})"), Reason::kNone);
}

TEST_F(IdTokenTest, WithoutKidAndWithTwoKeysNoneIsTried) {
  rp_.http.Answer(
      kJwksUrl,
      tests::JsonAnswer(tests::Jwks({TestKey::Rsa().Jwk("a", ""), TestKey::OtherRsa().Jwk("b", "")})));
  ASSERT_TRUE(rp_.provider.Refresh().has_value());
  EXPECT_EQ(WithHeader(R"({"alg":"RS256"})"), Reason::kIdTokenKey);
  EXPECT_EQ(rp_.http.Count(kJwksUrl), 2) << "no newer set makes the choice clearer";
}

TEST_F(IdTokenTest, AnUnknownKidIsLookedForOnce) {
  const std::string header = R"({"alg":"RS256","kid":"new"})";
  EXPECT_EQ(WithHeader(header), Reason::kIdTokenKey);
  EXPECT_EQ(rp_.http.Count(kJwksUrl), 2);
  EXPECT_EQ(WithHeader(header), Reason::kIdTokenKey);
  EXPECT_EQ(rp_.http.Count(kJwksUrl), 2) << "at most every 10 s";
}

TEST_F(IdTokenTest, ANewKeyIsFoundByTheRefetch) {
  rp_.http.Answer(kJwksUrl, tests::JsonAnswer(tests::Jwks({TestKey::OtherRsa().Jwk("new", "RS256")})));
  EXPECT_EQ(WithHeader(R"({"alg":"RS256","kid":"new"})", TestKey::OtherRsa()), Reason::kNone);
}

TEST_F(IdTokenTest, AFailedRefetchRefuses) {
  rp_.http.Answer(kJwksUrl, tests::JsonAnswer("no", 503));
  EXPECT_EQ(WithHeader(R"({"alg":"RS256","kid":"new"})"), Reason::kProviderUnavailable);
}

TEST_F(IdTokenTest, AnEncryptionKeyWithThatKidIsNotUsed) {
  rp_.http.Answer(kJwksUrl,
                  tests::JsonAnswer(R"({"keys":[{)" + TestKey::Rsa().PublicMembers() +
                                    R"(,"use":"enc","kid":"e"},)" + TestKey::OtherRsa().Jwk("s", "") + "]}"));
  ASSERT_TRUE(rp_.provider.Refresh().has_value());
  EXPECT_EQ(WithHeader(R"({"alg":"RS256","kid":"e"})"), Reason::kIdTokenKey);
}

TEST_F(IdTokenTest, WithoutUsableKeysTheProviderIsNotReady) {
  rp_.clock.Advance(std::chrono::hours(2));
  EXPECT_EQ(ReasonOf(rp_.GoodClaims()), Reason::kProviderNotReady);
}

// --- iss: OIDC Core 3.1.3.7 step 2

TEST_F(IdTokenTest, IssIsComparedByteForByte) {
  std::string without_port = kIssuer;
  without_port.erase(without_port.find(":443"), 4);
  std::string other_case = kIssuer;
  other_case[8] = 'A';
  for (const std::string& iss :
       {without_port, other_case, kIssuer + "/", kIssuer.substr(0, kIssuer.size() - 1)}) {
    EXPECT_EQ(With("iss", iss), Reason::kIdTokenIssuer) << iss;
  }
  for (const Json& value : kOddValues) {
    EXPECT_EQ(With("iss", value), Reason::kIdTokenIssuer) << value;
  }
  EXPECT_EQ(With("iss", Json::array({kIssuer})), Reason::kIdTokenIssuer);
  EXPECT_EQ(Without("iss"), Reason::kIdTokenIssuer);
}

// --- aud, azp: steps 3 to 5

TEST_F(IdTokenTest, AudNamesUsAndNoStranger) {
  EXPECT_EQ(With("aud", Json::array({kClientId})), Reason::kNone);
  EXPECT_EQ(With("aud", Json::array({kClientId, kClientId})), Reason::kNone);
  for (const Json& value : {Json("other"), Json(kClientId + " "), Json::array({"other"}),
                            Json::array({kClientId, "other"}), Json::array({"other", kClientId}),
                            Json::array({kClientId, nullptr}), Json::array({Json::array({kClientId})})}) {
    EXPECT_EQ(With("aud", value), Reason::kIdTokenAudience) << value;
  }
  for (const Json& value : kOddValues) {
    EXPECT_EQ(With("aud", value), Reason::kIdTokenAudience) << value;
  }
  EXPECT_EQ(Without("aud"), Reason::kIdTokenAudience);
}

TEST_F(IdTokenTest, AzpIsUsWhereItIsThere) {
  EXPECT_EQ(Without("azp"), Reason::kNone);
  EXPECT_EQ(With("azp", "other"), Reason::kIdTokenAuthorizedParty);
  for (const Json& value : kOddValues) {
    EXPECT_EQ(With("azp", value), Reason::kIdTokenAuthorizedParty) << value;
  }
}

TEST_F(IdTokenTest, AzpIsRequiredWhenAudHasSeveral) {
  Json claims = rp_.GoodClaims();
  claims["aud"] = Json::array({kClientId, kClientId});
  claims.erase("azp");
  EXPECT_EQ(ReasonOf(claims), Reason::kIdTokenAuthorizedParty);
  claims["aud"] = Json::array({kClientId});
  EXPECT_EQ(ReasonOf(claims), Reason::kNone);
}

// --- times: steps 9 and 10, RFC 7519 4.1.5; the skew is 60 s

TEST_F(IdTokenTest, ExpMayHavePassedByLessThanTheSkew) {
  EXPECT_EQ(With("exp", rp_.Now() - 59), Reason::kNone);
  EXPECT_EQ(With("exp", rp_.Now() - 60), Reason::kIdTokenExpired);
  EXPECT_EQ(With("exp", rp_.Now() - 3600), Reason::kIdTokenExpired);
}

TEST_F(IdTokenTest, ExpMustBeATime) {
  for (const Json& value : kOddValues) {
    EXPECT_EQ(With("exp", value), Reason::kIdTokenExpired) << value;
  }
  EXPECT_EQ(Without("exp"), Reason::kIdTokenExpired);
}

TEST_F(IdTokenTest, IatMayBeAheadByTheSkewAndNotMore) {
  EXPECT_EQ(With("iat", rp_.Now() + 60), Reason::kNone);
  EXPECT_EQ(With("iat", rp_.Now() + 61), Reason::kIdTokenIssuedAt);
}

TEST_F(IdTokenTest, IatMayBeAnHourAndTheSkewOldAndNotMore) {
  EXPECT_EQ(With("iat", rp_.Now() - 3660), Reason::kNone);
  EXPECT_EQ(With("iat", rp_.Now() - 3661), Reason::kIdTokenIssuedAt);
}

TEST_F(IdTokenTest, IatMustBeATime) {
  for (const Json& value : kOddValues) {
    EXPECT_EQ(With("iat", value), Reason::kIdTokenIssuedAt) << value;
  }
  EXPECT_EQ(Without("iat"), Reason::kIdTokenIssuedAt);
}

TEST_F(IdTokenTest, NbfMayBeAheadByTheSkewAndNotMore) {
  EXPECT_EQ(With("nbf", rp_.Now() + 60), Reason::kNone);
  EXPECT_EQ(With("nbf", rp_.Now() + 61), Reason::kIdTokenNotBefore);
  EXPECT_EQ(Without("nbf"), Reason::kNone);
}

TEST_F(IdTokenTest, NbfMustBeATimeWhereItIsThere) {
  for (const Json& value : kOddValues) {
    EXPECT_EQ(With("nbf", value), Reason::kIdTokenNotBefore) << value;
  }
}

TEST_F(IdTokenTest, WithoutSkewTheBoundsAreSharp) {
  rp_.settings.clock_skew = seconds(0);
  EXPECT_EQ(With("exp", rp_.Now()), Reason::kIdTokenExpired);
  EXPECT_EQ(With("exp", rp_.Now() + 1), Reason::kNone);
  EXPECT_EQ(With("iat", rp_.Now() + 1), Reason::kIdTokenIssuedAt);
  EXPECT_EQ(With("auth_time", rp_.Now() + 1), Reason::kIdTokenAuthTime);
}

// --- nonce: step 11

TEST_F(IdTokenTest, NonceIsTheOneOfThisLogin) {
  tests::FakeRandom other(7);
  EXPECT_EQ(With("nonce", std::string(base::RandomToken(other).Reveal())), Reason::kIdTokenNonce);
  EXPECT_EQ(With("nonce", std::string(rp_.transaction.nonce.Reveal()) + "A"), Reason::kIdTokenNonce);
  EXPECT_EQ(With("nonce", std::string(rp_.transaction.state.Reveal())), Reason::kIdTokenNonce);
  for (const Json& value : kOddValues) {
    EXPECT_EQ(With("nonce", value), Reason::kIdTokenNonce) << value;
  }
  EXPECT_EQ(Without("nonce"), Reason::kIdTokenNonce);
}

TEST_F(IdTokenTest, AnEmptyNonceProvesNothing) {
  rp_.transaction.nonce = base::Secret();
  EXPECT_EQ(With("nonce", ""), Reason::kIdTokenNonce);
}

// --- at_hash, c_hash, s_hash: OIDC Core 3.1.3.6

std::string LeftHalf256(std::string_view value) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(value.data()), value.size(), digest);
  return tests::B64({reinterpret_cast<const char*>(digest), sizeof digest / 2});
}

std::string LeftHalf512(std::string_view value) {
  unsigned char digest[SHA512_DIGEST_LENGTH];
  SHA512(reinterpret_cast<const unsigned char*>(value.data()), value.size(), digest);
  return tests::B64({reinterpret_cast<const char*>(digest), sizeof digest / 2});
}

TEST_F(IdTokenTest, HashesThatFitAreTaken) {
  Json claims = rp_.GoodClaims();
  claims["at_hash"] = LeftHalf256(kAccessToken);
  claims["c_hash"] = LeftHalf256(kCode);
  claims["s_hash"] = LeftHalf256(rp_.transaction.state.Reveal());
  EXPECT_EQ(ReasonOf(claims), Reason::kNone);
}

// The value that CIS2 itself sent for the state "hello" (facts: cis2.md section 4).
TEST_F(IdTokenTest, TheSHashOfCis2sSampleFits) {
  rp_.transaction.state = base::Secret("hello");
  EXPECT_EQ(With("s_hash", "LPJNul-wow4m6Dsqxbning"), Reason::kNone);
}

struct HashCase {
  const char* name;
  Reason reason;
  std::string value;
};

TEST_F(IdTokenTest, HashesThatDoNotFitAreRefused) {
  const std::string state(rp_.transaction.state.Reveal());
  for (const auto& [name, reason, value] :
       {HashCase{"at_hash", Reason::kIdTokenAtHash, kAccessToken},
        HashCase{"c_hash", Reason::kIdTokenCHash, kCode}, HashCase{"s_hash", Reason::kIdTokenSHash, state}}) {
    EXPECT_EQ(With(name, LeftHalf256(value)), Reason::kNone) << name;
    EXPECT_EQ(With(name, LeftHalf256("another")), reason) << name;
    EXPECT_EQ(With(name, LeftHalf256(value) + "=="), reason) << name;
    EXPECT_EQ(With(name, LeftHalf512(value)), reason) << name;
    EXPECT_EQ(With(name, value), reason) << name;
    for (const Json& odd : kOddValues) {
      EXPECT_EQ(With(name, odd), reason) << name << odd;
    }
  }
}

TEST_F(IdTokenTest, ATokenSignedWithSha512HasHashesOfSha512) {
  rp_.settings.id_token_alg = "PS512";
  rp_.http.Answer(kJwksUrl, tests::JsonAnswer(tests::Jwks({TestKey::Rsa().Jwk("", "")})));
  ASSERT_TRUE(rp_.provider.Refresh().has_value());
  Json claims = rp_.GoodClaims();
  claims["at_hash"] = LeftHalf512(kAccessToken);
  EXPECT_EQ(ReasonOfToken(SignToken(R"({"alg":"PS512"})", claims.dump(), TestKey::Rsa(), "PS512")),
            Reason::kNone);
  claims["at_hash"] = LeftHalf256(kAccessToken);
  EXPECT_EQ(ReasonOfToken(SignToken(R"({"alg":"PS512"})", claims.dump(), TestKey::Rsa(), "PS512")),
            Reason::kIdTokenAtHash);
}

// --- sub: OIDC Core 2

TEST_F(IdTokenTest, SubIs1To255PrintableAsciiCharacters) {
  EXPECT_EQ(With("sub", "1"), Reason::kNone);
  EXPECT_EQ(With("sub", std::string(255, 's')), Reason::kNone);
  EXPECT_EQ(With("sub", "248289761001@/+= ~"), Reason::kNone);
  for (const Json& value :
       {Json(std::string(256, 's')), Json(""), Json("a\nb"), Json("a\x7f"), Json("Zo\xc3\xab"),
        Json(std::string("a\0b", 3)), Json(656005750105), Json(nullptr), Json::array({kSub})}) {
    EXPECT_EQ(With("sub", value), Reason::kIdTokenSubject) << value;
  }
  EXPECT_EQ(Without("sub"), Reason::kIdTokenSubject);
}

// --- auth_time: NHS CIA Ses Req 003; max_age is five minutes

TEST_F(IdTokenTest, AuthTimeMayBeFiveMinutesOldAndNotASecondMore) {
  EXPECT_EQ(With("auth_time", rp_.Now() - 300), Reason::kNone);
  EXPECT_EQ(With("auth_time", rp_.Now() - 301), Reason::kIdTokenAuthTime);
}

TEST_F(IdTokenTest, AuthTimeMayBeAheadByTheSkewAndNotMore) {
  Json claims = rp_.GoodClaims();
  claims["auth_time"] = rp_.Now() + 60;
  const auto token = VerifyClaims(claims);
  ASSERT_TRUE(token.has_value());
  EXPECT_EQ(token->auth_age, seconds(0));
  EXPECT_EQ(With("auth_time", rp_.Now() + 61), Reason::kIdTokenAuthTime);
}

TEST_F(IdTokenTest, AuthTimeMustBeATime) {
  for (const Json& value : kOddValues) {
    EXPECT_EQ(With("auth_time", value), Reason::kIdTokenAuthTime) << value;
  }
  EXPECT_EQ(With("auth_time", std::to_string(rp_.Now())), Reason::kIdTokenAuthTime);
  EXPECT_EQ(With("auth_time", 0), Reason::kIdTokenAuthTime);
  EXPECT_EQ(Without("auth_time"), Reason::kIdTokenAuthTime);
}

TEST_F(IdTokenTest, TheLimitOfAuthTimeFollowsMaxAge) {
  rp_.settings.max_age = seconds(60);
  EXPECT_EQ(With("auth_time", rp_.Now() - 60), Reason::kNone);
  EXPECT_EQ(With("auth_time", rp_.Now() - 61), Reason::kIdTokenAuthTime);
}

// --- other kinds of token: RFC 8725 3.12

TEST_F(IdTokenTest, ALogoutTokenIsNotAnIdToken) {
  const Json event = {{"http://schemas.openid.net/event/backchannel-logout", Json::object()}};
  EXPECT_EQ(With("events", event), Reason::kIdTokenLogoutToken);
  EXPECT_EQ(With("events", nullptr), Reason::kIdTokenLogoutToken);
  // A real one, as CIS2 sends it: told as what it is, not by the claims that it lacks.
  const Json logout = {
      {"iss", kIssuer}, {"aud", Json::array({kClientId})}, {"sub", kSub},    {"sid", "s"}, {"iat", rp_.Now()},
      {"jti", "j"},     {"exp", rp_.Now() + 60},           {"events", event}};
  EXPECT_EQ(ReasonOf(logout), Reason::kIdTokenLogoutToken);
}

TEST_F(IdTokenTest, OurOwnAssertionIsNotAnIdToken) {
  const Json assertion = {{"iss", kClientId}, {"sub", kClientId}, {"aud", kTokenUrl},
                          {"iat", rp_.Now()}, {"jti", "j"},       {"exp", rp_.Now() + 180}};
  EXPECT_EQ(ReasonOf(assertion), Reason::kIdTokenIssuer);
}

// --- acr, and the claims that need not be there

TEST_F(IdTokenTest, AcrIsRequiredWhenAcrValuesWereSent) {
  EXPECT_EQ(Without("acr"), Reason::kIdTokenAcr);
  rp_.settings.acr_values = "";
  EXPECT_EQ(Without("acr"), Reason::kNone);
  EXPECT_EQ(With("acr", "anything"), Reason::kNone);
}

TEST_F(IdTokenTest, AcrIsOneOfThoseThatWereAskedFor) {
  for (const char* acr : {"AAL2_OR_AAL3_ANY", "AAL1_USERPASS", "AAL3", "AAL3_ANY2", "aal3_any", ""}) {
    EXPECT_EQ(With("acr", acr), Reason::kIdTokenAcr) << acr;
  }
  rp_.settings.acr_values = "AAL3_FIDO2 AAL3_ANY";
  EXPECT_EQ(With("acr", "AAL3_FIDO2"), Reason::kNone);
  EXPECT_EQ(With("acr", "AAL3_ANY"), Reason::kNone);
  EXPECT_EQ(With("acr", "AAL3_FIDO2 AAL3_ANY"), Reason::kIdTokenAcr);
}

// Profile oidc: a weaker class is a matter of the levels, which tell the operator what is missing.
TEST_F(IdTokenTest, AcrThatHoldsTheLevelIsJudgedByTheLevels) {
  rp_.settings.profile = config::Profile::kOidc;
  rp_.settings.acr_values = "urn:example:mfa";
  rp_.settings.aal_claim = "acr";
  rp_.settings.aal_values = {{"urn:example:mfa", 3}, {"urn:example:password", 1}};
  EXPECT_EQ(With("acr", "urn:example:password"), Reason::kNone);
  EXPECT_EQ(With("acr", "urn:example:other"), Reason::kAalMalformed);
  EXPECT_EQ(Without("acr"), Reason::kIdTokenAcr);
}

TEST_F(IdTokenTest, AcrIsAString) {
  for (const char* acr_values : {"AAL3_ANY", ""}) {
    rp_.settings.acr_values = acr_values;
    for (const Json& value :
         {Json(nullptr), Json(3), Json::array({"AAL3_ANY"}), Json(std::string(256, 'a'))}) {
      EXPECT_EQ(With("acr", value), Reason::kIdTokenAcr) << value;
    }
  }
}

TEST_F(IdTokenTest, SidRoleAndAmrMayBeMissingOrEmpty) {
  for (const char* name : {"sid", "selected_roleid", "amr"}) {
    EXPECT_EQ(Without(name), Reason::kNone) << name;
  }
  EXPECT_EQ(With("selected_roleid", ""), Reason::kNone);
  EXPECT_EQ(With("amr", Json::array()), Reason::kNone);
}

TEST_F(IdTokenTest, SidRoleAndAmrOfAnotherTypeAreRefused) {
  for (const char* name : {"sid", "selected_roleid"}) {
    for (const Json& value : {Json(nullptr), Json(7), Json::array({"a"}), Json(std::string(256, 'a'))}) {
      EXPECT_EQ(With(name, value), Reason::kIdTokenClaimType) << name << value;
    }
  }
  for (const Json& value : {Json(nullptr), Json("USERPASS"), Json::array({7}), Json::array({nullptr}),
                            Json(std::vector<std::string>(17, "a"))}) {
    EXPECT_EQ(With("amr", value), Reason::kIdTokenClaimType) << value;
  }
}

// --- levels; levels_test.cc has every form

TEST_F(IdTokenTest, BothLevelsMustBeThere) {
  EXPECT_EQ(Without("authentication_assurance_level"), Reason::kAalMissing);
  EXPECT_EQ(Without("id_assurance_level"), Reason::kIalMissing);
  EXPECT_EQ(With("authentication_assurance_level", "three"), Reason::kAalMalformed);
  EXPECT_EQ(With("id_assurance_level", 3.0), Reason::kIalMalformed);
}

// NHS CIA ACR Req 001: asking for an acr, and getting it, is not enough.
TEST_F(IdTokenTest, AcrIsNoSubstituteForTheLevel) {
  Json claims = rp_.GoodClaims();
  claims["acr"] = "AAL3_ANY";
  claims["authentication_assurance_level"] = 2;
  EXPECT_EQ(VerifyClaims(claims)->aal, 2);
  claims.erase("authentication_assurance_level");
  EXPECT_EQ(ReasonOf(claims), Reason::kAalMissing);
}

TEST_F(IdTokenTest, AClaimGivenTwiceRefusesTheToken) {
  std::string claims = rp_.GoodClaims().dump();
  claims.insert(1, R"("sub":"another",)");
  EXPECT_EQ(ReasonOfToken(SignToken(R"({"alg":"RS256"})", claims, TestKey::Rsa(), "RS256")),
            Reason::kIdTokenForm);
}

}  // namespace
}  // namespace cis2::oidc
