// Goal: the block of `cis2ctl enable` in the real libpam: root and the rescue group go past the module to what they had
// before, everybody else does not get there, whatever way the lines below are brought in.
#include "broker/ctl/pam_file.h"
#include "tests/pam/module_fixture.h"

#include <security/pam_appl.h>

#include <ostream>
#include <string>

namespace cis2::testing {
namespace {

using wire::VerdictKind;

// Accounts and groups that every Debian has: daemon is in the group daemon, nobody in none but its own.
constexpr char kRescue[] = "daemon";
constexpr char kOperator[] = "nobody";

// The ways in which a service brings in what it had, which has Debian's jump inside.
struct Below {
  std::string name;
  std::string include;
};
void PrintTo(const Below& below, std::ostream* out) { *out << below.include; }

class EnableStackTest : public ModuleFixture, public ::testing::WithParamInterface<Below> {
 protected:
  // A service whose password is right or wrong, and which is enabled.
  PamSession& GivenEnabled(const char* user, const std::string& password, ctl::PamChange change = {}) {
    folder().Write("common-auth", "auth [success=1 default=ignore] " + password +
                                      "\nauth requisite pam_deny.so\nauth required pam_permit.so\n");
    folder().Write("common-account",
                   "account [success=1 default=ignore] pam_permit.so\naccount requisite pam_deny.so\n"
                   "account required pam_permit.so\n");
    change.service = "sshd";
    change.rescue_group = kRescue;
    change.socket = broker().socket_path();
    // Whole paths: libpam of Debian 12 looks for includes in /etc/pam.d all the same.
    const std::string bare = "session required pam_permit.so\n" + GetParam().include + " " +
                             folder().File("common-auth") + "\n@include " + folder().File("common-account") +
                             "\n";
    std::string text = ctl::WithPamBlock(bare, change, "sshd").value();
    // The module of this build, which is not where libpam looks.
    const std::string name = "pam_cis2.so";
    const std::string built = kModulePath;
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + built.size())) {
      text.replace(at, name.size(), built);
    }
    return Given({text}, "sshd", user);
  }
};

TEST_P(EnableStackTest, AnOperatorSignsInAndNeedsNothingBelow) {
  GivenEnabled(kOperator, "pam_deny.so");
  broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsAnswer(kDigits).Allows();
  person().IsAsked(kPrompt, kDigits);
  broker().Accepts().HearsAccount({}).Gives(VerdictKind::kAllow).Start();
  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  EXPECT_EQ(CheckAccount(), PAM_SUCCESS);
}

TEST_P(EnableStackTest, ARefusedOperatorDoesNotGetBelow) {
  GivenEnabled(kOperator, "pam_permit.so");
  TheBrokerRefuses();
  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_P(EnableStackTest, WithoutABrokerAnOperatorDoesNotGetBelow) {
  GivenEnabled(kOperator, "pam_permit.so");
  RemoveTheBroker();
  EXPECT_EQ(Authenticate(), PAM_AUTHINFO_UNAVAIL);
}

TEST_P(EnableStackTest, WithAFallbackAnOperatorGetsBelowWithoutABroker) {
  GivenEnabled(kOperator, "pam_permit.so", {.fallback = true});
  RemoveTheBroker();
  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
}

TEST_P(EnableStackTest, WithAFallbackTheLinesBelowStillDecide) {
  GivenEnabled(kOperator, "pam_deny.so", {.fallback = true});
  RemoveTheBroker();
  EXPECT_EQ(Authenticate(), PAM_AUTH_ERR);
}

TEST_P(EnableStackTest, WithAFallbackARefusedOperatorDoesNotGetBelow) {
  GivenEnabled(kOperator, "pam_permit.so", {.fallback = true});
  TheBrokerRefuses();
  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_P(EnableStackTest, AnAccountThatIsNotThereIsAskedAsAnybody) {
  GivenEnabled("no-such-account", "pam_permit.so");
  broker().Accepts().HearsLogin({.account = "no-such-account"}).ShowsScreen(kPrompt).HearsAnswer(kDigits);
  broker().Gives(VerdictKind::kRefuse, "No.").Start();
  person().IsAsked(kPrompt, kDigits).IsShown(PAM_ERROR_MSG, "No.");
  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

// With a broker that would have to hear of it, and does not.
TEST_P(EnableStackTest, RootAndTheRescueGroupAreAskedForWhatTheyWereBefore) {
  for (const char* account : {"root", kRescue}) {
    GivenEnabled(account, "pam_permit.so");
    EXPECT_EQ(Authenticate(), PAM_SUCCESS) << account;
    EXPECT_EQ(CheckAccount(), PAM_SUCCESS) << account;
    GivenEnabled(account, "pam_deny.so");
    EXPECT_EQ(Authenticate(), PAM_AUTH_ERR) << account;
  }
}

TEST_P(EnableStackTest, AlsoWithoutABroker) {
  RemoveTheBroker();
  for (const char* account : {"root", kRescue}) {
    GivenEnabled(account, "pam_permit.so");
    EXPECT_EQ(Authenticate(), PAM_SUCCESS) << account;
    EXPECT_EQ(CheckAccount(), PAM_SUCCESS) << account;
    GivenEnabled(account, "pam_deny.so");
    EXPECT_EQ(Authenticate(), PAM_AUTH_ERR) << account;
  }
}

// sshd authenticates in a child, and sets credentials in a process that did not.
TEST_P(EnableStackTest, CredentialsAreSetWithoutHavingAuthenticatedHere) {
  RemoveTheBroker();
  for (const char* account : {"root", kRescue, kOperator}) {
    EXPECT_EQ(GivenEnabled(account, "pam_permit.so").SetCredentials(), PAM_SUCCESS) << account;
  }
}

TEST_P(EnableStackTest, OthersAreRefusedButForRootAndTheRescueGroup) {
  RemoveTheBroker();
  for (const char* account : {"root", kRescue}) {
    GivenEnabled(account, "pam_deny.so", {.refuse_others = true});
    EXPECT_EQ(CheckAccount(), PAM_SUCCESS) << account;
  }
  GivenEnabled(kOperator, "pam_deny.so", {.refuse_others = true});
  EXPECT_EQ(CheckAccount(), PAM_AUTHINFO_UNAVAIL);
  GivenEnabled(kOperator, "pam_deny.so");
  EXPECT_EQ(CheckAccount(), PAM_SUCCESS);
}

INSTANTIATE_TEST_SUITE_P(Ways, EnableStackTest,
                         ::testing::Values(Below{"Debians", "@include"}, Below{"Include", "auth include"},
                                           Below{"Substack", "auth substack"}),
                         [](const auto& way) { return way.param.name; });

}  // namespace
}  // namespace cis2::testing
