// The whole exchange against a scripted CIS2: one that goes well, and one change a case.
#include "broker/oidc/sign_in.h"

#include "tests/support/temp_dir.h"
#include "tests/unit/broker/oidc/relying_party.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace cis2::oidc {
namespace {

using base::Json;
using http::FormField;
using reasons::Reason;
using testing::ElementsAre;
using testing::UnorderedElementsAreArray;
using tests::JsonAnswer;
using tests::TestKey;

// As CIS2 answers for a person with two roles (facts: cis2.md section 5).
Json GoodUserinfo() {
  return *base::ParseJson(R"({
    "sub":"656005750105","uid":"656005750105","idassurancelevel":"3","name":"Test User",
    "nhsid_user_orgs":[{"org_name":"A","org_code":"Y51"},{"org_name":"B","org_code":"X09"}],
    "nhsid_nrbac_roles":[
      {"person_orgid":"656008045105","person_roleid":"656014452101","org_code":"Y51","role_code":"S8001:G8002:R8008",
       "role_name":"\"Support\":\"Support\"","activities":["a","b"],"activity_codes":["B0145","B8002"]},
      {"person_orgid":"656005753107","person_roleid":"656005754108","org_code":"X09","role_code":"S0080:G0450:R5080",
       "role_name":"x"}]})");
}

class SignInTest : public testing::Test {
 protected:
  SignInTest() {
    rp_.settings.client_auth = config::ClientAuth::kClientSecretPost;
    rp_.settings.client_secret_file = folder_.Write("secret", "client-secret-canary");
    EXPECT_TRUE(rp_.provider.Refresh().has_value());
    AnswerWith(TokenAnswer());
    rp_.http.Answer(kUserinfoUrl, JsonAnswer(GoodUserinfo().dump()));
  }

  Json TokenAnswer() {
    return {{"access_token", kAccessToken},
            {"id_token", RelyingParty::Signed(rp_.GoodClaims())},
            {"scope", "openid"},
            {"token_type", "Bearer"},
            {"expires_in", 3599}};
  }
  void AnswerWith(const Json& token_answer) { rp_.http.Answer(kTokenUrl, JsonAnswer(token_answer.dump())); }
  void AnswerWithUserinfo(const Json& document) {
    rp_.http.Answer(kUserinfoUrl, JsonAnswer(document.dump()));
  }

  reasons::Checked<identity::Identity> Run() {
    const auto credential = ClientCredential::Load(rp_.settings);
    EXPECT_TRUE(credential.has_value());
    SignIn sign_in(rp_.settings, rp_.provider, rp_.http, *credential, rp_.clock, rp_.random);
    return sign_in.Run({.code = base::Secret(kCode),
                        .transaction = {.state = rp_.transaction.state.Copy(),
                                        .nonce = rp_.transaction.nonce.Copy(),
                                        .code_verifier = rp_.transaction.code_verifier.Copy()},
                        .redirect_uri = kRedirectUri});
  }
  Reason ReasonOfRun() {
    const auto result = Run();
    return result ? Reason::kNone : result.error().reason;
  }
  Reason WithTokenMember(const char* name, const Json& value) {
    Json answer = TokenAnswer();
    answer[name] = value;
    AnswerWith(answer);
    return ReasonOfRun();
  }
  Reason WithoutTokenMember(const char* name) {
    Json answer = TokenAnswer();
    answer.erase(name);
    AnswerWith(answer);
    return ReasonOfRun();
  }
  Reason WithUserinfoMember(const char* name, const Json& value) {
    Json document = GoodUserinfo();
    document[name] = value;
    AnswerWithUserinfo(document);
    return ReasonOfRun();
  }
  Reason WithoutUserinfoMember(const char* name) {
    Json document = GoodUserinfo();
    document.erase(name);
    AnswerWithUserinfo(document);
    return ReasonOfRun();
  }
  Reason WithTokenAnswer(const http::ClientResult& answer) {
    rp_.http.Answer(kTokenUrl, answer);
    return ReasonOfRun();
  }
  Reason WithUserinfoAnswer(const http::ClientResult& answer) {
    rp_.http.Answer(kUserinfoUrl, answer);
    return ReasonOfRun();
  }
  base::Duration DueIn() const { return rp_.provider.RefreshDue() - rp_.clock.Now(); }

  tests::TempDir folder_;
  RelyingParty rp_;
};

http::ClientResult WithType(const std::string& type, const std::string& body, int status = 200) {
  return http::Response{.status = status, .headers = {{"Content-Type", type}}, .body = body};
}

