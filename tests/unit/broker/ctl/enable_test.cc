// Goal: what enable asks for before it changes anything, how it hears a yes, and what it makes of a test login.
#include "broker/base/fd.h"
#include "broker/ctl/confirmation.h"
#include "broker/ctl/enable_checks.h"
#include "broker/ctl/test_login.h"
#include "broker/ctl/test_login_command.h"
#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace cis2::ctl {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

// --- checks

policy::Grant GrantFor(const std::string& service) {
  policy::Grant grant;
  grant.services = {service};
  return grant;
}

TEST(EnableChecksTest, AGrantMustNameTheService) {
  config::Config config;
  EXPECT_FALSE(CheckGrants(config, "sudo").ok);
  config.grants.push_back(GrantFor("sshd"));
  EXPECT_FALSE(CheckGrants(config, "sudo").ok);
  config.grants.push_back(GrantFor("sudo-i"));
  EXPECT_TRUE(CheckGrants(config, "sudo").ok) << "one family";
}

TEST(EnableChecksTest, TheProviderMustBeThere) {
  EXPECT_TRUE(CheckProviderState("present").ok);
  for (const char* state : {"away", "starting", ""}) {
    EXPECT_FALSE(CheckProviderState(state).ok) << state;
  }
}

TEST(EnableChecksTest, TheRescueGroupMustHaveSomebodyWhoCanGetIn) {
  using Members = std::vector<RescueMember>;
  EXPECT_TRUE(CheckRescueGroup("", std::nullopt).ok) << "root alone";
  EXPECT_THAT(CheckRescueGroup("r", std::nullopt).text, HasSubstr("groupadd --system r"));
  EXPECT_THAT(CheckRescueGroup("r", Members{}).text, HasSubstr("usermod -a -G r NAME"));
  EXPECT_THAT(CheckRescueGroup("r", Members{{.account = "ann", .has_password = false}}).text,
              HasSubstr("passwd ann"));
  const Check good = CheckRescueGroup("r", Members{{"ann", false}, {"bob", true}});
  EXPECT_TRUE(good.ok);
  EXPECT_THAT(good.text, HasSubstr("ann, bob"));
}

TEST(EnableChecksTest, OneThatIsNotOkIsEnough) {
  EXPECT_TRUE(AllOk({{true, ""}, {true, ""}}));
  EXPECT_FALSE(AllOk({{true, ""}, {false, ""}}));
}

TEST(RescueGroupTest, TheHostKnowsItsGroups) {
  EXPECT_FALSE(RescueMembers("no-such-group-here").has_value());
  const auto daemon = RescueMembers("daemon");  // of Debian's own accounts, with daemon by its own group
  ASSERT_TRUE(daemon.has_value());
  ASSERT_FALSE(daemon->empty());
  EXPECT_EQ(daemon->front().account, "daemon");
  EXPECT_FALSE(daemon->front().has_password);
}

// --- the word of the person

class ConfirmationTest : public testing::Test {
 protected:
  ConfirmationTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reader_ = base::UniqueFd(ends[0]);
    writer_ = base::UniqueFd(ends[1]);
  }
  Confirmation After(const std::string& typed, seconds limit = seconds{60}) {
    EXPECT_EQ(::write(writer_.get(), typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
    return WaitForConfirmation(reader_.get(), waits_, limit, out_);
  }

  tests::TempDir dir_;
  std::string waits_ = dir_.Write("unconfirmed", "id\n");
  base::UniqueFd reader_, writer_;
  std::ostringstream out_;
};

TEST_F(ConfirmationTest, YesAndNo) {
  EXPECT_EQ(After("yes\n"), Confirmation::kYes);
  EXPECT_EQ(After("Y\n"), Confirmation::kYes);
  EXPECT_EQ(After("no\n"), Confirmation::kNo);
  EXPECT_EQ(After("N\n"), Confirmation::kNo);
}

TEST_F(ConfirmationTest, AnythingElseIsAskedAgain) {
  EXPECT_EQ(After("what\nyes please\nno\n"), Confirmation::kNo);
}

TEST_F(ConfirmationTest, TheEndOfTheInputIsNo) {
  writer_.Reset();
  EXPECT_EQ(WaitForConfirmation(reader_.get(), waits_, seconds{60}, out_), Confirmation::kNo);
}

TEST_F(ConfirmationTest, SomebodyElseHasSpoken) {
  std::filesystem::remove(waits_);
  EXPECT_EQ(WaitForConfirmation(reader_.get(), waits_, seconds{60}, out_), Confirmation::kElsewhere);
}

TEST_F(ConfirmationTest, SomebodyElseSpeaksMeanwhile) {
  std::thread other([this] { std::filesystem::remove(waits_); });
  EXPECT_EQ(WaitForConfirmation(reader_.get(), waits_, seconds{60}, out_), Confirmation::kElsewhere);
  other.join();
}

TEST_F(ConfirmationTest, NobodyInTime) {
  EXPECT_EQ(WaitForConfirmation(reader_.get(), waits_, seconds{0}, out_), Confirmation::kTooLate);
}

// --- the test login

constexpr const char* kAudit =
    R"({"event":"login.outcome","reference":"A","service":"sshd","account":"op1","outcome":"refused","reason":"policy.no_grant","sub":"1"})"
    "\n"
    R"({"event":"login.signed_in","reference":"B","service":"sshd","account":"op1","sub":"1"})"
    "\n"
    R"({"event":"login.outcome","reference":"C","service":"sudo","account":"op1","outcome":"allowed"})"
    "\n"
    R"({"event":"login.outcome","reference":"D","service":"sshd","account":"op2","outcome":"allowed"})"
    "\n"
    "half a li";

TEST(LastOutcomeTest, IsThatOfTheServiceAndTheAccount) {
  const auto end = LastOutcome(kAudit, "sshd", "op1");
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->reference, "A");
  EXPECT_EQ(end->reason, "policy.no_grant");
  EXPECT_EQ(end->sub, "1");
}

