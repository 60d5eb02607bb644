#include "broker/ctl/doctor/check_sshd.h"

#include "tests/unit/broker/ctl/doctor/findings.h"
#include "tests/unit/broker/ctl/host_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl::doctor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kInclude = "Include /etc/ssh/sshd_config.d/*.conf\n";
constexpr const char* kReload = "systemctl reload ssh.service";

class CheckSshdTest : public testing::Test {
 protected:
  CheckSshdTest() { host_.With("/etc/ssh/sshd_config", kInclude); }

  Findings Judge() {
    facts_.lines = ReadSshdFiles(host_.tree());
    return JudgeSshd(config_, facts_);
  }

  HostTree host_;
  config::Config config_;
  SshdFacts facts_{.config = kSshdConfig,
                   .settings = {{"usepam", "yes"},
                                {"kbdinteractiveauthentication", "yes"},
                                {"passwordauthentication", "no"},
                                {"logingracetime", "120"},
                                {"maxstartups", "60:30:200"},
                                {"maxauthtries", "6"},
                                {"authenticationmethods", "any"}},
                   .lines = {},
                   .newest = 1000,
                   .loaded = 1000};
};

TEST_F(CheckSshdTest, WhatReadmeSaysIsFine) { EXPECT_THAT(Ids(Judge()), IsEmpty()); }

TEST_F(CheckSshdTest, AWrongValueIsMendedWhereItComesFrom) {
  host_.With("/etc/ssh/sshd_config.d/50-cloud.conf", "# theirs\nUsePAM no\n")
      .With("/etc/ssh/sshd_config", std::string(kInclude) + "UsePAM yes\n");
  facts_.settings["usepam"] = "no";
  const Findings findings = Judge();
  EXPECT_THAT(Ids(findings), ElementsAre("problem sshd.use_pam"));
  EXPECT_EQ(MendOf(findings, "sshd.use_pam"),
            Replace("/etc/ssh/sshd_config.d/50-cloud.conf", 2, "UsePAM yes", kReload));
}

TEST_F(CheckSshdTest, ADefaultIsMendedInADropIn) {
  facts_.settings["kbdinteractiveauthentication"] = "no";
  EXPECT_EQ(
      MendOf(Judge(), "sshd.kbd_interactive"),
      InsertAbove("/etc/ssh/sshd_config.d/10-cis2.conf", 1, "KbdInteractiveAuthentication yes", kReload));
}

TEST_F(CheckSshdTest, AnotherFileOfSshdIsMendedItself) {
  facts_.config = "/srv/sshd_config";
  facts_.settings["usepam"] = "no";
  EXPECT_EQ(MendOf(Judge(), "sshd.use_pam"), InsertAbove("/srv/sshd_config", 1, "UsePAM yes", kReload));
}

TEST_F(CheckSshdTest, AMatchBlockThatDecidesIsTheLineToMend) {
  host_.With("/etc/ssh/sshd_config", std::string(kInclude) +
                                         "KbdInteractiveAuthentication yes\nMatch User op1\n"
                                         "KbdInteractiveAuthentication no\n");
  facts_.settings["kbdinteractiveauthentication"] = "no";
  EXPECT_EQ(MendOf(Judge(), "sshd.kbd_interactive").number, 4);
}

TEST_F(CheckSshdTest, PasswordsAndMethods) {
  facts_.settings["passwordauthentication"] = "yes";
  facts_.settings["authenticationmethods"] = "publickey password";
  EXPECT_THAT(Ids(Judge()), ElementsAre("advice sshd.password", "problem sshd.authentication_methods"));
  facts_.settings["authenticationmethods"] = "publickey,keyboard-interactive:pam";
  EXPECT_THAT(Ids(Judge()), ElementsAre("advice sshd.password"));
}

TEST_F(CheckSshdTest, WhatASignInRestsOn) {
  EXPECT_THAT(Ids(JudgeSshdSignIn(config_, facts_)), IsEmpty());
  facts_.settings = {{"usepam", "no"},
                     {"kbdinteractiveauthentication", "no"},
                     {"passwordauthentication", "yes"},
                     {"logingracetime", "60"},
                     {"maxstartups", "10:30:100"},
                     {"maxauthtries", "1"},
                     {"authenticationmethods", "publickey"}};
  EXPECT_THAT(Ids(JudgeSshdSignIn(config_, facts_)),
              ElementsAre("problem sshd.use_pam", "problem sshd.kbd_interactive", "advice sshd.password",
                          "problem sshd.authentication_methods", "problem sshd.login_grace"));
}

TEST_F(CheckSshdTest, GraceThatEndsBeforeTheBrokerThinks) {
  facts_.settings["logingracetime"] = "60";
  const Findings findings = Judge();
  EXPECT_THAT(Ids(findings), ElementsAre("problem sshd.login_grace"));
  EXPECT_EQ(MendOf(findings, "sshd.login_grace").line, "LoginGraceTime 120");
  config_.host.sshd_login_grace = std::chrono::seconds{0};
  EXPECT_THAT(Ids(Judge()), ElementsAre("problem sshd.login_grace"));
}

