#include "broker/ctl/pam_stack.h"

#include "tests/unit/broker/ctl/host_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Modules(const PamStack& stack) {
  std::vector<std::string> names;
  for (const PamRule& rule : stack.rules) {
    names.emplace_back(rule.module_name());
  }
  return names;
}

TEST(PamStackTest, ReadsTheRulesOfOneTypeInTheirOrder) {
  HostTree host;
  host.With("/etc/pam.d/sshd",
            "# auth required pam_no.so\n"
            "AUTH  Requisite /lib/security/pam_cis2.so socket=/x/y debug # why\n"
            "account required pam_nologin.so\n"
            "-auth optional pam_later.so\n"
            "auth [success=1 \\\n  default=ignore] pam_unix.so [query=a b]\n");
  const PamStack stack = ReadPamStack(host.tree(), "sshd", "auth");
  EXPECT_THAT(Modules(stack), ElementsAre("pam_cis2.so", "pam_later.so", "pam_unix.so"));
  EXPECT_EQ(stack.rules[0].control, "requisite");
  EXPECT_THAT(stack.rules[0].arguments, ElementsAre("socket=/x/y", "debug"));
  EXPECT_EQ(stack.rules[0].place.number, 2);
  EXPECT_EQ(stack.rules[2].place.number, 5);
  EXPECT_THAT(stack.rules[2].arguments, ElementsAre("query=a b"));
  EXPECT_EQ(PamAction(stack.rules[2].control, "success"), "1");
  EXPECT_THAT(stack.faults, IsEmpty());
}

TEST(PamStackTest, FollowsEveryKindOfInclude) {
  HostTree host;
  host.With("/etc/pam.d/su",
            "@include deep\nauth substack sub\nauth include inner\nauth required pam_end.so\n")
      .With("/etc/pam.d/deep", "@include deeper\n")
      .With("/etc/pam.d/deeper", "auth required pam_deeper.so\naccount required pam_other.so\n")
      .With("/usr/lib/pam.d/sub", "auth sufficient pam_sub.so\nauth required pam_sub2.so\n")
      .With("/etc/pam.d/inner", "auth required pam_inner.so\n");
  const PamStack stack = ReadPamStack(host.tree(), "su", "auth");
  ASSERT_THAT(Modules(stack),
              ElementsAre("pam_deeper.so", "pam_sub.so", "pam_sub2.so", "pam_inner.so", "pam_end.so"));
  EXPECT_EQ(stack.rules[0].place.file, "/etc/pam.d/deeper");
  EXPECT_EQ(stack.rules[0].top.file, "/etc/pam.d/su");
  EXPECT_EQ(stack.rules[0].top.text, "@include deep");
  EXPECT_EQ(stack.rules[1].place.file, "/usr/lib/pam.d/sub");
  EXPECT_EQ(stack.rules[1].depth, 1);
  EXPECT_EQ(stack.rules[3].depth, 0);
  EXPECT_EQ(stack.rules[4].top.number, 4);
}

TEST(PamStackTest, FaultsAreWhatLibpamRefuses) {
  HostTree host;
  host.With("/etc/pam.d/one", "@include missing\n")
      .With("/etc/pam.d/loop", "auth include loop\n")
      .With("/etc/pam.d/short", "auth required\n");
  const auto missing = ReadPamStack(host.tree(), "one", "auth").faults;
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0].place.number, 1);
  EXPECT_EQ(missing[0].what, "there is no file missing");
  EXPECT_EQ(ReadPamStack(host.tree(), "loop", "auth").faults.size(), 1U);
  EXPECT_EQ(ReadPamStack(host.tree(), "short", "auth").faults.size(), 1U);
  EXPECT_EQ(ReadPamStack(host.tree(), "none", "auth").faults.size(), 1U);
}

TEST(PamStackTest, ControlsAreWhatPamConfSays) {
  EXPECT_EQ(PamAction("required", "success"), "ok");
  EXPECT_EQ(PamAction("required", "maxtries"), "bad");
  EXPECT_EQ(PamAction("requisite", "maxtries"), "die");
  EXPECT_EQ(PamAction("sufficient", "success"), "done");
  EXPECT_EQ(PamAction("sufficient", "maxtries"), "ignore");
  EXPECT_EQ(PamAction("optional", "maxtries"), "ignore");
  const std::string fallback = "[success=done authinfo_unavail=ignore default=die]";
  EXPECT_EQ(PamAction(fallback, "success"), "done");
  EXPECT_EQ(PamAction(fallback, "authinfo_unavail"), "ignore");
  EXPECT_EQ(PamAction(fallback, "maxtries"), "die");
  EXPECT_EQ(PamAction("[success=2]", "maxtries"), "bad");
}

TEST(PamStackTest, SuccessLeadsOnOverOrOut) {
  HostTree host;
  host.With("/etc/pam.d/x",
            "auth [success=2 default=ignore] pam_a.so\nauth required pam_b.so\nauth sufficient pam_c.so\n"
            "auth substack sub\nauth required pam_d.so\n")
      .With("/etc/pam.d/sub", "auth sufficient pam_s.so\nauth required pam_t.so\n");
  const auto rules = ReadPamStack(host.tree(), "x", "auth").rules;
  EXPECT_EQ(NextAfterSuccess(rules, 0), 3U);
  EXPECT_EQ(NextAfterSuccess(rules, 1), 2U);
  EXPECT_EQ(NextAfterSuccess(rules, 2), rules.size());
  EXPECT_EQ(NextAfterSuccess(rules, 3), 5U) << "the end of a substack goes on behind it";
}

TEST(PamStackTest, ServicesAreFilesThatAreNotShared) {
  HostTree host;
  host.With("/etc/pam.d/sshd", "").With("/etc/pam.d/common-auth", "").With("/etc/pam.d/cron", "");
  EXPECT_THAT(PamServices(host.tree()), ElementsAre("cron", "sshd"));
}

}  // namespace
}  // namespace cis2::ctl
