#include "broker/config/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A configuration that is right; every test changes one thing.
Config Good() {
  Config config;
  config.provider.issuer = kLiveIssuer;
  config.provider.client_id = "0000000000.example.apps";
  config.web.public_url = "https://server.example.nhs.uk:8443";
  policy::Grant grant;
  grant.name = "imaging";
  grant.services = {"sshd"};
  grant.accounts = {"pacs-admin"};
  grant.operators = {"656005750104"};
  config.grants = {grant};
  return config;
}

std::vector<std::string> Messages(const Config& config) {
  std::vector<std::string> messages;
  for (const Problem& problem : CheckRules(config)) {
    messages.push_back(problem.message);
  }
  return messages;
}

class CheckRulesTest : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> Found() const { return Messages(config_); }

  Config config_ = Good();
};

TEST_F(CheckRulesTest, AcceptsAGoodConfiguration) { EXPECT_THAT(Found(), IsEmpty()); }

TEST_F(CheckRulesTest, WantsTheKeysWithoutDefault) {
  config_.provider.issuer.clear();
  config_.provider.client_id.clear();
  config_.web.public_url.clear();
  EXPECT_THAT(Found(),
              ElementsAre(HasSubstr("provider.issuer is not set"), HasSubstr("provider.client_id is not set"),
                          HasSubstr("web.public_url is not set")));
}

TEST_F(CheckRulesTest, ProblemHasThePlaceOfItsKeyOrItsGrant) {
  config_.provider.scopes = {"profile"};
  config_.places["provider.scopes"] = {"b.toml", 7, 10};
  config_.grants[0].services.clear();
  config_.grants[0].max_auth_age = seconds{301};
  config_.places["grant[0]"] = {"b.toml", 20, 1};

  const auto problems = CheckRules(config_);

  ASSERT_EQ(problems.size(), 3U);
  EXPECT_TRUE(Format(problems[0]).starts_with("b.toml:7:10: provider.scopes"));
  EXPECT_TRUE(Format(problems[1]).starts_with("b.toml:20:1: grant \"imaging\" has no services"));
  EXPECT_TRUE(Format(problems[2]).starts_with("b.toml:20:1: grant \"imaging\": max_auth_age"));
}

// --- where client keys are

TEST_F(CheckRulesTest, TheFormOfAKeyUriIsChecked) {
  config_.provider.client_key = "pkcs11:object=client?pin-value=918273";
  config_.provider.client_keys_published = {"/etc/cis2-broker/old.pem", "handle:0x81010001", "handle:1"};
  EXPECT_THAT(Found(),
              ElementsAre(HasSubstr("provider.client_key: the PKCS#11 URI holds a PIN"),
                          HasSubstr("provider.client_keys_published: expected the persistent handle")));
  EXPECT_EQ(Found()[0].find("918273"), std::string::npos);
}

TEST_F(CheckRulesTest, AClientWithASecretPublishesNoKeys) {
  config_.provider.client_auth = ClientAuth::kClientSecretPost;
  config_.provider.client_secret_file = "/etc/cis2-broker/secret";
  EXPECT_THAT(Found(), IsEmpty());
  config_.provider.client_keys_published = {"/etc/cis2-broker/old.pem"};
  EXPECT_THAT(Found(),
              ElementsAre(HasSubstr("provider.client_keys_published: a client with a secret has no keys")));
}

// --- the issuer

TEST_F(CheckRulesTest, AnotherIssuerThanLiveNeedsConsent) {
  config_.provider.issuer = std::string(kLiveIssuer) + "/";
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("allow_test_provider = true")));
  config_.provider.allow_test_provider = true;
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(CheckRulesTest, IssuerIsAnHttpsUrlWithoutQuery) {
  config_.provider.allow_test_provider = true;
  for (const char* issuer : {"http://am.example/x", "https://am.example/x?y", "https://am.example/x#y",
                             "am.example", "https://user@am.example/x", "https:///x", "HTTPS://am.example"}) {
    config_.provider.issuer = issuer;
    EXPECT_THAT(Found(), ElementsAre(HasSubstr("provider.issuer: expected an https URL"))) << issuer;
  }
}

// --- floors of profile cis2

