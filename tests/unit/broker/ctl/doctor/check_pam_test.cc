#include "broker/ctl/doctor/check_pam.h"

#include "broker/ctl/doctor/rescue_drill.h"
#include "tests/unit/broker/ctl/doctor/findings.h"
#include "tests/unit/broker/ctl/host_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl::doctor {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kSocket = "/run/cis2-broker/pam.sock";
constexpr const char* kAccount = "account required pam_cis2.so\n@include common-account\n";
// People of a group keep the password that they had, and so get in without the broker.
constexpr const char* kRescue =
    "auth [success=1 default=ignore] pam_succeed_if.so quiet user ingroup rescue\n"
    "auth [success=done default=die] pam_cis2.so\n"
    "@include strict-auth\n";

class CheckPamTest : public testing::Test {
 protected:
  CheckPamTest() {
    host_.With("/etc/pam.d/common-auth", kCommonAuth)
        .With("/etc/pam.d/common-account", kCommonAccount)
        .With("/etc/pam.d/strict-auth", "auth required pam_unix.so\n");
  }
  Findings Judge(const std::string& auth, const std::string& account = kAccount) {
    host_.With("/etc/pam.d/sshd", auth + account);
    return JudgePamService(host_.tree(), "sshd", kSocket);
  }
  // Applies a mend that replaces a line of /etc/pam.d/sshd; what is found then.
  Findings Mended(const Findings& findings, const std::string& id) {
    const Mend mend = MendOf(findings, id);
    auto lines = Lines(host_.tree().Read(mend.file).value_or(""));
    const auto at = lines.begin() + mend.number - 1;
    mend.replaces ? void(*at = mend.line) : void(lines.insert(at, mend.line));
    std::string text;
    for (const std::string& line : lines) {
      text += line + "\n";
    }
    host_.With(mend.file, text);
    return JudgePamService(host_.tree(), "sshd", kSocket);
  }

  HostTree host_;
};

TEST_F(CheckPamTest, TheStacksOfTheDocumentsAreFine) {
  EXPECT_THAT(Ids(Judge(kRescue)), IsEmpty());
  EXPECT_THAT(Ids(Judge("auth [success=done authinfo_unavail=ignore default=die] pam_cis2.so\n"
                        "@include strict-auth\n")),
              IsEmpty());
  EXPECT_THAT(Ids(Judge("auth requisite pam_cis2.so\n")), ElementsAre("advice pam.no_rescue"));
  EXPECT_THAT(
      Ids(Judge("auth [success=2 default=ignore] pam_succeed_if.so quiet uid = 0\n" + std::string(kRescue))),
      IsEmpty());
  host_.With("/etc/pam.d/cis2-auth", "auth\trequisite\tpam_cis2.so\n");
  EXPECT_THAT(Ids(Judge("@include cis2-auth\n")), ElementsAre("advice pam.no_rescue"));
}

TEST_F(CheckPamTest, SufficientLetsARefusalThrough) {
  const Findings findings = Judge("auth sufficient pam_cis2.so debug\n@include strict-auth\n");
  EXPECT_THAT(Ids(findings), Contains("problem pam.sufficient"));
  EXPECT_EQ(MendOf(findings, "pam.sufficient"),
            Replace("/etc/pam.d/sshd", 1, "auth\trequisite\tpam_cis2.so debug"));
}

TEST_F(CheckPamTest, OtherControlsThatLetARefusalThrough) {
  for (const char* control :
       {"optional", "[success=done default=ignore]",
        "[success=done maxtries=ignore authinfo_unavail=ignore default=die]",
        "[success=done perm_denied=ok default=die]", "[success=done authinfo_unavail=done default=die]",
        "[success=done authinfo_unavail=1 default=die]"}) {
    const Findings findings = Judge("auth " + std::string(control) + " pam_cis2.so\n@include strict-auth\n");
    EXPECT_THAT(Ids(findings), Contains("problem pam.control")) << control;
    EXPECT_THAT(Ids(Mended(findings, "pam.control")), testing::Not(Contains("problem pam.control")))
        << control;
  }
}

TEST_F(CheckPamTest, RequiredAsksOnInVain) {
  const Findings findings = Judge("auth required pam_cis2.so\n");
  EXPECT_THAT(Ids(findings), ElementsAre("advice pam.required", "advice pam.no_rescue"));
  EXPECT_THAT(Ids(Mended(findings, "pam.required")), ElementsAre("advice pam.no_rescue"));
}