TEST(LastOutcomeTest, TheNewestOfSeveral) {
  const std::string twice = R"({"event":"login.outcome","reference":"1","service":"s","account":"a"})"
                            "\n"
                            R"({"event":"login.outcome","reference":"2","service":"s","account":"a"})";
  EXPECT_EQ(LastOutcome(twice, "s", "a")->reference, "2");
}

TEST(LastOutcomeTest, NothingWhereThereIsNone) {
  EXPECT_FALSE(LastOutcome(kAudit, "su", "op1").has_value());
  EXPECT_FALSE(LastOutcome("", "sshd", "op1").has_value());
}

TEST(AcceptedKeyLineTest, IsWhatSshdWrites) {
  EXPECT_EQ(AcceptedKeyLine("ssh-ed25519 AAAAC3+/= me@here\n"), "publickey ssh-ed25519 AAAAC3+/=");
  EXPECT_EQ(AcceptedKeyLine("ssh-ed25519 AAAA"), "publickey ssh-ed25519 AAAA");
  EXPECT_EQ(AcceptedKeyLine("sk-ssh-ed25519@openssh.com AAAA x"),
            "publickey sk-ssh-ed25519@openssh.com AAAA");
  for (const char* line : {"", "ssh-ed25519", "ssh-ed25519 ", " AAAA", "ssh-ed25519 BBBB",
                           "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "from=\"x\" ssh-ed25519 AAAA"}) {
    EXPECT_FALSE(AcceptedKeyLine(line).has_value()) << line;
  }
}

TEST(MakeAskTest, SaysWhatIsMissing) {
  const auto why_not = [](const TestLoginOptions& options) {
    const auto ask = MakeAsk(options, {});
    return ask ? "not refused" : ask.error().message;
  };
  ::unsetenv("SUDO_USER");
  EXPECT_THAT(why_not({}), HasSubstr("--account NAME"));
  EXPECT_THAT(why_not({.account = "no-such-account"}), HasSubstr("no account no-such-account"));
  EXPECT_THAT(why_not({.account = "root"}), HasSubstr("root signs in as before"));
  EXPECT_THAT(why_not({.account = "daemon", .client_address = "here"}), HasSubstr("numeric"));
  EXPECT_THAT(why_not({.service = "su", .account = "daemon"}), HasSubstr("--ruser NAME"));
  EXPECT_THAT(why_not({.service = "su", .account = "daemon", .ruser = "root"}), HasSubstr("--ruser NAME"));
  EXPECT_THAT(why_not({.account = "daemon", .key_file = "/dev/null"}), HasSubstr("regular file"));
}

TEST(MakeAskTest, SudoAsksForTheCallerAndSuForTheTarget) {
  const auto sudo = MakeAsk({.service = "sudo", .account = "daemon", .ruser = "bin"}, {});
  ASSERT_TRUE(sudo.has_value());
  EXPECT_EQ(sudo->ruser, "daemon");
  EXPECT_EQ(sudo->uid, 1U);
  const auto su = MakeAsk({.service = "su-l", .account = "daemon", .ruser = "bin"}, {});
  ASSERT_TRUE(su.has_value());
  EXPECT_EQ(su->ruser, "bin");
  EXPECT_EQ(su->uid, 2U);
}

TEST(MakeAskTest, SshdIsToldWhereTheClientIs) {
  ::setenv("SSH_CONNECTION", "192.0.2.9 1 192.0.2.1 22", 1);
  EXPECT_EQ(MakeAsk({.account = "daemon"}, {})->client_address, "192.0.2.9");
  EXPECT_EQ(MakeAsk({.account = "daemon", .client_address = "192.0.2.7"}, {})->client_address, "192.0.2.7");
  ::unsetenv("SSH_CONNECTION");
  EXPECT_EQ(MakeAsk({.account = "daemon"}, {})->client_address, "127.0.0.1");
  EXPECT_FALSE(MakeAsk({.account = "daemon"}, {})->uid.has_value());
}

}  // namespace
}  // namespace cis2::ctl