TEST_F(SignInTest, AGoodSignInIsAnIdentity) {
  const auto identity = Run();
  ASSERT_TRUE(identity.has_value()) << reasons::Id(identity.error().reason) << identity.error().detail;
  EXPECT_EQ(identity->iss, kIssuer);
  EXPECT_EQ(identity->sub, kSub);
  EXPECT_EQ(identity->aal, 3);
  EXPECT_EQ(identity->ial, 3);
  EXPECT_EQ(identity->acr, "AAL3_ANY");
  EXPECT_THAT(identity->amr, ElementsAre("N3_SMARTCARD"));
  EXPECT_EQ(identity->sid, "a+b/c=");
  EXPECT_EQ(identity->auth_age, std::chrono::seconds(20));
  EXPECT_EQ(identity->auth_time,
            std::chrono::floor<std::chrono::seconds>(rp_.clock.WallNow()) - std::chrono::seconds(20));
  EXPECT_EQ(identity->selected_roleid, "656014452101");
  EXPECT_THAT(identity->orgs, ElementsAre("Y51", "X09"));
  ASSERT_EQ(identity->roles.size(), 2U);
  EXPECT_EQ(identity->roles[0].person_roleid, "656014452101");
  EXPECT_EQ(identity->roles[0].org_code, "Y51");
  EXPECT_EQ(identity->roles[0].role_code, "S8001:G8002:R8008");
  EXPECT_THAT(identity->roles[0].activity_codes, ElementsAre("B0145", "B8002"));
  EXPECT_TRUE(identity->roles[1].activity_codes.empty());
}

// --- the requests

TEST_F(SignInTest, TheTokenRequestIsTheOneOfTheCodeGrant) {
  ASSERT_EQ(ReasonOfRun(), Reason::kNone);
  const auto request = rp_.http.requests()[2];
  EXPECT_EQ(request.method, http::Method::kPost);
  EXPECT_EQ(request.url, kTokenUrl);
  EXPECT_EQ(http::FindHeader(request.headers, "Content-Type"), "application/x-www-form-urlencoded");
  const std::vector<FormField> expected = {
      {"grant_type", "authorization_code"},
      {"code", kCode},
      {"redirect_uri", kRedirectUri},
      {"client_id", kClientId},
      {"code_verifier", std::string(rp_.transaction.code_verifier.Reveal())},
      {"client_secret", "client-secret-canary"}};
  EXPECT_THAT(*http::ParseForm(request.body), UnorderedElementsAreArray(expected));
}

TEST_F(SignInTest, WithoutPkceThereIsNoVerifier) {
  rp_.transaction.code_verifier = base::Secret();
  ASSERT_EQ(ReasonOfRun(), Reason::kNone);
  EXPECT_EQ(rp_.http.requests()[2].body.find("code_verifier"), std::string::npos);
}

TEST_F(SignInTest, UserinfoIsAskedWithTheAccessTokenAsBearer) {
  ASSERT_EQ(ReasonOfRun(), Reason::kNone);
  const auto request = rp_.http.requests()[3];
  EXPECT_EQ(request.method, http::Method::kGet);
  EXPECT_EQ(request.url, kUserinfoUrl);  // no ?schema=openid
  EXPECT_EQ(http::FindHeader(request.headers, "Authorization"), "Bearer " + kAccessToken);
  EXPECT_EQ(request.body, "");
}

TEST_F(SignInTest, WithoutUserinfoNothingIsAskedAndThereAreNoRoles) {
  rp_.settings.userinfo = false;
  const auto identity = Run();
  ASSERT_TRUE(identity.has_value());
  EXPECT_TRUE(identity->roles.empty());
  EXPECT_EQ(rp_.http.Count(kUserinfoUrl), 0);
}

TEST_F(SignInTest, ACodeIsSentOnceWhateverTheAnswer) {
  rp_.http.Answer(kTokenUrl, tests::FaultAnswer(http::TransportFault::kTimeout));
  EXPECT_EQ(ReasonOfRun(), Reason::kProviderUnavailable);
  EXPECT_EQ(rp_.http.Count(kTokenUrl), 1);
}

TEST_F(SignInTest, WithoutDiscoveryNothingIsSent) {
  rp_.clock.Advance(std::chrono::hours(2));
  EXPECT_EQ(ReasonOfRun(), Reason::kProviderNotReady);
  EXPECT_EQ(rp_.http.Count(kTokenUrl), 0);
}

// --- the token endpoint's answers: RFC 6749 section 5