TEST_F(CheckPamTest, ModulesThatLockAccounts) {
  const Findings findings = Judge("auth required pam_faillock.so preauth\n" + std::string(kRescue));
  EXPECT_THAT(Ids(findings), ElementsAre("advice pam.lockout"));
  EXPECT_THAT(Ids(Mended(findings, "pam.lockout")), IsEmpty());
}

TEST_F(CheckPamTest, PasswordsThatLeadPastTheModule) {
  for (const char* line :
       {"auth sufficient pam_unix.so\n", "auth [success=1 default=ignore] pam_unix.so\n",
        "auth [success=done default=ignore] pam_permit.so\n", "auth sufficient pam_rootok.so\n",
        "auth sufficient pam_localuser.so\n", "auth sufficient pam_succeed_if.so user ingroup staff\n"}) {
    const Findings findings = Judge(line + std::string("auth requisite pam_cis2.so\n"));
    EXPECT_THAT(Ids(findings), Contains("problem pam.way_around")) << line;
    EXPECT_THAT(Ids(Mended(findings, "pam.way_around")), ElementsAre("advice pam.no_rescue")) << line;
  }
  EXPECT_THAT(Ids(Judge("@include common-auth\nauth requisite pam_cis2.so\n")),
              ElementsAre("advice pam.nullok", "advice pam.no_rescue"))
      << "a password and the sign-in are both asked for";
  EXPECT_THAT(Ids(Judge("auth [success=1 default=ignore] pam_localuser.so\nauth requisite pam_cis2.so\n"
                        "auth required pam_permit.so\n")),
              ElementsAre("problem pam.way_around", "advice pam.no_rescue"));
}

TEST_F(CheckPamTest, RootMayBecomeSomebodyElse) {
  host_.With("/etc/pam.d/su", "auth sufficient pam_rootok.so\n" + std::string(kRescue) + kAccount);
  EXPECT_THAT(Ids(JudgePamService(host_.tree(), "su", kSocket)), IsEmpty());
}

TEST_F(CheckPamTest, APasswordAfterTheSignIn) {
  const Findings findings = Judge("auth requisite pam_cis2.so\n@include strict-auth\n");
  EXPECT_THAT(Ids(findings), ElementsAre("advice pam.second_password", "advice pam.no_rescue"));
  EXPECT_EQ(MendOf(findings, "pam.second_password"), Replace("/etc/pam.d/sshd", 2, "#@include strict-auth"));
  const Findings old = Judge(
      "auth [success=ok authinfo_unavail=ignore default=die] pam_cis2.so\n"
      "@include strict-auth\n");
  EXPECT_THAT(Ids(old), ElementsAre("advice pam.second_password"));
  EXPECT_THAT(Ids(Mended(old, "pam.second_password")), IsEmpty());
}

TEST_F(CheckPamTest, EmptyPasswords) {
  const Findings findings =
      Judge("auth [success=done authinfo_unavail=ignore default=die] pam_cis2.so\n@include common-auth\n");
  EXPECT_THAT(Ids(findings), ElementsAre("advice pam.nullok"));
  EXPECT_EQ(MendOf(findings, "pam.nullok"),
            Replace("/etc/pam.d/common-auth", 2, "auth\t[success=1 default=ignore]\tpam_unix.so"));
  EXPECT_THAT(Ids(Mended(findings, "pam.nullok")), IsEmpty());
}

TEST_F(CheckPamTest, TheAccountPhase) {
  const Findings missing = Judge(kRescue, "@include common-account\n");
  EXPECT_THAT(Ids(missing), ElementsAre("advice pam.account_missing"));
  EXPECT_EQ(MendOf(missing, "pam.account_missing").line, "account\trequired\tpam_cis2.so");
  EXPECT_THAT(Ids(Mended(missing, "pam.account_missing")), IsEmpty());
  for (const char* control : {"sufficient", "optional", "[default=ignore]"}) {
    const Findings wrong =
        Judge(kRescue, "account " + std::string(control) + " pam_cis2.so\n@include common-account\n");
    EXPECT_THAT(Ids(wrong), ElementsAre("problem pam.account_control")) << control;
    EXPECT_THAT(Ids(Mended(wrong, "pam.account_control")), IsEmpty()) << control;
  }
}

