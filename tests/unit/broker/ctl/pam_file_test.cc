// Goal: the block gets into Debian's own files at the right place and out again without a trace, and no file is touched
// in which it could be passed by.
#include "broker/ctl/pam_file.h"

#include "tests/unit/broker/ctl/pam_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace cis2::ctl {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kPath = "/etc/pam.d/sshd";
const PamChange kChange = {.service = "sshd", .rescue_group = "cis2-rescue"};

std::string With(const std::string& text, const PamChange& change = kChange) {
  return WithPamBlock(text, change, kPath).value_or("refused");
}
std::string WhyNot(const std::string& text) {
  const auto with = WithPamBlock(text, kChange, kPath);
  return with ? "not refused" : with.error().message;
}

TEST(PamBlockTest, LeavesOutRootAndTheRescueGroup) {
  EXPECT_EQ(PamBlock(kChange),
            "# begin cis2 (cis2ctl enable): \"cis2ctl disable sshd\" takes it out again\n"
            "# root and the group cis2-rescue: as before, by the lines below, also with the broker stopped.\n"
            "auth\t[success=2 default=ignore]\tpam_succeed_if.so quiet uid eq 0\n"
            "auth\t[success=1 default=ignore]\tpam_succeed_if.so quiet user ingroup cis2-rescue\n"
            "# Everybody else: NHS CIS2, and nothing below.\n"
            "auth\t[success=done default=die]\tpam_cis2.so\n"
            "account\trequired\tpam_cis2.so\n"
            "# end cis2\n");
}

TEST(PamBlockTest, WithoutAGroupRootAlone) {
  const std::string block = PamBlock({.service = "sudo"});
  EXPECT_THAT(block,
              HasSubstr("auth\t[success=1 default=ignore]\tpam_succeed_if.so quiet uid eq 0\n# Every"));
  EXPECT_THAT(block, Not(HasSubstr("ingroup")));
}

TEST(PamBlockTest, AFallbackStepsAsideForAnAbsentBrokerAlone) {
  EXPECT_THAT(PamBlock({.service = "login", .fallback = true}),
              HasSubstr("auth\t[success=done authinfo_unavail=ignore default=die]\tpam_cis2.so\n"));
}

TEST(PamBlockTest, RefusingOthersLeavesOutTheSamePeople) {
  EXPECT_THAT(PamBlock({.service = "sshd", .rescue_group = "keys", .refuse_others = true}),
              HasSubstr("account\t[success=2 default=ignore]\tpam_succeed_if.so quiet uid eq 0\n"
                        "account\t[success=1 default=ignore]\tpam_succeed_if.so quiet user ingroup keys\n"
                        "account\trequired\tpam_cis2.so others=refuse\n"));
}

TEST(PamBlockTest, NamesASocketOfItsOwn) {
  const std::string block = PamBlock({.service = "sshd", .refuse_others = true, .socket = "/run/x/pam.sock"});
  EXPECT_THAT(block, HasSubstr("default=die]\tpam_cis2.so socket=/run/x/pam.sock\n"));
  EXPECT_THAT(block, HasSubstr("account\trequired\tpam_cis2.so socket=/run/x/pam.sock others=refuse\n"));
}

TEST(PamBlockTest, GroupsThatPamWouldReadOtherwiseAreNone) {
  EXPECT_TRUE(IsGroupName("cis2-rescue"));
  for (const char* name : {"", "two words", "a:b", "[a]", "a\nb", "-a", "#a"}) {
    EXPECT_FALSE(IsGroupName(name)) << name;
  }
}

// --- Debian's files

class DebianFileTest : public testing::TestWithParam<pam_texts::File> {};

TEST_P(DebianFileTest, TheBlockStandsRightAboveWhatAsksForAPassword) {
  const std::string with = With(GetParam().text);
  const auto block = with.find(PamBlock(kChange));
  ASSERT_NE(block, std::string::npos) << with;
  EXPECT_THAT(with.substr(block + PamBlock(kChange).size()), StartsWith("@include common-auth\n"));
  EXPECT_THAT(with.substr(0, block), Not(HasSubstr("common-auth")));
}

TEST_P(DebianFileTest, TakenOutEveryByteIsAsItWas) {
  EXPECT_EQ(WithoutBlock(With(GetParam().text), kPath), GetParam().text);
}

TEST_P(DebianFileTest, TakenOutOfAnEditedFileTheEditStays) {
  const std::string edited = "# mine\n" + With(GetParam().text) + "session optional pam_umask.so";
  EXPECT_EQ(WithoutBlock(edited, kPath), "# mine\n" + GetParam().text + "session optional pam_umask.so");
}

INSTANTIATE_TEST_SUITE_P(Debian, DebianFileTest, testing::ValuesIn(pam_texts::kWithCommonAuth),
                         [](const auto& file) { return file.param.name; });

TEST(PamFileTest, SuLTakesEverythingFromSu) {
  EXPECT_TRUE(TakesAuthFrom(pam_texts::kSuL, "su"));
  EXPECT_FALSE(TakesAuthFrom(pam_texts::kSuL, "sudo"));
  EXPECT_FALSE(TakesAuthFrom(pam_texts::kSu, "su"));
  EXPECT_FALSE(TakesAuthFrom("session include su\nauth required pam_unix.so\n", "su"));
  EXPECT_FALSE(TakesAuthFrom("session include su\n", "su"));
  EXPECT_FALSE(TakesAuthFrom(std::string(pam_texts::kSuL) + "auth sufficient pam_permit.so\n", "su"));
}

