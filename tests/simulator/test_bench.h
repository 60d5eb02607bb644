// The endpoints without a process around them, under a clock that stands still, and one journey through them.
#ifndef CIS2_TESTS_SIMULATOR_TEST_BENCH_H_
#define CIS2_TESTS_SIMULATOR_TEST_BENCH_H_

#include "broker/http/message.h"
#include "tests/simulator/bench.h"
#include "tests/simulator/control.h"
#include "tests/simulator/endpoints.h"
#include "tests/simulator/keys.h"
#include "tests/simulator/registration.h"
#include "tests/simulator/test_party.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace cis2::simulator::testing {

inline const std::string kPath = "/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare";
inline const std::string kIssuer = "https://am.sim-cis2.example:443" + kPath;
inline const std::string kClientId = "0000000000.example.apps";
inline const std::string kCallback = "https://server.example:8443/callback";
inline const std::string kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";  // RFC 7636 appendix B
// Of the client's assertions: a key that is quickly made.
inline const std::string kAlg = "ES256";
inline const std::string kSecret = "a client secret with / + = & and : in it";

// Fields by name, so that a test changes or drops one.
using FieldMap = std::map<std::string, std::string>;

inline Fields AsFields(const FieldMap& map) { return {map.begin(), map.end()}; }

class SimulatorTest : public ::testing::Test {
 protected:
  // In place of the JWKS.
  void RegisterSecret() {
    registration_.client.read_jwks = nullptr;
    registration_.client.secret = base::Secret(kSecret);
  }

  Answer Get(const std::string& path, const std::string& query = "", http::Headers headers = {}) {
    http::ServerRequest request;
    request.method = http::Method::kGet;
    request.path = kPath + path;
    request.query = query;
    request.headers = std::move(headers);
    request.peer_address = "127.0.0.1";
    return endpoints_.Handle(request);
  }

  Answer Post(const std::string& path, const std::string& body, http::Headers headers = {}) {
    http::ServerRequest request;
    request.method = http::Method::kPost;
    request.path = kPath + path;
    request.headers = std::move(headers);
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = body;
    return endpoints_.Handle(request);
  }

  Answer Call(const std::string& path, const std::string& body = "") {
    http::ServerRequest request;
    request.method = body.empty() ? http::Method::kGet : http::Method::kPost;
    request.path = path;
    request.body = body;
    return control_.Handle(request);
  }

  static FieldMap AuthorizationFields() {
    return {{"response_type", "code"},
            {"client_id", kClientId},
            {"redirect_uri", kCallback},
            {"scope", "openid nationalrbacaccess associatedorgs"},
            {"state", "hello"},
            {"nonce", "a-nonce"},
            {"acr_values", "AAL3_ANY"},
            {"prompt", "login"},
            {"max_age", "300"},
            {"code_challenge", S256(kVerifier)},
            {"code_challenge_method", "S256"}};
  }

  // Signs in without a page; the parameters that come back.
  FieldMap SignIn(const std::string& name, const FieldMap& fields = AuthorizationFields()) {
    bench_.robot = name;
    return ReturnedBy(Get("/authorize", Encode(AsFields(fields))));
  }

  static FieldMap ReturnedBy(const Answer& answer) {
    EXPECT_EQ(answer.response.status, 302) << answer.response.body;
    return QueryOf(std::string(http::FindHeader(answer.response.headers, "Location").value_or("")));
  }

  [[nodiscard]] std::int64_t Now() const {
    return std::chrono::floor<std::chrono::seconds>(clock_.WallNow()).time_since_epoch().count();
  }

  PlainJson AssertionClaims() {
    return {{"iss", kClientId},   {"sub", kClientId}, {"aud", kIssuer + "/access_token"},
            {"exp", Now() + 300}, {"iat", Now()},     {"jti", "jti-" + std::to_string(++jti_)}};
  }
  static PlainJson AssertionHeader(const std::string& alg = kAlg) {
    return {{"alg", alg}, {"kid", PartyKey::For(alg).kid()}, {"typ", "JWT"}};
  }

  FieldMap TokenFields(const std::string& code) {
    return {{"grant_type", "authorization_code"},
            {"code", code},
            {"redirect_uri", kCallback},
            {"code_verifier", kVerifier},
            {"client_id", kClientId},
            {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
            {"client_assertion", PartyKey::For(kAlg).Sign(AssertionHeader(), AssertionClaims())}};
  }

  Answer Redeem(const FieldMap& fields, http::Headers headers = {}) {
    return Post("/access_token", Encode(AsFields(fields)), std::move(headers));
  }

  static PlainJson JsonOf(const Answer& answer) {
    return PlainJson::parse(answer.response.body, nullptr, false);
  }

  // The whole way to tokens; the answer of the token endpoint, which must be one.
  PlainJson TokensOf(const std::string& name, const FieldMap& fields = AuthorizationFields()) {
    const Answer answer = Redeem(TokenFields(SignIn(name, fields)["code"]));
    EXPECT_EQ(answer.response.status, 200) << answer.note;
    return JsonOf(answer);
  }
  PlainJson IdTokenOf(const std::string& name, const FieldMap& fields = AuthorizationFields()) {
    return VerifiedClaims(TokensOf(name, fields));
  }
  PlainJson VerifiedClaims(const PlainJson& tokens) {
    const auto claims = VerifyByCjose(tokens.value("id_token", ""), JsonOf(Get("/connect/jwk_uri")));
    EXPECT_TRUE(claims.has_value());
    return claims.value_or(PlainJson::object());
  }
  Answer AskUserinfo(const std::string& access_token) {
    return Get("/userinfo", "", {{"Authorization", "Bearer " + access_token}});
  }
  PlainJson UserinfoOf(const std::string& name, const FieldMap& fields = AuthorizationFields()) {
    return JsonOf(AskUserinfo(TokensOf(name, fields).value("access_token", "")));
  }

  std::string client_jwks_ = JwksOf({kAlg});
  Registration registration_ = Registered();
  tests::FakeClock clock_;
  tests::FakeRandom random_;
  KeyRing& keys_ = SharedKeys();
  Bench bench_{clock_, random_};
  Endpoints endpoints_{registration_, keys_, bench_, clock_, random_};
  Control control_{bench_};

 private:
  Registration Registered() {
    Registration registration;
    registration.issuer = kIssuer;
    registration.client.id = kClientId;
    registration.client.redirect_uris = {kCallback, kCallback + "?tenant=1"};
    registration.client.read_jwks = [this] { return base::Result<std::string>(client_jwks_); };
    return registration;
  }
  // Made once: RSA keys take their time.
  static KeyRing& SharedKeys() {
    static auto keys = KeyRing::Make(std::nullopt);
    return *keys;
  }
  int jti_ = 0;
};

}  // namespace cis2::simulator::testing

#endif  // CIS2_TESTS_SIMULATOR_TEST_BENCH_H_