TEST_F(CheckPamTest, ArgumentsAreTheModulesOwn) {
  const Findings findings = Judge("auth requisite pam_cis2.so debug tiemout=5\n");
  EXPECT_THAT(Ids(findings), ElementsAre("advice pam.no_rescue", "problem pam.argument"));
  EXPECT_EQ(MendOf(findings, "pam.argument").line, "auth\trequisite\tpam_cis2.so debug");
  EXPECT_THAT(Ids(Judge(kRescue, "account required pam_cis2.so others=maybe\n")),
              ElementsAre("problem pam.argument"));
}

TEST_F(CheckPamTest, AnotherSocketThanTheBrokers) {
  const Findings findings = Judge("auth requisite pam_cis2.so socket=/run/old.sock debug\n");
  EXPECT_THAT(Ids(findings), Contains("problem pam.socket"));
  EXPECT_EQ(MendOf(findings, "pam.socket").line, "auth\trequisite\tpam_cis2.so debug");
  EXPECT_EQ(MendOf(JudgePamService(host_.tree(), "sshd", "/srv/pam.sock"), "pam.socket").line,
            "auth\trequisite\tpam_cis2.so socket=/srv/pam.sock debug");
}

TEST_F(CheckPamTest, AFileThatIsMissing) {
  const Findings findings = Judge("@include gone\n" + std::string(kRescue));
  EXPECT_THAT(Ids(findings), Contains("problem pam.broken"));
  EXPECT_THAT(Ids(Mended(findings, "pam.broken")), IsEmpty());
}

TEST_F(CheckPamTest, AServiceThatWasNamedAndDoesWithout) {
  const Findings findings =
      Judge("auth required pam_env.so\n@include common-auth\n", "@include common-account\n");
  EXPECT_THAT(Ids(findings), ElementsAre("problem pam.service_unused"));
  EXPECT_EQ(MendOf(findings, "pam.service_unused"),
            Replace("/etc/pam.d/sshd", 2, "auth\trequisite\tpam_cis2.so"));
}

TEST_F(CheckPamTest, AServiceThatIsNotThere) {
  EXPECT_THAT(Ids(JudgePamService(host_.tree(), "nothing", kSocket)),
              ElementsAre("problem pam.service_unused"));
}

TEST_F(CheckPamTest, TheHostAsAWhole) {
  EXPECT_THAT(Ids(JudgePamHost(host_.tree(), false)), ElementsAre("advice pam.not_used"));
  host_.With("/etc/pam.d/sshd", kRescue);
  EXPECT_THAT(Ids(JudgePamHost(host_.tree(), true)), IsEmpty());
  EXPECT_THAT(Ids(JudgePamHost(host_.tree(), false)), ElementsAre("problem pam.module_missing"));
  EXPECT_THAT(ServicesOfOurs(host_.tree()), ElementsAre("sshd"));
  host_.With("/etc/pam.d/common-auth", "auth requisite pam_cis2.so\n");
  const Findings shared = JudgePamHost(host_.tree(), true);
  EXPECT_THAT(Ids(shared), ElementsAre("problem pam.common_stack"));
  EXPECT_EQ(MendOf(shared, "pam.common_stack"),
            Replace("/etc/pam.d/common-auth", 1, "#auth requisite pam_cis2.so"));
}

TEST_F(CheckPamTest, OtherWaysIn) {
  EXPECT_THAT(Ids(JudgeWaysIn(FindWaysIn(host_.tree(), false))), ElementsAre("advice rescue.none"))
      << "there is neither sshd nor login";
  host_.With("/etc/pam.d/sshd", "auth requisite pam_cis2.so\naccount required pam_cis2.so others=refuse\n")
      .With("/etc/pam.d/login", "auth requisite pam_cis2.so\n");
  EXPECT_THAT(Ids(JudgeWaysIn(FindWaysIn(host_.tree(), true))), ElementsAre("advice rescue.none"));
  host_.With("/etc/pam.d/login", "@include common-auth\n");
  EXPECT_TRUE(FindWaysIn(host_.tree(), true).console);
  host_.With("/etc/pam.d/login", "auth requisite pam_cis2.so\n").With("/etc/pam.d/sshd", kRescue);
  EXPECT_TRUE(FindWaysIn(host_.tree(), false).ssh);
  EXPECT_FALSE(FindWaysIn(host_.tree(), false).keys);
  EXPECT_TRUE(FindWaysIn(host_.tree(), true).keys);
  EXPECT_THAT(Ids(JudgeWaysIn(FindWaysIn(host_.tree(), true))), IsEmpty());
}

