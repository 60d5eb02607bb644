#include "broker/ctl/doctor/check_clocks.h"

#include "tests/unit/broker/ctl/doctor/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl::doctor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(CheckConsoleTest, LoginMustWaitLongerThanALoginLasts) {
  config::Config config;
  EXPECT_THAT(Ids(JudgeConsole(config, "LOGIN_TIMEOUT\t\t60\n")), IsEmpty()) << "55 s and 5 s";
  EXPECT_THAT(Ids(JudgeConsole(config, "# nothing\n")), IsEmpty()) << "60 s is what login(1) has";
  EXPECT_THAT(Ids(JudgeConsole(config, "LOGIN_TIMEOUT 0\n")), IsEmpty()) << "0 is no limit";
  const Findings findings = JudgeConsole(config, "FAIL_DELAY 3\nLOGIN_TIMEOUT 30\n");
  EXPECT_THAT(Ids(findings), ElementsAre("problem login.timeout"));
  EXPECT_EQ(MendOf(findings, "login.timeout"), Replace("/etc/login.defs", 2, "LOGIN_TIMEOUT\t\t60"));
  config.host.lifetimes["login"] = std::chrono::seconds{120};
  EXPECT_EQ(MendOf(JudgeConsole(config, ""), "login.timeout"),
            Append("/etc/login.defs", "LOGIN_TIMEOUT\t\t125"));
}

TEST(CheckSudoTest, SudoMustWaitAndAskEachTime) {
  const auto defaults = [](const char* waits, const char* remembers) {
    return ParseSudoDefaults(std::string("Sudo version 1.9.13p3\nPassword prompt timeout: ") + waits +
                             " minutes\nAuthentication timestamp timeout: " + remembers + " minutes\n");
  };
  const config::Config config;
  EXPECT_THAT(Ids(JudgeSudo(config, defaults("0.0", "0.0"))), IsEmpty());
  EXPECT_THAT(Ids(JudgeSudo(config, defaults("5.0", "0.0"))), IsEmpty()) << "4 min fit into 5";
  EXPECT_THAT(Ids(JudgeSudo(config, defaults("4.0", "0.0"))), ElementsAre("problem sudo.passwd_timeout"));
  EXPECT_THAT(Ids(JudgeSudo(config, defaults("0.0", "15.0"))), ElementsAre("advice sudo.timestamp"));
  EXPECT_THAT(Ids(JudgeSudo(config, defaults("0.0", "-1.0"))), ElementsAre("advice sudo.timestamp"));
  EXPECT_THAT(Ids(JudgeSudo(config, ParseSudoDefaults("Sudo version 1.9\n"))), IsEmpty());
}

TEST(CheckClockTest, OursAgainstTheProviders) {
  const config::Config config;
  EXPECT_THAT(Ids(JudgeClock(config, {.behind = 60, .synchronised = true})), IsEmpty());
  EXPECT_THAT(Ids(JudgeClock(config, {.behind = std::nullopt, .synchronised = true})), IsEmpty());
  const Findings kept = JudgeClock(config, {.behind = -61, .synchronised = true});
  EXPECT_THAT(Ids(kept), ElementsAre("problem clock.skew"));
  EXPECT_THAT(MendOf(kept, "clock.skew").elsewhere, HasSubstr("with a third one")) << "NTP is on already";
  EXPECT_THAT(Ids(JudgeClock(config, {.behind = 3600, .synchronised = false})),
              ElementsAre("problem clock.skew", "advice clock.not_synchronised"));
}

TEST(CheckClockTest, WhatIsThereDecidesWhatMends) {
  const config::Config config;
  const auto mend = [&](const char* shown, const char* id) {
    return MendOf(
        JudgeClock(config, {.behind = 3600, .synchronised = false, .client = ParseTimeClient(shown)}), id);
  };
  for (const char* id : {"clock.skew", "clock.not_synchronised"}) {
    EXPECT_EQ(mend("CanNTP=no\nNTP=no\n", id), Command("apt-get install systemd-timesyncd"));
    EXPECT_EQ(mend("CanNTP=yes\nNTP=no\n", id), Command("timedatectl set-ntp true"));
    EXPECT_THAT(mend("CanNTP=yes\nNTP=yes\n", id).elsewhere,
                HasSubstr("NTP= in /etc/systemd/timesyncd.conf"));
    EXPECT_THAT(mend("", id).elsewhere, HasSubstr("run an NTP client"));
    EXPECT_THAT(mend("NTP=yes\n", id).elsewhere, HasSubstr("run an NTP client"));
  }
}

}  // namespace
}  // namespace cis2::ctl::doctor