// --- other files

TEST(PamFileTest, OtherWaysToAskAreFound) {
  const std::string account = "account required pam_unix.so\n";
  for (const char* asks :
       {"auth include system-auth\n", "auth\tsubstack\tpassword-auth\n", "AUTH required pam_unix.so\n",
        "-auth required pam_foo.so\n", "@include site-auth\n",
        "auth [success=1 default=ignore] \\\n  pam_unix.so \\\n  nullok\n",
        "auth required /lib/security/pam_unix.so\n"}) {
    const std::string before = "# pam_unix.so \\\nauth required pam_env.so\n@include common-session\n";
    EXPECT_EQ(With(before + asks + account), before + PamBlock(kChange) + asks + account);
  }
}

TEST(PamFileTest, TheLastLineMayBeWithoutItsEnd) {
  const std::string text = "account required pam_unix.so\nauth required pam_unix.so";
  EXPECT_EQ(With(text), "account required pam_unix.so\n" + PamBlock(kChange) + "auth required pam_unix.so");
  EXPECT_EQ(WithoutBlock(With(text), kPath), text);
}

TEST(PamFileTest, AWayPastTheBlockIsRefusedWithItsLine) {
  for (const char* above :
       {"auth sufficient pam_wheel.so trust\n", "auth [success=1 default=ignore] pam_wheel.so\n",
        "auth [success=done default=ignore] pam_env.so\n", "account sufficient pam_localuser.so\n",
        "account [success=2 default=ignore] pam_access.so\n", "-account SUFFICIENT pam_localuser.so\n"}) {
    EXPECT_THAT(WhyNot("# comment\n" + std::string(above) + pam_texts::kSudo),
                StartsWith("/etc/pam.d/sshd:2: this "))
        << above;
  }
  EXPECT_THAT(WhyNot("auth sufficient pam_rootok.so\n" + std::string(pam_texts::kSudo)), "not refused");
}

TEST(PamFileTest, WhatStandsBelowMayJump) {
  EXPECT_THAT(WhyNot("auth [success=1 default=ignore] pam_ldap.so\n" + std::string(pam_texts::kSudo)),
              "not refused");
}

TEST(PamFileTest, ALineThatIsNotUnderstoodIsRefused) {
  for (const char* line : {"auht required pam_unix.so\n", "auth required\n", "auth\n", "@include\n",
                           "auth [success=1 pam_unix.so\n", "sshd auth required pam_unix.so\n"}) {
    EXPECT_THAT(WhyNot(std::string(pam_texts::kSudo) + line), HasSubstr("not understood")) << line;
  }
}

TEST(PamFileTest, AFileThatAsksNobodyIsRefused) {
  EXPECT_THAT(WhyNot(""), HasSubstr("no auth line"));
  EXPECT_THAT(WhyNot("auth required pam_env.so\n@include common-account\n"), HasSubstr("no auth line"));
}

TEST(PamFileTest, WithoutAccountLinesOursWouldReplaceThoseOfOther) {
  EXPECT_THAT(WhyNot("@include common-auth\n@include common-session\n"), HasSubstr("no account line"));
}

TEST(PamFileTest, LinesPutInByHandAreNotDoubled) {
  for (const char* line :
       {"auth requisite pam_cis2.so\n", "@include cis2-auth\n",
        "auth requisite /usr/lib/security/pam_cis2.so debug\n", "auth include cis2-auth\n"}) {
    EXPECT_THAT(WhyNot(line + std::string(pam_texts::kSudo)), HasSubstr("by hand")) << line;
    EXPECT_TRUE(NamesOurModule(line)) << line;
  }
  EXPECT_FALSE(NamesOurModule("# auth requisite pam_cis2.so\nauth required pam_unix.so # pam_cis2.so\n"));
}

TEST(PamFileTest, WhatIsNoTextIsRefused) {
  EXPECT_THAT(WhyNot(std::string(64UL * 1024 + 1, '\n')), HasSubstr("no PAM file"));
  EXPECT_THAT(WhyNot(std::string(pam_texts::kSudo) + '\0'), HasSubstr("no PAM file"));
}

TEST(PamFileTest, MarkersThatDoNotBelongTogetherAreRefused) {
  const std::string begin = std::string(kBlockBegin) + "\n";
  const std::string end = std::string(kBlockEnd) + "\n";
  for (const std::string& text : {begin, end, end + begin, begin + begin + end, begin + end + end}) {
    const auto without = WithoutBlock("auth required pam_unix.so\n" + text, kPath);
    ASSERT_FALSE(without.has_value()) << text;
    EXPECT_THAT(without.error().message, EndsWith("by hand"));
  }
}

TEST(PamFileTest, WithoutABlockThereIsNothingToTakeOut) {
  EXPECT_EQ(WithoutBlock("x", kPath), "x");
  EXPECT_EQ(WithoutBlock("", kPath), "");
  EXPECT_FALSE(HasBlock(pam_texts::kSudo));
  EXPECT_TRUE(HasBlock(With(pam_texts::kSudo)));
}

}  // namespace
}  // namespace cis2::ctl
