#include "broker/ctl/sshd_settings.h"

#include "broker/ctl/sshd_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

// What Debian's sshd has by itself.
const SshdSettings kStock = ParseSshdDump(
    "port 22\nusepam yes\nlogingracetime 120\nkbdinteractiveauthentication no\npasswordauthentication yes\n"
    "maxstartups 10:30:100\nauthenticationmethods any\nport 23\n");

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

TEST(SshdSettingsTest, EnoughTime) {
  EXPECT_TRUE(IsGraceEnough(seconds{0}, seconds{120})) << "no limit";
  EXPECT_TRUE(IsGraceEnough(seconds{120}, seconds{120}));
  EXPECT_FALSE(IsGraceEnough(seconds{119}, seconds{120}));
  EXPECT_FALSE(IsGraceEnough(seconds{3600}, seconds{0})) << "the broker believes that there is no limit";
}

}  // namespace
}  // namespace cis2::ctl