TEST_F(SignInTest, ErrorsOfTheTokenEndpointHaveTheirReasons) {
  const auto error = [](const char* name) {
    return JsonAnswer(R"({"error":")" + std::string(name) + "\"}", 400);
  };
  EXPECT_EQ(WithTokenAnswer(error("invalid_grant")), Reason::kTokenInvalidGrant);
  EXPECT_EQ(WithTokenAnswer(error("invalid_client")), Reason::kTokenInvalidClient);
  EXPECT_EQ(WithTokenAnswer(JsonAnswer(R"({"error":"invalid_client"})", 401)), Reason::kTokenInvalidClient);
  EXPECT_EQ(WithTokenAnswer(error("unauthorized_client")), Reason::kTokenError);
  EXPECT_EQ(WithTokenAnswer(error("INVALID_GRANT")), Reason::kTokenError);
}

TEST_F(SignInTest, AnErrorNamesItsCodeAndNothingElse) {
  const auto detail_of = [&](const std::string& error) {
    const std::string description = R"(","error_description":"code )" + kCode + R"( is bad"})";
    rp_.http.Answer(kTokenUrl, JsonAnswer(R"({"error":")" + error + description, 400));
    return Run().error().detail;
  };
  EXPECT_EQ(detail_of("unauthorized_client"), "unauthorized_client");
  // What is no name might be the code, given back.
  for (const std::string& error : {kCode, std::string(R"(odd\u001b)"), std::string(65, 'a')}) {
    EXPECT_EQ(detail_of(error), "token endpoint answered with status 400") << error;
  }
}

TEST_F(SignInTest, AnErrorWithoutJsonIsAnErrorStill) {
  EXPECT_EQ(WithTokenAnswer(WithType("text/html", "<html>", 400)), Reason::kTokenError);
  EXPECT_EQ(WithTokenAnswer(JsonAnswer("{}", 404)), Reason::kTokenError);
  EXPECT_EQ(WithTokenAnswer(JsonAnswer(R"({"error":7})", 400)), Reason::kTokenError);
  EXPECT_EQ(WithTokenAnswer(JsonAnswer("[]", 418)), Reason::kTokenError);
}

TEST_F(SignInTest, NoAnswer5xxOr429IsUnavailableAndRaisesSuspicion) {
  for (const http::ClientResult& answer :
       {tests::FaultAnswer(http::TransportFault::kUnreachable),
        tests::FaultAnswer(http::TransportFault::kTooLarge), JsonAnswer(R"({"error":"invalid_grant"})", 500),
        JsonAnswer("{}", 503), JsonAnswer("{}", 429, {{"Retry-After", "3600"}})}) {
    ASSERT_TRUE(rp_.provider.Refresh().has_value());
    rp_.clock.Advance(std::chrono::seconds(60));
    ASSERT_NE(DueIn(), std::chrono::seconds(0));
    EXPECT_EQ(WithTokenAnswer(answer), Reason::kProviderUnavailable);
    EXPECT_EQ(DueIn(), std::chrono::seconds(0));
    EXPECT_FALSE(rp_.provider.Away());
  }
}

TEST_F(SignInTest, AnAnswerThatIsNotATokenResponseIsRefused) {
  const std::string good = TokenAnswer().dump();
  for (const auto& answer :
       {WithType("text/html", good), WithType("application/jwt", good), JsonAnswer("", 200),
        JsonAnswer("[]", 200), JsonAnswer(good + "x", 200), JsonAnswer(good, 201), JsonAnswer(good, 302),
        JsonAnswer(R"({"token_type":"Bearer",)" + good.substr(1), 200)}) {
    EXPECT_EQ(WithTokenAnswer(answer), Reason::kTokenMalformed) << answer->body;
  }
}

TEST_F(SignInTest, BothTokensMustBeThere) {
  EXPECT_EQ(WithoutTokenMember("access_token"), Reason::kTokenMalformed);
  EXPECT_EQ(WithoutTokenMember("id_token"), Reason::kTokenMalformed);
  for (const Json& value : {Json(nullptr), Json(""), Json(7), Json::array({"a"})}) {
    EXPECT_EQ(WithTokenMember("access_token", value), Reason::kTokenMalformed) << value;
    EXPECT_EQ(WithTokenMember("id_token", value), Reason::kTokenMalformed) << value;
  }
}

TEST_F(SignInTest, AnAccessTokenThatWouldBreakAHeaderIsRefused) {
  for (const std::string& token : {std::string("a b"), std::string("a\r\nX: y"), std::string("\xc3\xa9"),
                                   std::string("a\x7f"), std::string(8193, 'a')}) {
    EXPECT_EQ(WithTokenMember("access_token", token), Reason::kTokenMalformed) << token;
  }
  EXPECT_EQ(WithTokenMember("access_token", std::string(8192, 'a')), Reason::kNone);
}

