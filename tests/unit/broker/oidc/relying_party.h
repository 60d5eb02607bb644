// One relying party with a scripted, well-behaved CIS2, for the tests of this folder to change in one point.
#ifndef CIS2_TESTS_UNIT_BROKER_OIDC_RELYING_PARTY_H_
#define CIS2_TESTS_UNIT_BROKER_OIDC_RELYING_PARTY_H_

#include "broker/base/json.h"
#include "broker/oidc/authorize.h"
#include "broker/oidc/provider.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/scripted_http.h"
#include "tests/support/token_maker.h"

#include <cstdint>
#include <string>

namespace cis2::oidc {

inline const std::string kIssuer =
    "https://am.sim-cis2.example:443/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare";
inline const std::string kDiscoveryUrl = kIssuer + "/.well-known/openid-configuration";
inline const std::string kTokenUrl = kIssuer + "/access_token";
inline const std::string kUserinfoUrl = kIssuer + "/userinfo";
inline const std::string kJwksUrl = kIssuer + "/connect/jwk_uri";
inline const std::string kClientId = "392455101813.apps.national";
inline const std::string kRedirectUri = "https://server.example.nhs.uk:8443/callback";
inline const std::string kCode = "SplxlOBeZQQYbYS6WxSbIA-code-canary";
inline const std::string kAccessToken = "SlAV32hkKG.access-token-canary";
inline const std::string kSub = "656005750105";
inline const std::string kKid = "b/O6OvVv1+y+WgrH5Ui9WTioLt0=";

inline config::Provider TestSettings() {
  config::Provider settings;
  settings.issuer = kIssuer;
  settings.client_id = kClientId;
  return settings;
}

// A discovery document with everything that is needed and much that is not.
inline base::Json DiscoveryDocument() {
  return {{"issuer", kIssuer},
          {"authorization_endpoint", kIssuer + "/authorize"},
          {"token_endpoint", kTokenUrl},
          {"userinfo_endpoint", kUserinfoUrl},
          {"jwks_uri", kJwksUrl},
          {"subject_types_supported", {"public"}},
          {"response_types_supported", {"code"}},
          {"id_token_signing_alg_values_supported", {"PS384", "HS256", "RS256", "RS512"}}};
}

struct RelyingParty {
  RelyingParty() : provider(settings, http, clock) {
    http.Answer(kDiscoveryUrl, tests::JsonAnswer(DiscoveryDocument().dump()));
    http.Answer(kJwksUrl, tests::JsonAnswer(tests::Jwks({tests::TestKey::Rsa().Jwk(kKid, "RS256")})));
  }

  // Seconds since 1970, now.
  [[nodiscard]] std::int64_t Now() const {
    return std::chrono::floor<std::chrono::seconds>(clock.WallNow()).time_since_epoch().count();
  }

  // The claims of a token that is good in every point, in the shape that CIS2 has them.
  [[nodiscard]] base::Json GoodClaims() const {
    return {{"iss", kIssuer},
            {"aud", kClientId},
            {"azp", kClientId},
            {"sub", kSub},
            {"iat", Now()},
            {"exp", Now() + 3600},
            {"auth_time", Now() - 20},
            {"nonce", std::string(transaction.nonce.Reveal())},
            {"acr", "AAL3_ANY"},
            {"amr", {"N3_SMARTCARD"}},
            {"sid", "a+b/c="},
            {"selected_roleid", "656014452101"},
            {"authentication_assurance_level", 3},
            {"id_assurance_level", "3"},
            {"realm", "/NHSIdentity/Healthcare"},
            {"tokenName", "id_token"}};
  }

  // A token signed as it should be.
  [[nodiscard]] static std::string Signed(const base::Json& claims) {
    return tests::SignToken(R"({"typ":"JWT","kid":")" + kKid + R"(","alg":"RS256"})", claims.dump(),
                            tests::TestKey::Rsa(), "RS256");
  }

  config::Provider settings = TestSettings();
  tests::FakeClock clock;
  tests::FakeRandom random;
  tests::ScriptedHttp http;
  Provider provider;
  Transaction transaction = NewTransaction(settings, random);
};

}  // namespace cis2::oidc

#endif  // CIS2_TESTS_UNIT_BROKER_OIDC_RELYING_PARTY_H_