TEST_F(CheckRulesTest, SignInMustBeFresh) {
  config_.provider.max_age = seconds{301};
  EXPECT_THAT(Found(), IsEmpty());
  config_.provider.prompt = "";
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("prompt = \"login\" or max_age")));
  config_.provider.max_age = seconds{300};
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(CheckRulesTest, MaxAuthAgeIsAtMostFiveMinutes) {
  config_.grants[0].max_auth_age = seconds{301};
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("max_auth_age is at most \"5m\"")));
}

TEST_F(CheckRulesTest, MinAalIsNotAboveWhatAcrValuesGive) {
  const auto accepted = [this](const char* acr_values, int min_aal) {
    config_.provider.acr_values = acr_values;
    config_.grants[0].min_aal = min_aal;
    return Found().empty();
  };
  for (const char* acr :
       {"", "AAL3_ANY", "AAL3_FIDO2", "AAL3_CIS2_SMARTCARD", "AAL2_OR_AAL3_ANY", "AAL2_TOTP AAL3_IOS"}) {
    EXPECT_TRUE(accepted(acr, 3)) << acr;
  }
  for (const char* acr : {"AAL2_ANY", "AAL2_TOTP", "AAL2_NHSMAIL", "AAL1_USERPASS AAL2_ANY"}) {
    EXPECT_TRUE(accepted(acr, 2)) << acr;
    EXPECT_FALSE(accepted(acr, 3)) << acr;
  }
  EXPECT_TRUE(accepted("AAL1_USERPASS", 1));
  EXPECT_FALSE(accepted("AAL1_USERPASS", 2));
}

TEST_F(CheckRulesTest, AcrValuesThatCis2DoesNotHaveAreRefused) {
  for (const char* acr : {"AAL4_ANY", "aal3_any", "AAL3", "AAL3_", "AAL3_ANY ", " AAL3_ANY",
                          "AAL3_ANY  AAL2_ANY", "AAL0_ANY", "urn:x"}) {
    config_.provider.acr_values = acr;
    EXPECT_THAT(Found(), ElementsAre(HasSubstr("provider.acr_values: expected values of CIS2"))) << acr;
  }
}

TEST_F(CheckRulesTest, ScopesMustHaveOpenid) {
  config_.provider.scopes = {"profile"};
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("must have \"openid\"")));
}

TEST_F(CheckRulesTest, WhatCis2SendsIsNotASetting) {
  Provider& p = config_.provider;
  p.endpoint_hosts = {"login.example"};
  p.aal_claim = "acr";
  p.ial_claim = "";
  p.aal_values = p.ial_values = {{"strong", 3}};
  p.roles_claim = p.orgs_claim = "groups";
  const auto found = Found();
  EXPECT_EQ(found.size(), 7U);
  for (const std::string& message : found) {
    EXPECT_THAT(message, HasSubstr("may only be set with profile = \"oidc\""));
  }
}

TEST_F(CheckRulesTest, EveryGrantOfCis2AsksForLevels) {
  config_.grants[0].min_aal = 0;
  config_.grants[0].min_ial = 0;
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("min_aal is at least 1"), HasSubstr("min_ial is at least 1")));
}

// --- profile oidc

class OidcRulesTest : public CheckRulesTest {
 protected:
  OidcRulesTest() {
    config_.provider.profile = Profile::kOidc;
    config_.provider.issuer = "https://login.example";
    config_.provider.acr_values = "urn:example:mfa";
  }
};

TEST_F(OidcRulesTest, TheFloorsOfCis2AreNotThere) {
  config_.provider.prompt = "";
  config_.provider.max_age = seconds{3600};
  config_.grants[0].max_auth_age = seconds{3600};
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(OidcRulesTest, ConsentToATestProviderMeansNothing) {
  config_.provider.allow_test_provider = true;
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("allow_test_provider has no use")));
}

TEST_F(OidcRulesTest, EndpointHostsAreHostsWithOrWithoutAPort) {
  config_.provider.endpoint_hosts = {"keys.example", "login.example:8443"};
  EXPECT_THAT(Found(), IsEmpty());
  for (const char* host :
       {"https://keys.example", "keys.example/", "user@keys.example", "keys.example?x", "*"}) {
    config_.provider.endpoint_hosts = {host};
    EXPECT_THAT(Found(), ElementsAre(HasSubstr("is no HOST or HOST:PORT"))) << host;
  }
}