TEST_F(SignInTest, TokenTypeIsBearerInAnyCase) {
  EXPECT_EQ(WithTokenMember("token_type", "bearer"), Reason::kNone);
  EXPECT_EQ(WithTokenMember("token_type", "BEARER"), Reason::kNone);
  for (const Json& value : {Json("mac"), Json("bearer "), Json(""), Json(nullptr), Json(1)}) {
    EXPECT_EQ(WithTokenMember("token_type", value), Reason::kTokenMalformed) << value;
  }
  EXPECT_EQ(WithoutTokenMember("token_type"), Reason::kTokenMalformed);
}

TEST_F(SignInTest, ExpiresInMayBeMissingButNotMalformed) {
  EXPECT_EQ(WithoutTokenMember("expires_in"), Reason::kNone);
  EXPECT_EQ(WithTokenMember("expires_in", 0), Reason::kNone);
  for (const Json& value : {Json("3599"), Json(nullptr), Json(-1), Json(1.5)}) {
    EXPECT_EQ(WithTokenMember("expires_in", value), Reason::kTokenMalformed) << value;
  }
}

// --- the ID token is verified before userinfo is asked

TEST_F(SignInTest, AnIdTokenThatFailsEndsTheSignIn) {
  Json claims = rp_.GoodClaims();
  claims["nonce"] = "another";
  EXPECT_EQ(WithTokenMember("id_token", RelyingParty::Signed(claims)), Reason::kIdTokenNonce);
  EXPECT_EQ(rp_.http.Count(kUserinfoUrl), 0);
}

TEST_F(SignInTest, HashesAreOfThisCodeStateAndToken) {
  Json claims = rp_.GoodClaims();
  claims["c_hash"] = tests::B64(base::Sha256(kCode).substr(0, 16));
  claims["s_hash"] = tests::B64(base::Sha256(rp_.transaction.state.Reveal()).substr(0, 16));
  claims["at_hash"] = tests::B64(base::Sha256(kAccessToken).substr(0, 16));
  EXPECT_EQ(WithTokenMember("id_token", RelyingParty::Signed(claims)), Reason::kNone);
}

TEST_F(SignInTest, LowLevelsAreTheIdentitysNotARefusal) {
  Json claims = rp_.GoodClaims();
  claims["authentication_assurance_level"] = "2";
  claims["id_assurance_level"] = 1;
  Json answer = TokenAnswer();
  answer["id_token"] = RelyingParty::Signed(claims);
  AnswerWith(answer);
  const auto identity = Run();
  ASSERT_TRUE(identity.has_value());
  EXPECT_EQ(identity->aal, 2);
  EXPECT_EQ(identity->ial, 1);
}

// --- userinfo: OIDC Core 5.3

// NHS CIA UI Req 001.
TEST_F(SignInTest, UserinfoOfAnotherPersonIsRefused) {
  for (const Json& value : {Json("656005750104"), Json(""), Json(kSub + " "), Json(nullptr),
                            Json(656005750105), Json::array({kSub})}) {
    EXPECT_EQ(WithUserinfoMember("sub", value), Reason::kUserinfoSubject) << value;
  }
  EXPECT_EQ(WithoutUserinfoMember("sub"), Reason::kUserinfoSubject);
}

TEST_F(SignInTest, UserinfoThatRefusesTheTokenIsARefusal) {
  for (const int status : {400, 401, 403, 404}) {
    EXPECT_EQ(WithUserinfoAnswer(JsonAnswer(R"({"error":"invalid_token"})", status)),
              Reason::kUserinfoRefused);
  }
}

TEST_F(SignInTest, UserinfoThatIsAwayIsUnavailableAndRaisesSuspicion) {
  rp_.clock.Advance(std::chrono::seconds(60));
  EXPECT_EQ(WithUserinfoAnswer(JsonAnswer("{}", 502)), Reason::kProviderUnavailable);
  EXPECT_EQ(DueIn(), std::chrono::seconds(0));
}

TEST_F(SignInTest, UserinfoOfAnotherKindIsMalformed) {
  const std::string good = GoodUserinfo().dump();
  for (const auto& answer :
       {WithType("application/jwt", RelyingParty::Signed(GoodUserinfo())), WithType("text/html", good),
        JsonAnswer("[]"), JsonAnswer(""), JsonAnswer(good, 302),
        JsonAnswer(R"({"sub":"656005750105",)" + good.substr(1))}) {
    EXPECT_EQ(WithUserinfoAnswer(answer), Reason::kUserinfoMalformed) << answer->body;
  }
}

