#include "tests/unit/broker/oidc/relying_party.h"

#include <gtest/gtest.h>

namespace cis2::oidc {
namespace {

using base::Json;
using reasons::Reason;

Reason Parse(const Json& document, const config::Provider& settings = TestSettings()) {
  const auto result = ParseDiscovery(document.dump(), settings);
  return result ? Reason::kNone : result.error().reason;
}

Reason With(const char* name, const Json& value) {
  Json document = DiscoveryDocument();
  document[name] = value;
  return Parse(document);
}

Reason Without(const char* name, const config::Provider& settings = TestSettings()) {
  Json document = DiscoveryDocument();
  document.erase(name);
  return Parse(document, settings);
}

TEST(DiscoveryTest, TakesTheEndpointsByteForByte) {
  const auto discovery = ParseDiscovery(DiscoveryDocument().dump(), TestSettings());
  ASSERT_TRUE(discovery.has_value());
  EXPECT_EQ(discovery->authorization_endpoint, kIssuer + "/authorize");
  EXPECT_EQ(discovery->token_endpoint, kTokenUrl);  // with :443
  EXPECT_EQ(discovery->userinfo_endpoint, kUserinfoUrl);
  EXPECT_EQ(discovery->jwks_uri, kJwksUrl);
  EXPECT_FALSE(discovery->iss_parameter_promised);
}

// OIDC Discovery 4.3.
TEST(DiscoveryTest, IssuerIsComparedByteForByte) {
  std::string without_port = kIssuer;
  without_port.erase(without_port.find(":443"), 4);
  std::string other_case = kIssuer;
  other_case[8] = 'A';
  for (const std::string& issuer : {without_port, other_case, kIssuer + "/", std::string()}) {
    EXPECT_EQ(With("issuer", issuer), Reason::kDiscoveryIssuerMismatch) << issuer;
  }
  EXPECT_EQ(Without("issuer"), Reason::kDiscoveryMalformed);
  EXPECT_EQ(With("issuer", nullptr), Reason::kDiscoveryMalformed);
  EXPECT_EQ(With("issuer", Json::array({kIssuer})), Reason::kDiscoveryMalformed);
}

TEST(DiscoveryTest, WhatIsNotOneObjectIsRefused) {
  for (const char* text : {"", "[]", "null", "<html>", "{}{}", R"({"issuer":"a","issuer":"a"})"}) {
    EXPECT_EQ(ParseDiscovery(text, TestSettings()).error().reason, Reason::kDiscoveryMalformed) << text;
  }
}

class EndpointTest : public testing::TestWithParam<const char*> {};

TEST_P(EndpointTest, IsRequiredAsAString) {
  EXPECT_EQ(Without(GetParam()), Reason::kDiscoveryMalformed);
  EXPECT_EQ(With(GetParam(), nullptr), Reason::kDiscoveryMalformed);
  EXPECT_EQ(With(GetParam(), 7), Reason::kDiscoveryMalformed);
}

TEST_P(EndpointTest, IsHttpsOnTheIssuersOwnHostAndPort) {
  // The default port may be left out: it is the same port.
  EXPECT_EQ(With(GetParam(), "https://am.sim-cis2.example/x"), Reason::kNone);
  EXPECT_EQ(With(GetParam(), "https://AM.sim-cis2.example:443/x"), Reason::kNone);
  for (const char* url :
       {"http://am.sim-cis2.example:443/x", "https://am.sim-cis2.example:8443/x", "https://evil.example/x",
        "https://am.sim-cis2.example.evil.example/x", "https://am.sim-cis2.example@evil.example/x",
        "https://user@am.sim-cis2.example/x", "https://am.sim-cis2.example:443/x#fragment", "/access_token",
        "//am.sim-cis2.example/x", "", "https://", "https://am.sim-cis2.example\\@evil.example/x",
        "https://am.sim-cis2.example/x y", "https://am.sim-cis2.example/\n", "HTTPS://am.sim-cis2.example/x",
        "https://am.sim-cis2.example:0443/x", "https://am.sim-cis2.example:/x"}) {
    EXPECT_EQ(With(GetParam(), url), Reason::kDiscoveryEndpoint) << url;
  }
  EXPECT_EQ(With(GetParam(), "https://am.sim-cis2.example/" + std::string(2100, 'a')),
            Reason::kDiscoveryEndpoint);
}

TEST_P(EndpointTest, MayBeOnAListedHostInProfileOidc) {
  config::Provider settings = TestSettings();
  settings.profile = config::Profile::kOidc;
  settings.endpoint_hosts = {"keys.example", "login.example:8443"};
  const auto with = [&](const char* url) {
    Json document = DiscoveryDocument();
    document[GetParam()] = url;
    return Parse(document, settings);
  };
  EXPECT_EQ(with("https://keys.example/x"), Reason::kNone);
  EXPECT_EQ(with("https://KEYS.example:443/x"), Reason::kNone);
  EXPECT_EQ(with("https://login.example:8443/x"), Reason::kNone);
  for (const char* url : {"https://login.example/x", "https://keys.example:8443/x", "http://keys.example/x",
                          "https://x.keys.example/x", "https://keys.example.evil.example/x"}) {
    EXPECT_EQ(with(url), Reason::kDiscoveryEndpoint) << url;
  }
}

INSTANTIATE_TEST_SUITE_P(All, EndpointTest,
                         testing::Values("authorization_endpoint", "token_endpoint", "userinfo_endpoint",
                                         "jwks_uri"),
                         [](const auto& case_info) { return std::string(case_info.param); });

TEST(DiscoveryTest, TheUserinfoEndpointIsNotNeededWithoutUserinfo) {
  config::Provider settings = TestSettings();
  settings.userinfo = false;
  EXPECT_EQ(Without("userinfo_endpoint", settings), Reason::kNone);
  EXPECT_EQ(Without("userinfo_endpoint"), Reason::kDiscoveryMalformed);
}

// RFC 9207 section 3.
TEST(DiscoveryTest, ThePromiseOfIssIsABoolean) {
  Json document = DiscoveryDocument();
  document["authorization_response_iss_parameter_supported"] = true;
  EXPECT_TRUE(ParseDiscovery(document.dump(), TestSettings())->iss_parameter_promised);
  for (const Json& value : {Json("true"), Json(1), Json(nullptr)}) {
    EXPECT_EQ(With("authorization_response_iss_parameter_supported", value), Reason::kDiscoveryMalformed)
        << value;
  }
}

TEST(OriginOfTest, WritesThePortAlways) {
  EXPECT_EQ(OriginOf("https://a.example"), "https://a.example:443");
  EXPECT_EQ(OriginOf("https://a.example:443/x?y#z"), "https://a.example:443");
  EXPECT_EQ(OriginOf("https://A.Example?x"), "https://a.example:443");
  EXPECT_EQ(OriginOf("https://a.example:8443/"), "https://a.example:8443");
  EXPECT_EQ(OriginOf("https://[2001:DB8::1]/"), "https://[2001:db8::1]:443");
  EXPECT_EQ(OriginOf("https://[::1]:8443"), "https://[::1]:8443");
  EXPECT_EQ(OriginOf("https://127.0.0.1:65535/"), "https://127.0.0.1:65535");
}

TEST(OriginOfTest, RefusesWhatCouldBeReadInTwoWays) {
  for (const char* url : {"",
                          "a.example",
                          "http://a.example",
                          "https:/a.example",
                          "https://",
                          "https:///x",
                          "https://a.example:",
                          "https://a.example:0",
                          "https://a.example:65536",
                          "https://a.example:99999999999",
                          "https://a.example:+443",
                          "https://u@a.example",
                          "https://a.example\\b",
                          "https://a_b.example",
                          "https://a%2eexample",
                          "https://[::1",
                          "https://[a.example]",
                          "https://[127.0.0.1]",
                          "https://[::1]x",
                          "https://a b",
                          " https://a",
                          "https://a.example/\x7f",
                          "https://\xc3\xa9.example"}) {
    EXPECT_EQ(OriginOf(url), std::nullopt) << url;
  }
}

}  // namespace
}  // namespace cis2::oidc