TEST_F(OidcRulesTest, AGrantDoesNotNeedALevelThatCannotBe) {
  config_.provider.ial_claim = "";
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("needs min_ial 3, but provider.ial_claim is empty")));
  config_.grants[0].min_ial = 0;
  EXPECT_THAT(Found(), IsEmpty());
  config_.provider.aal_values = {{"urn:example:password", 1}, {"urn:example:mfa", 2}};
  EXPECT_THAT(Found(),
              ElementsAre(HasSubstr("needs min_aal 3, but provider.aal_values has no value for it")));
  config_.grants[0].min_aal = 2;
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(OidcRulesTest, WordsWithoutAClaimMeanNothing) {
  config_.provider.aal_claim = "";
  config_.provider.aal_values = {{"urn:example:mfa", 3}};
  config_.grants[0].min_aal = 0;
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("provider.aal_values has no use")));
}

TEST_F(OidcRulesTest, RolesAndOrganisationsNeedTheirClaims) {
  config_.grants[0].roles = {"admins"};
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("provider.roles_claim is empty")));
  config_.provider.roles_claim = "groups";
  EXPECT_THAT(Found(), IsEmpty());
  config_.grants[0].orgs = {"RX1"};
  config_.provider.orgs_claim = "org";
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("a role comes alone")));
  config_.grants[0].roles.clear();
  EXPECT_THAT(Found(), IsEmpty());
  config_.grants[0].activities = {"B0062"};
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("a role comes alone")));
}

// --- client authentication

TEST_F(CheckRulesTest, SecretMethodsNeedASecretFile) {
  for (const auto method : {ClientAuth::kClientSecretBasic, ClientAuth::kClientSecretPost}) {
    config_.provider.client_auth = method;
    config_.provider.client_secret_file = "";
    EXPECT_THAT(Found(), ElementsAre(HasSubstr("client_secret_file is not set")));
    config_.provider.client_secret_file = "/etc/cis2-broker/secret";
    EXPECT_THAT(Found(), IsEmpty());
  }
}

TEST_F(CheckRulesTest, SecretFileHasNoUseWithAKey) {
  config_.provider.client_secret_file = "/etc/cis2-broker/secret";
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("no use with client_auth")));
}

TEST_F(CheckRulesTest, ProxyIsAUrlWithPortAndWithoutPassword) {
  for (const char* proxy :
       {"http://proxy.example:3128", "https://192.0.2.1:8080/", "http://[2001:db8::1]:3128"}) {
    config_.provider.proxy = proxy;
    EXPECT_THAT(Found(), IsEmpty()) << proxy;
  }
  for (const char* proxy : {"proxy:3128", "http://proxy", "http://user:pw@proxy:3128", "socks5://proxy:1080",
                            "http://proxy:3128/x"}) {
    config_.provider.proxy = proxy;
    EXPECT_THAT(Found(), ElementsAre(HasSubstr("provider.proxy: expected"))) << proxy;
  }
}

// --- the pages

TEST_F(CheckRulesTest, PublicUrlIsHttpsWithoutAPath) {
  for (const char* url : {"http://h.example", "https://h.example/", "https://h.example/x",
                          "https://h.example?x", "h.example", "https://u@h.example", "https://h.example:0"}) {
    config_.web.public_url = url;
    EXPECT_THAT(Found(), ElementsAre(HasSubstr("web.public_url: expected https://HOST"))) << url;
  }
}

TEST_F(CheckRulesTest, PublicUrlFitsIntoTheQrCode) {
  const std::string domain = ".example.nhs.uk:8443";
  config_.web.public_url = "https://" + std::string(65 - 8 - domain.size(), 'a') + domain;
  EXPECT_THAT(Found(), IsEmpty());
  config_.web.public_url = "https://" + std::string(66 - 8 - domain.size(), 'a') + domain;
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("has 66 characters; at most 65")));
  config_.web.public_url = "https://[2001:db8::1]:8443";
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("QR code cannot hold")));
}

TEST_F(CheckRulesTest, PublicUrlIsWrittenAsBrowsersWriteIt) {
  config_.web.public_url = "https://Server.example";
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("small letters")));
  config_.web.public_url = "https://server.example:443";
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("leave out \":443\"")));
}