TEST_F(SignInTest, ALargeUserinfoUpToAMebibyteIsRead) {
  EXPECT_EQ(WithUserinfoMember("x", std::string(900UL * 1024, 'x')), Reason::kNone);
  EXPECT_EQ(rp_.http.requests().back().max_response, 1024U * 1024U);
  EXPECT_EQ(WithUserinfoMember("x", std::string(1024UL * 1024, 'x')), Reason::kUserinfoMalformed);
}

TEST_F(SignInTest, UserinfosLevelMayNotContradict) {
  EXPECT_EQ(WithoutUserinfoMember("idassurancelevel"), Reason::kNone);
  EXPECT_EQ(WithUserinfoMember("idassurancelevel", 3), Reason::kNone);
  EXPECT_EQ(WithUserinfoMember("idassurancelevel", "2"), Reason::kIalUserinfoLower);
  EXPECT_EQ(WithUserinfoMember("idassurancelevel", "three"), Reason::kIalUserinfoLower);
}

TEST_F(SignInTest, RolesMayBeMissingEmptyOneOrMany) {
  const Json role = GoodUserinfo()["nhsid_nrbac_roles"][0];
  const std::map<std::size_t, Json> cases = {{0, Json::array()}, {1, role}, {2, Json::array({role, role})}};
  for (const auto& [count, value] : cases) {
    ASSERT_EQ(WithUserinfoMember("nhsid_nrbac_roles", value), Reason::kNone);
    EXPECT_EQ(Run()->roles.size(), count);
  }
  ASSERT_EQ(WithoutUserinfoMember("nhsid_nrbac_roles"), Reason::kNone);
  EXPECT_TRUE(Run()->roles.empty());
}

TEST_F(SignInTest, ASelectedRoleThatIsNotAmongTheRolesIsThePolicysQuestion) {
  Json claims = rp_.GoodClaims();
  claims["selected_roleid"] = "999";
  EXPECT_EQ(WithTokenMember("id_token", RelyingParty::Signed(claims)), Reason::kNone);
  EXPECT_EQ(Run()->selected_roleid, "999");
}

TEST_F(SignInTest, ARoleOfAnotherFormIsMalformed) {
  const Json role = GoodUserinfo()["nhsid_nrbac_roles"][0];
  for (const Json& value : {Json(nullptr), Json("S8001:G8002:R8008"), Json(7), Json::array({nullptr}),
                            Json::array({role, "x"}), Json::array({Json::array({role})}), Json::object()}) {
    EXPECT_EQ(WithUserinfoMember("nhsid_nrbac_roles", value), Reason::kUserinfoMalformed) << value;
  }
  for (const char* name : {"person_roleid", "org_code", "role_code"}) {
    for (const Json& value : {Json(nullptr), Json(""), Json(7), Json::array({"a"})}) {
      Json changed = role;
      changed[name] = value;
      EXPECT_EQ(WithUserinfoMember("nhsid_nrbac_roles", Json::array({role, changed})),
                Reason::kUserinfoMalformed)
          << name << value;
    }
    Json without = role;
    without.erase(name);
    EXPECT_EQ(WithUserinfoMember("nhsid_nrbac_roles", Json::array({without})), Reason::kUserinfoMalformed)
        << name;
  }
}

TEST_F(SignInTest, ActivityCodesAreAListAStringOrMissing) {
  Json role = GoodUserinfo()["nhsid_nrbac_roles"][0];
  role["activity_codes"] = "B0062";
  ASSERT_EQ(WithUserinfoMember("nhsid_nrbac_roles", role), Reason::kNone);
  EXPECT_THAT(Run()->roles[0].activity_codes, ElementsAre("B0062"));
  role["activity_codes"] = Json::array();
  ASSERT_EQ(WithUserinfoMember("nhsid_nrbac_roles", role), Reason::kNone);
  for (const Json& value :
       {Json(nullptr), Json(62), Json::object(), Json::array({62}), Json::array({nullptr})}) {
    role["activity_codes"] = value;
    EXPECT_EQ(WithUserinfoMember("nhsid_nrbac_roles", role), Reason::kUserinfoMalformed) << value;
  }
}

TEST_F(SignInTest, OrganisationsAreAListAnObjectOrMissing) {
  ASSERT_EQ(WithUserinfoMember("nhsid_user_orgs", {{"org_code", "RX1"}}), Reason::kNone);
  EXPECT_THAT(Run()->orgs, ElementsAre("RX1"));
  ASSERT_EQ(WithoutUserinfoMember("nhsid_user_orgs"), Reason::kNone);
  EXPECT_TRUE(Run()->orgs.empty());
  for (const Json& value : {Json(nullptr), Json("RX1"), Json::array({"RX1"}), Json::object(),
                            Json::array({Json{{"org_code", ""}}}), Json::array({Json{{"org_code", 1}}})}) {
    EXPECT_EQ(WithUserinfoMember("nhsid_user_orgs", value), Reason::kUserinfoMalformed) << value;
  }
}