TEST_F(CheckPamTest, AWayBackForAFewIsAJumpToAPassword) {
  const Findings bare = Judge("auth requisite pam_cis2.so debug\n");
  EXPECT_EQ(MendOf(bare, "pam.no_rescue"),
            Replace("/etc/pam.d/sshd", 1,
                    "auth\t[success=1 default=ignore]\tpam_succeed_if.so quiet user ingroup cis2-rescue\n"
                    "auth\t[success=done default=die]\tpam_cis2.so debug\n"
                    "@include common-auth",
                    "groupadd --system --force cis2-rescue"));
  EXPECT_THAT(Ids(Mended(bare, "pam.no_rescue")), ElementsAre("advice pam.nullok"));
  const Findings both = Judge("auth requisite pam_cis2.so\n@include strict-auth\n");
  EXPECT_THAT(Ids(Mended(both, "pam.no_rescue")), IsEmpty()) << "the password that is there is enough";
  const Findings fallback = Judge("auth [success=done authinfo_unavail=ignore default=die] pam_cis2.so\n");
  EXPECT_THAT(MendOf(fallback, "pam.no_rescue").line,
              testing::HasSubstr("authinfo_unavail=ignore default=die]"));
}

TEST_F(CheckPamTest, TheWayInWhereThereIsNoneIsTheConsole) {
  host_.With("/etc/pam.d/sshd", "auth requisite pam_cis2.so\n");
  EXPECT_EQ(FindWaysIn(host_.tree(), false).mend.file, "/etc/pam.d/sshd") << "there is no login(1)";
  host_.With("/etc/pam.d/login", "auth required pam_env.so\nauth requisite pam_cis2.so\n");
  const WaysIn ways = FindWaysIn(host_.tree(), false);
  EXPECT_EQ(std::pair(ways.mend.file, ways.mend.number), std::pair(std::string("/etc/pam.d/login"), 2));
  EXPECT_EQ(MendOf(JudgeWaysIn(ways), "rescue.none"), ways.mend);
}

TEST_F(CheckPamTest, TheGroupThatKeepsTheOldWayIn) {
  using Members = std::vector<RescueMember>;
  host_.With("/etc/pam.d/sshd", kRescue)
      .With("/etc/pam.d/su", kRescue)
      .With("/etc/pam.d/cron", "@include common-auth\n");
  const auto groups = RescueGroups(host_.tree());
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].name, "rescue");
  EXPECT_THAT(groups[0].services, ElementsAre("sshd", "su"));
  EXPECT_THAT(Ids(JudgeRescueGroup(groups[0], std::nullopt)), ElementsAre("advice rescue.group"));
  EXPECT_THAT(MendOf(JudgeRescueGroup(groups[0], Members{}), "rescue.group").elsewhere,
              testing::HasSubstr("usermod -a -G rescue NAME"));
  EXPECT_EQ(MendOf(JudgeRescueGroup(groups[0], Members{{"ann", false}}), "rescue.group"),
            Command("passwd ann"));
  EXPECT_THAT(Ids(JudgeRescueGroup(groups[0], Members{{"ann", false}, {"bob", true}})), IsEmpty());
  EXPECT_THAT(Ids(JudgePamService(host_.tree(), "sshd", kSocket)),
              testing::Not(Contains("advice pam.no_rescue")));
}

TEST(RescueDrillTest, OnlyAQuestionForAPasswordWillDo) {
  const auto judged = [](DrillEnd end) { return JudgeDrill("sshd", "cis2-rescue", "ann", end); };
  EXPECT_THAT(Ids(judged(DrillEnd::kPassword)), IsEmpty());
  for (const auto& [end, what] :
       {std::pair{DrillEnd::kOtherQuestion, "asks for something else"},
        std::pair{DrillEnd::kLetIn, "lets in"}, std::pair{DrillEnd::kRefused, "refuses without asking"},
        std::pair{DrillEnd::kNothing, "after 10 s"}}) {
    const Findings findings = judged(end);
    EXPECT_THAT(Ids(findings), ElementsAre("problem rescue.drill"));
    EXPECT_THAT(findings[0].what, HasSubstr("for ann of the group cis2-rescue, sshd ")) << what;
    EXPECT_THAT(findings[0].what, HasSubstr(what));
  }
}

}  // namespace
}  // namespace cis2::ctl::doctor