TEST_F(CheckRulesTest, ListenAddressesMustBeReadable) {
  config_.web.listen = {"localhost:8443"};
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("web.listen: \"localhost:8443\"")));
  config_.web.listen = {"0.0.0.0:8443", "0.0.0.0:8443"};
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("twice")));
  config_.web.listen = {};
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("web.listen is empty")));
}

TEST_F(CheckRulesTest, TrustedProxiesMustBeNetworks) {
  config_.web.trusted_proxies = {"192.0.2.0/24", "2001:db8::1"};
  EXPECT_THAT(Found(), IsEmpty());
  config_.web.trusted_proxies = {"proxy.example"};
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("web.trusted_proxies: \"proxy.example\"")));
}

TEST_F(CheckRulesTest, TrustedProxiesAreNoMoreThanTheFrontTakes) {
  config_.web.trusted_proxies.assign(kMaxTrustedProxies, "192.0.2.1");
  EXPECT_THAT(Found(), IsEmpty());
  config_.web.trusted_proxies.emplace_back("192.0.2.2");
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("web.trusted_proxies has 65 entries; at most 64")));
}

// --- the host and the audit

TEST_F(CheckRulesTest, FrontIsAnotherUserAndNeitherIsRoot) {
  config_.host.front_user = config_.host.user;
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("a user of their own")));
  config_.host.front_user = "root";
  EXPECT_THAT(Found(), ElementsAre("host.front_user may not be root"));
  config_.host.front_user = "_cis2-front";
  config_.host.user = "root";
  EXPECT_THAT(Found(), ElementsAre("host.user may not be root"));
}

TEST_F(CheckRulesTest, SocketsAreThreePaths) {
  config_.host.control_socket = config_.host.socket;
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("must be three paths")));
}

TEST_F(CheckRulesTest, DurableAuditNeedsAFile) {
  config_.audit.file.clear();
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("audit.file is not set")));
  config_.audit.durable = false;
  EXPECT_THAT(Found(), IsEmpty());
}

// --- grants

TEST_F(CheckRulesTest, GrantNeedsNameServicesAccountsAndOperators) {
  config_.grants = {policy::Grant{}};
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("grant.name is not set"), HasSubstr("has no services"),
                                   HasSubstr("has neither accounts nor map"), HasSubstr("names nobody")));
}

TEST_F(CheckRulesTest, AnyWayOfNamingOperatorsWillDo) {
  policy::Grant& grant = config_.grants[0];
  for (auto list : {&policy::Grant::roles, &policy::Grant::orgs, &policy::Grant::activities}) {
    grant.operators.clear();
    grant.*list = {"x"};
    EXPECT_THAT(Found(), IsEmpty());
    (grant.*list).clear();
    EXPECT_THAT(Found(), ElementsAre(HasSubstr("names nobody")));
  }
}

TEST_F(CheckRulesTest, NamesOfGrantsAreUnique) {
  config_.grants.push_back(config_.grants[0]);
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("another grant is called \"imaging\"")));
}

TEST_F(CheckRulesTest, MapStandsInPlaceOfAccountsAndOperators) {
  policy::Grant& grant = config_.grants[0];
  grant.map_file = "/etc/cis2-broker/accounts";
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("in place of accounts and operators")));
  grant.accounts.clear();
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("in place of accounts and operators")));
  grant.operators.clear();
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(CheckRulesTest, SameNetworkNeedsNetworks) {
  config_.grants[0].same_network = true;
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("same_network, and host.networks names no networks")));
  config_.grants[0].networks = {{"wards", {*policy::Network::Parse("10.20.0.0/16")}}};
  EXPECT_THAT(Found(), ElementsAre());
}

TEST_F(CheckRulesTest, CallersAreForSu) {
  config_.grants[0].callers = {"alice"};
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("su is not among its services")));
  config_.grants[0].services = {"sshd", "su-l"};
  EXPECT_THAT(Found(), IsEmpty());
}

TEST(FormatTest, WritesPlacesAsCompilersDo) {
  EXPECT_EQ(Format({{"/etc/b.toml", 12, 5}, "wrong"}), "/etc/b.toml:12:5: wrong");
  EXPECT_EQ(Format({{"/etc/b.toml", 0, 0}, "wrong"}), "/etc/b.toml: wrong");
  EXPECT_EQ(Format({{}, "wrong"}), "wrong");
}

}  // namespace
}  // namespace cis2::config