// --- signed userinfo

class SignedUserinfoTest : public SignInTest {
 protected:
  SignedUserinfoTest() { rp_.settings.userinfo_signed = true; }

  Reason WithToken(const std::string& token) {
    return WithUserinfoAnswer(WithType("application/jwt", token));
  }
  Reason With(const char* name, const Json& value) {
    Json claims = GoodUserinfo();
    claims[name] = value;
    return WithToken(RelyingParty::Signed(claims));
  }
};

TEST_F(SignedUserinfoTest, AGoodAnswerWithoutIssuerAndAudienceIsRead) {
  ASSERT_EQ(WithToken(RelyingParty::Signed(GoodUserinfo())), Reason::kNone);
  EXPECT_EQ(Run()->roles.size(), 2U);
  EXPECT_EQ(http::FindHeader(rp_.http.requests().back().headers, "Accept"), "application/jwt");
}

TEST_F(SignedUserinfoTest, APlainAnswerIsRefused) {
  EXPECT_EQ(WithUserinfoAnswer(JsonAnswer(GoodUserinfo().dump())), Reason::kUserinfoMalformed);
  EXPECT_EQ(WithToken(GoodUserinfo().dump()), Reason::kUserinfoSignature);
}

TEST_F(SignedUserinfoTest, TheSignatureMustBeTheProviders) {
  const std::string payload = GoodUserinfo().dump();
  const std::string header = R"({"typ":"JWT","kid":")" + kKid + R"(","alg":"RS256"})";
  EXPECT_EQ(WithToken(tests::SignToken(header, payload, TestKey::OtherRsa(), "RS256")),
            Reason::kUserinfoSignature);
  EXPECT_EQ(WithToken(tests::B64(R"({"alg":"none"})") + "." + tests::B64(payload) + "."),
            Reason::kUserinfoSignature);
  EXPECT_EQ(WithToken(tests::MacToken(R"({"alg":"HS256"})", payload, TestKey::Rsa().PublicPem())),
            Reason::kUserinfoSignature);
  EXPECT_EQ(WithToken(tests::SignToken(R"({"alg":"RS512","kid":")" + kKid + R"("})", payload, TestKey::Rsa(),
                                       "RS512")),
            Reason::kUserinfoSignature);
}

TEST_F(SignedUserinfoTest, KeysThatCannotBeHadAreNotTheTokensFault) {
  rp_.http.Answer(kJwksUrl, WithType("text/html", "", 503));
  const std::string header = R"({"kid":"unknown","alg":"RS256"})";
  EXPECT_EQ(WithToken(tests::SignToken(header, GoodUserinfo().dump(), TestKey::Rsa(), "RS256")),
            Reason::kProviderUnavailable);
}

TEST_F(SignedUserinfoTest, IssuerAudienceAndExpiryFitWhereTheyAreThere) {
  EXPECT_EQ(With("iss", kIssuer), Reason::kNone);
  EXPECT_EQ(With("iss", kIssuer + "/"), Reason::kUserinfoClaims);
  EXPECT_EQ(With("aud", kClientId), Reason::kNone);
  EXPECT_EQ(With("aud", Json::array({kClientId})), Reason::kNone);
  EXPECT_EQ(With("aud", Json::array({kClientId, "another"})), Reason::kUserinfoClaims);
  EXPECT_EQ(With("aud", Json::array()), Reason::kUserinfoClaims);
  EXPECT_EQ(With("exp", rp_.Now() - 59), Reason::kNone);
  EXPECT_EQ(With("exp", rp_.Now() - 60), Reason::kUserinfoClaims);
  EXPECT_EQ(With("exp", "later"), Reason::kUserinfoClaims);
}

TEST_F(SignedUserinfoTest, AnotherKindOfTokenIsRefused) {
  EXPECT_EQ(WithToken(RelyingParty::Signed(rp_.GoodClaims())), Reason::kUserinfoClaims);  // an ID token
  EXPECT_EQ(With("events", Json::object()), Reason::kUserinfoClaims);
}

TEST_F(SignedUserinfoTest, TheSubjectIsThatOfTheIdToken) {
  EXPECT_EQ(With("sub", "656005759999"), Reason::kUserinfoSubject);
}

// --- profile oidc

class MappedUserinfoTest : public SignInTest {
 protected:
  MappedUserinfoTest() {
    rp_.settings.profile = config::Profile::kOidc;
    rp_.settings.roles_claim = "groups";
    rp_.settings.orgs_claim = "org";
  }
};

