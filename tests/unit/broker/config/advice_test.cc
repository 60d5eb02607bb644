#include "broker/config/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AdviceTest : public testing::Test {
 protected:
  AdviceTest() {
    config_.provider.issuer = kLiveIssuer;
    policy::Grant grant;
    grant.name = "a";
    grant.services = {"sshd"};
    grant.accounts = {"x"};
    grant.operators = {"656005750104"};
    config_.grants = {grant};
  }
  policy::Grant& Grant() { return config_.grants[0]; }

  Config config_;
};

TEST_F(AdviceTest, IsSilentAboutAGoodConfiguration) { EXPECT_THAT(Advice(config_), IsEmpty()); }

TEST_F(AdviceTest, NoGrantMeansNobody) {
  config_.grants.clear();
  EXPECT_THAT(Advice(config_), ElementsAre(HasSubstr("nobody can log in")));
}

TEST_F(AdviceTest, WildcardsMatchNothing) {
  Grant().accounts = {"x", "a*"};
  EXPECT_THAT(Advice(config_), ElementsAre(HasSubstr("names the account a*; accounts are compared exactly")));
}

TEST_F(AdviceTest, TheSubOfCis2Has12Digits) {
  for (const char* sub : {"asmith", "65600575010", "6560057501040", "65600575010x"}) {
    Grant().operators = {sub};
    EXPECT_THAT(Advice(config_),
                ElementsAre(HasSubstr(std::string("names the operator ") + sub + "; a sub of CIS2")));
  }
  config_.provider.profile = Profile::kOidc;
  EXPECT_THAT(Advice(config_), IsEmpty());
}

TEST_F(AdviceTest, RolesAndActivitiesNeedTheirScope) {
  Grant().roles = {"S8001:G8002:R8008"};
  EXPECT_THAT(Advice(config_), ElementsAre(HasSubstr("needs the scope \"nationalrbacaccess\" in")));
  Grant().roles.clear();
  Grant().activities = {"B0062"};
  config_.provider.scopes = {"openid", "associatedorgs"};
  EXPECT_THAT(Advice(config_), ElementsAre(HasSubstr("needs the scope \"nationalrbacaccess\" in")));
  config_.provider.scopes = {"openid", "nationalrbacaccess"};
  EXPECT_THAT(Advice(config_), IsEmpty());
}

TEST_F(AdviceTest, OrganisationsNeedOneOfTwoScopes) {
  Grant().orgs = {"RX1"};
  EXPECT_THAT(Advice(config_), ElementsAre(HasSubstr("\"nationalrbacaccess\" or \"associatedorgs\"")));
  config_.provider.scopes = {"openid", "associatedorgs"};
  EXPECT_THAT(Advice(config_), IsEmpty());
}

TEST_F(AdviceTest, RolesComeFromUserinfo) {
  Grant().orgs = {"RX1"};
  config_.provider.scopes = {"openid", "associatedorgs"};
  config_.provider.userinfo = false;
  EXPECT_THAT(Advice(config_), ElementsAre(HasSubstr("come from userinfo")));
}

TEST_F(AdviceTest, RoleCodeOfAnotherFormIsTold) {
  config_.provider.scopes = {"openid", "nationalrbacaccess"};
  Grant().roles = {"R8008"};
  EXPECT_THAT(Advice(config_), ElementsAre(HasSubstr("role codes of CIS2 have three parts")));
}

TEST_F(AdviceTest, KeyForAServiceWithoutKeysIsTold) {
  Grant().services = {"sudo", "su-l", "login"};
  Grant().allow_system_account = true;
  EXPECT_THAT(Advice(config_), ElementsAre(HasSubstr("can never match")));
  Grant().services.emplace_back("sshd");
  EXPECT_THAT(Advice(config_), IsEmpty());
}

TEST_F(AdviceTest, ClientNetworksForLocalServicesAreTold) {
  Grant().services = {"sudo-i"};
  Grant().client_networks = {*policy::Network::Parse("192.0.2.0/24")};
  EXPECT_THAT(Advice(config_), ElementsAre(HasSubstr("come from no client")));
}

TEST_F(AdviceTest, LifetimeBeyondSshdsGraceIsTold) {
  config_.host.login_lifetime = seconds{115};
  EXPECT_THAT(Advice(config_), IsEmpty());
  config_.host.login_lifetime = seconds{116};
  EXPECT_THAT(Advice(config_),
              ElementsAre(HasSubstr("logins by sshd get 115s and not the 116s of host.login_lifetime")));
  config_.host.sshd_login_grace = seconds{0};
  EXPECT_THAT(Advice(config_), IsEmpty());
}

TEST_F(AdviceTest, LifetimeOfSshdItselfIsTheOneThatCounts) {
  config_.host.lifetimes["sshd"] = seconds{300};
  EXPECT_THAT(Advice(config_), ElementsAre(HasSubstr("5m of host.lifetimes")));
  config_.host.login_lifetime = seconds{600};
  config_.host.lifetimes["sshd"] = seconds{60};
  EXPECT_THAT(Advice(config_), IsEmpty());
}

TEST_F(AdviceTest, TestProviderAndLooseAuditAreTold) {
  config_.provider.issuer = "https://sim.example";
  config_.provider.allow_test_provider = true;
  config_.audit.durable = false;
  EXPECT_THAT(Advice(config_), ElementsAre(HasSubstr("test provider"), HasSubstr("audit.durable is false")));
}

}  // namespace
}  // namespace cis2::config