TEST_F(CheckSshdTest, GraceThatIsLongerIsToldToTheBroker) {
  config_ = Configured("[host]\nsshd_login_grace = \"120s\"\n");
  for (const auto& [real, line] :
       {std::pair{"300", "sshd_login_grace = \"5m\""}, std::pair{"0", "sshd_login_grace = \"0s\""}}) {
    facts_.settings["logingracetime"] = real;
    const Findings findings = Judge();
    EXPECT_THAT(Ids(findings), ElementsAre("advice sshd.login_grace"));
    EXPECT_EQ(MendOf(findings, "sshd.login_grace"),
              Replace("/etc/cis2-broker/broker.toml", 2, line, "systemctl restart cis2-broker.service"));
  }
}

TEST_F(CheckSshdTest, Startups) {
  facts_.settings["maxstartups"] = "10:30:100";
  EXPECT_EQ(MendOf(Judge(), "sshd.max_startups").line, "MaxStartups 60:30:200");
  facts_.settings["maxstartups"] = "60:30:300";
  const Findings findings = Judge();
  EXPECT_THAT(Ids(findings), ElementsAre("advice sshd.max_startups_total"));
  EXPECT_EQ(MendOf(findings, "sshd.max_startups_total").line, "limits.pending_total = 400");
}

TEST_F(CheckSshdTest, TriesAndPenalties) {
  facts_.settings["maxauthtries"] = "2";
  facts_.settings["persourcepenalties"] = "crash:90 authfail:5";
  facts_.settings["persourcepenaltyexemptlist"] = "none";
  EXPECT_THAT(Ids(Judge()), ElementsAre("advice sshd.max_auth_tries", "advice sshd.penalties"));
  facts_.settings["persourcepenaltyexemptlist"] = "192.0.2.1";
  EXPECT_THAT(Ids(Judge()), ElementsAre("advice sshd.max_auth_tries"));
  facts_.settings["persourcepenaltyexemptlist"] = "none";
  facts_.settings["persourcepenalties"] = "no";
  EXPECT_THAT(Ids(Judge()), ElementsAre("advice sshd.max_auth_tries"));
}

TEST_F(CheckSshdTest, AGrantThatNeedsAKeyNeedsSshdToAskForOne) {
  policy::Grant grant;
  grant.name = "keys";
  grant.services = {"sshd"};
  grant.require_key = true;
  config_.grants = {grant};
  const Findings findings = Judge();
  EXPECT_THAT(Ids(findings), ElementsAre("problem sshd.key_first"));
  EXPECT_EQ(MendOf(findings, "sshd.key_first").line, "AuthenticationMethods publickey,keyboard-interactive");
  facts_.settings["authenticationmethods"] = "publickey,keyboard-interactive";
  EXPECT_THAT(Ids(Judge()), IsEmpty());
  config_.grants[0].services = {"sudo"};
  facts_.settings["authenticationmethods"] = "any";
  EXPECT_THAT(Ids(Judge()), IsEmpty());
}

TEST_F(CheckSshdTest, DropInsThatNobodyReads) {
  host_.With("/etc/ssh/sshd_config", "Port 22\n");
  EXPECT_EQ(MendOf(Judge(), "sshd.no_include"),
            InsertAbove("/etc/ssh/sshd_config", 1, "Include /etc/ssh/sshd_config.d/*.conf", kReload));
}

TEST_F(CheckSshdTest, ADropInThatComesTooLate) {
  host_.With("/etc/ssh/sshd_config.d/10-early.conf", "LoginGraceTime 60\n")
      .With("/etc/ssh/sshd_config.d/99-cis2.conf", "LoginGraceTime 120\n");
  EXPECT_EQ(MendOf(Judge(), "sshd.overridden").command,
            "mv /etc/ssh/sshd_config.d/99-cis2.conf /etc/ssh/sshd_config.d/00-99-cis2.conf && " +
                std::string(kReload));
  host_.With("/etc/ssh/sshd_config.d/00-10.conf", "LoginGraceTime 30\n");
  EXPECT_THAT(MendOf(Judge(), "sshd.overridden").command, testing::HasSubstr("/0-99-cis2.conf"));
  host_.With("/etc/ssh/sshd_config.d/10-early.conf", "")
      .With("/etc/ssh/sshd_config.d/00-10.conf", "")
      .With("/etc/ssh/sshd_config", std::string("LoginGraceTime 60\n") + kInclude);
  EXPECT_EQ(MendOf(Judge(), "sshd.overridden").line, "Include /etc/ssh/sshd_config.d/*.conf");
}

TEST_F(CheckSshdTest, OthersMayOverrideEachOther) {
  host_.With("/etc/ssh/sshd_config.d/00-cis2.conf", "LoginGraceTime 120\n")
      .With("/etc/ssh/sshd_config.d/50-cloud.conf", "LoginGraceTime 60\n");
  EXPECT_THAT(Ids(Judge()), IsEmpty());
}

TEST_F(CheckSshdTest, FilesThatTheRunningSshdHasNotRead) {
  facts_.newest = 1001;
  EXPECT_THAT(Ids(Judge()), ElementsAre("problem sshd.reload"));
  facts_.loaded = std::nullopt;
  EXPECT_THAT(Ids(Judge()), IsEmpty()) << "not known is not wrong";
}

}  // namespace
}  // namespace cis2::ctl::doctor