TEST_F(MappedUserinfoTest, RolesAndOrganisationsAreWordsOfTheClaimsNamed) {
  AnswerWithUserinfo({{"sub", kSub}, {"groups", {"admins", "on call"}}, {"org", "RX1"}});
  const auto identity = Run();
  ASSERT_TRUE(identity.has_value());
  ASSERT_EQ(identity->roles.size(), 2U);
  EXPECT_EQ(identity->roles[1].role_code, "on call");
  EXPECT_THAT(identity->orgs, ElementsAre("RX1"));
}

TEST_F(MappedUserinfoTest, MissingClaimsAreNoRoles) {
  AnswerWithUserinfo({{"sub", kSub}, {"nhsid_nrbac_roles", "not looked at"}});
  const auto identity = Run();
  ASSERT_TRUE(identity.has_value());
  EXPECT_TRUE(identity->roles.empty());
}

TEST_F(MappedUserinfoTest, WhatIsNoWordIsRefused) {
  for (const Json& value : {Json(nullptr), Json(7), Json(""), Json::object(), Json::array({"a", 7})}) {
    AnswerWithUserinfo({{"sub", kSub}, {"groups", value}});
    EXPECT_EQ(ReasonOfRun(), Reason::kUserinfoMalformed) << value;
  }
}

// --- nothing secret in what goes to a log

TEST_F(SignInTest, NoRefusalHoldsASecret) {
  const std::string id_token = RelyingParty::Signed(rp_.GoodClaims());
  const std::vector<std::string> secrets = {kCode,
                                            kAccessToken,
                                            id_token.substr(0, 40),
                                            "client-secret-canary",
                                            std::string(rp_.transaction.state.Reveal()),
                                            std::string(rp_.transaction.nonce.Reveal()),
                                            std::string(rp_.transaction.code_verifier.Reveal())};
  std::string all;
  for (const std::string& secret : secrets) {
    all += secret + " ";
  }
  std::vector<reasons::Refusal> refusals;
  const auto collect = [&](const std::string& url, const http::ClientResult& answer) {
    const http::ClientResult good =
        url == kTokenUrl ? JsonAnswer(TokenAnswer().dump()) : JsonAnswer(GoodUserinfo().dump());
    rp_.http.Answer(url, answer);
    const auto result = Run();
    ASSERT_FALSE(result.has_value()) << url;
    refusals.push_back(result.error());
    rp_.http.Answer(url, good);
  };
  for (const int status : {200, 302, 400, 401, 500}) {
    collect(kTokenUrl, JsonAnswer(all, status));
    collect(kTokenUrl,
            JsonAnswer(Json({{"error_description", all}, {"error", "server_error"}}).dump(), status));
    collect(kUserinfoUrl, JsonAnswer(all, status));
  }
  for (const char* name : {"iss", "aud", "azp", "nonce", "sub", "acr", "sid", "at_hash", "c_hash", "s_hash",
                           "amr", "authentication_assurance_level", "id_assurance_level"}) {
    Json claims = rp_.GoodClaims();
    claims[name] = Json::array({all});
    Json answer = TokenAnswer();
    answer["id_token"] = RelyingParty::Signed(claims);
    if (std::string(name) != "amr") {
      collect(kTokenUrl, JsonAnswer(answer.dump()));
    }
  }
  // In the fields that are quoted: each secret by itself, so that none hides behind the cut of a long one.
  for (const std::string& secret : secrets) {
    for (const char* name : {"iss", "acr"}) {
      Json claims = rp_.GoodClaims();
      claims[name] = secret;
      Json answer = TokenAnswer();
      answer["id_token"] = RelyingParty::Signed(claims);
      collect(kTokenUrl, JsonAnswer(answer.dump()));
    }
    for (const char* name : {"alg", "kid", "typ"}) {
      Json header = {{"alg", "RS256"}, {"kid", kKid}, {"typ", "JWT"}};
      header[name] = secret;
      Json answer = TokenAnswer();
      answer["id_token"] = tests::SignToken(header.dump(), rp_.GoodClaims().dump(), TestKey::Rsa(), "RS256");
      collect(kTokenUrl, JsonAnswer(answer.dump()));
    }
  }
  for (const reasons::Refusal& refusal : refusals) {
    EXPECT_TRUE(refusal.args.empty());
    for (const std::string& secret : secrets) {
      EXPECT_EQ(refusal.detail.find(secret), std::string::npos)
          << reasons::Id(refusal.reason) << refusal.detail;
    }
  }
}

// --- whether the provider refuses us

