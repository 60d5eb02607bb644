#include "broker/ctl/sshd_settings.h"

#include "broker/ctl/sshd_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What Debian's sshd has by itself.
const SshdSettings kStock = ParseSshdDump(
    "port 22\nusepam yes\nlogingracetime 120\nkbdinteractiveauthentication no\npasswordauthentication yes\n"
    "maxstartups 10:30:100\nauthenticationmethods any\nport 23\n");

SshdSettings With(const std::string& keyword, const std::string& value) {
  SshdSettings settings = {{"usepam", "yes"},
                           {"kbdinteractiveauthentication", "yes"},
                           {"passwordauthentication", "no"},
                           {"logingracetime", "120"},
                           {"maxstartups", "60:30:200"},
                           {"authenticationmethods", "any"}};
  settings[keyword] = value;
  return settings;
}

TEST(SshdSettingsTest, TheBlockHasWhatIsNeeded) {
  EXPECT_EQ(SshdBlock(kStock, seconds{180}),
            "# begin cis2 (cis2ctl enable): \"cis2ctl disable sshd\" takes it out again\n"
            "# The sign-in is asked for by keyboard-interactive, through PAM.\n"
            "UsePAM yes\n"
            "KbdInteractiveAuthentication yes\n"
            "PasswordAuthentication no\n"
            "# As long as [host] sshd_login_grace in broker.toml, or longer.\n"
            "LoginGraceTime 180\n"
            "# People in the browser are logins that are not finished.\n"
            "MaxStartups 60:30:200\n"
            "# end cis2\n");
}

TEST(SshdSettingsTest, WhatIsMoreGenerousStays) {
  const std::string block =
      SshdBlock({{"logingracetime", "300"}, {"maxstartups", "100:10:500"}}, seconds{120});
  EXPECT_THAT(block, HasSubstr("LoginGraceTime 300\n"));
  EXPECT_THAT(block, HasSubstr("MaxStartups 100:10:500\n"));
}

TEST(SshdSettingsTest, NoGraceTimeAtAllIsTheMostGenerous) {
  EXPECT_THAT(SshdBlock({{"logingracetime", "0"}}, seconds{120}), HasSubstr("LoginGraceTime 0\n"));
  EXPECT_THAT(SshdBlock({{"logingracetime", "120"}}, seconds{0}), HasSubstr("LoginGraceTime 0\n"));
}

TEST(SshdSettingsTest, WithTheBlockNothingIsInTheWay) {
  EXPECT_THAT(SshdProblems(With("port", "22"), seconds{120}), IsEmpty());
  EXPECT_THAT(SshdProblems(With("logingracetime", "0"), seconds{120}), IsEmpty());
  EXPECT_THAT(SshdProblems(With("authenticationmethods", "publickey,keyboard-interactive:pam"), seconds{120}),
              IsEmpty());
}

TEST(SshdSettingsTest, EachThatIsInTheWayIsNamed) {
  const auto problem = [](const char* keyword, const char* value) {
    const auto problems = SshdProblems(With(keyword, value), seconds{120});
    return problems.size() == 1 ? problems.front() : "not one problem";
  };
  EXPECT_THAT(problem("usepam", "no"), HasSubstr("usepam no"));
  EXPECT_THAT(problem("kbdinteractiveauthentication", "no"), HasSubstr("needed is yes"));
  EXPECT_THAT(problem("passwordauthentication", "yes"), HasSubstr("needed is no"));
  EXPECT_THAT(problem("logingracetime", "119"), HasSubstr("sshd_login_grace is 120"));
  EXPECT_THAT(problem("authenticationmethods", "publickey"), HasSubstr("never asks"));
}

}  // namespace
}  // namespace cis2::ctl