class RefusedTest : public SignInTest {
 protected:
  std::optional<bool> IsRefused() {
    const auto credential = ClientCredential::Load(rp_.settings);
    SignIn sign_in(rp_.settings, rp_.provider, rp_.http, *credential, rp_.clock, rp_.random);
    return sign_in.IsRefused(kRedirectUri);
  }
  std::optional<bool> IsRefusedAt(const std::string& error) {
    rp_.http.Answer(kTokenUrl, WithType("application/json", R"({"error":")" + error + "\"}", 401));
    return IsRefused();
  }
  static std::vector<http::ClientResult> NoAnswers() {
    return {WithType("text/html", "", 503),
            WithType("application/json", R"({"error":"server_error"})", 500),
            WithType("application/json", R"({"error":"invalid_client"})", 429),
            WithType("application/json", R"({"error":"temporarily_unavailable"})", 400),
            WithType("text/html", "<h1>Blocked</h1>", 403),
            WithType("text/html", "<h1>Log in to the wireless network</h1>", 200),
            tests::FaultAnswer(http::TransportFault::kTimeout)};
  }
};

TEST_F(RefusedTest, OnlyInvalidClientSaysSo) {
  EXPECT_EQ(IsRefusedAt("invalid_client"), true);
  for (const char* error : {"invalid_grant", "unauthorized_client", "invalid_request"}) {
    EXPECT_EQ(IsRefusedAt(error), false) << error;
  }
}

TEST_F(RefusedTest, WhatIsNoAnswerSaysNothing) {
  for (const http::ClientResult& none : NoAnswers()) {
    rp_.http.Answer(kTokenUrl, none);
    EXPECT_EQ(IsRefused(), std::nullopt) << (none ? none->body : none.error().detail);
  }
}

TEST_F(RefusedTest, WithoutDiscoveryThereIsNoAnswer) {
  IsRefusedAt("invalid_client");
  rp_.clock.Advance(std::chrono::hours(24));
  EXPECT_EQ(IsRefused(), std::nullopt);
}

// Emergency codes count while we are refused. They neither begin nor cease to because a question got lost.
TEST_F(RefusedTest, WhatIsNoAnswerChangesNothingAndIsAskedAgainSoon) {
  rp_.provider.DoubtClient();
  rp_.provider.ClientIs(IsRefusedAt("invalid_client"));
  for (const http::ClientResult& none : NoAnswers()) {
    rp_.http.Answer(kTokenUrl, none);
    ASSERT_TRUE(rp_.provider.Refresh());
    rp_.provider.ClientIs(IsRefused());
    EXPECT_TRUE(rp_.provider.FoundAway());
    EXPECT_TRUE(rp_.provider.ClientIsInDoubt());
    EXPECT_LE(rp_.provider.RefreshDue() - rp_.clock.Now(), std::chrono::seconds(30));
  }
  rp_.provider.ClientIs(IsRefusedAt("invalid_grant"));
  EXPECT_FALSE(rp_.provider.FoundAway());
  EXPECT_FALSE(rp_.provider.ClientIsInDoubt());

  rp_.provider.DoubtClient();
  rp_.provider.ClientIs(std::nullopt);
  EXPECT_FALSE(rp_.provider.FoundAway());
  EXPECT_TRUE(rp_.provider.ClientIsInDoubt());
}

TEST_F(RefusedTest, NobodyElsesCodeIsInTheQuestion) {
  ASSERT_EQ(WithTokenAnswer(WithType("application/json", R"({"error":"invalid_client"})", 401)),
            Reason::kTokenInvalidClient);
  const std::string login = rp_.http.requests().back().body;
  EXPECT_TRUE(rp_.provider.ClientIsInDoubt());
  EXPECT_FALSE(rp_.provider.FoundAway());
  IsRefusedAt("invalid_client");
  IsRefusedAt("invalid_client");
  const auto requests = rp_.http.requests();
  EXPECT_EQ(requests.back().url, kTokenUrl);
  EXPECT_EQ(requests.back().body.find(kCode), std::string::npos);
  EXPECT_NE(login.find(kCode), std::string::npos);
  EXPECT_NE(requests.back().body, requests[requests.size() - 2].body);  // never the same one twice
}

TEST_F(RefusedTest, OtherFailuresOfALoginAreNoDoubt) {
  for (const char* error : {"invalid_grant", "invalid_request"}) {
    WithTokenAnswer(WithType("application/json", std::string(R"({"error":")") + error + "\"}", 400));
    EXPECT_FALSE(rp_.provider.ClientIsInDoubt()) << error;
  }
}

}  // namespace
}  // namespace cis2::oidc
