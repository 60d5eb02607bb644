#include "pam_module/outcome.h"

#include "pam_module/login.h"

#include <gtest/gtest.h>
#include <security/pam_modules.h>

namespace cis2::pam_module {
namespace {

using wire::VerdictKind;

// The table of docs/DESIGN.md, section 5.
constexpr struct {
  Outcome outcome;
  int code;
  int code_for_login;
} kTable[] = {
    {Outcome::kAllowed, PAM_SUCCESS, PAM_SUCCESS},
    {Outcome::kRefused, PAM_MAXTRIES, PAM_MAXTRIES},
    {Outcome::kUnavailable, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL},
    {Outcome::kAskedAgain, PAM_ABORT, PAM_ABORT},
    {Outcome::kAccountRefused, PAM_PERM_DENIED, PAM_PERM_DENIED},
    {Outcome::kMisconfigured, PAM_SERVICE_ERR, PAM_ABORT},
    {Outcome::kProtocol, PAM_SERVICE_ERR, PAM_ABORT},
    {Outcome::kOtherRelease, PAM_SERVICE_ERR, PAM_ABORT},
    {Outcome::kNoConversation, PAM_CONV_ERR, PAM_CONV_ERR},
    {Outcome::kNoMemory, PAM_BUF_ERR, PAM_BUF_ERR},
};

TEST(OutcomeTest, BecomesTheCodeOfTheTable) {
  for (const auto& row : kTable) {
    for (const char* service : {"sshd", "sudo", "", "login2", "Login", "gdm-password"}) {
      EXPECT_EQ(ToPamCode(row.outcome, service), row.code) << service;
    }
    EXPECT_EQ(ToPamCode(row.outcome, "login"), row.code_for_login);
  }
}

TEST(OutcomeTest, IsNeverIgnoreAndOnlyAllowedIsSuccess) {
  // Also for values that no enumerator has.
  for (int value = -2; value < 40; ++value) {
    for (const char* service : {"sshd", "login"}) {
      // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): what is tested
      const int code = ToPamCode(static_cast<Outcome>(value), service);
      EXPECT_NE(code, PAM_IGNORE) << value;
      EXPECT_EQ(code == PAM_SUCCESS, value == static_cast<int>(Outcome::kAllowed)) << value;
    }
  }
}

TEST(OutcomeTest, OfALoginsVerdict) {
  for (const Shown shown : {Shown::kNothing, Shown::kScreen}) {
    EXPECT_EQ(LoginOutcome(VerdictKind::kAllow, shown), Outcome::kAllowed);
    EXPECT_EQ(LoginOutcome(VerdictKind::kRefuse, shown), Outcome::kRefused);
    EXPECT_EQ(LoginOutcome(VerdictKind::kUnsupported, shown), Outcome::kOtherRelease);
  }
  EXPECT_EQ(LoginOutcome(VerdictKind::kUnavailable, Shown::kNothing), Outcome::kUnavailable);
  EXPECT_EQ(LoginOutcome(VerdictKind::kUnavailable, Shown::kScreen), Outcome::kRefused);
}

TEST(OutcomeTest, OfAnAccountVerdict) {
  EXPECT_EQ(AccountOutcome(VerdictKind::kAllow), Outcome::kAllowed);
  EXPECT_EQ(AccountOutcome(VerdictKind::kRefuse), Outcome::kAccountRefused);
  EXPECT_EQ(AccountOutcome(VerdictKind::kUnavailable), Outcome::kUnavailable);
  EXPECT_EQ(AccountOutcome(VerdictKind::kUnsupported), Outcome::kOtherRelease);
}

TEST(OutcomeTest, OfABrokerThatFails) {
  constexpr struct {
    LinkStatus status;
    Outcome before_a_screen;
    Outcome after_a_screen;
  } kCases[] = {
      {LinkStatus::kUnreachable, Outcome::kUnavailable, Outcome::kRefused},
      {LinkStatus::kTimedOut, Outcome::kUnavailable, Outcome::kRefused},
      {LinkStatus::kClosed, Outcome::kUnavailable, Outcome::kRefused},
      {LinkStatus::kUntrusted, Outcome::kMisconfigured, Outcome::kMisconfigured},
      {LinkStatus::kProtocol, Outcome::kProtocol, Outcome::kProtocol},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(FailureOutcome(c.status, Shown::kNothing), c.before_a_screen);
    EXPECT_EQ(FailureOutcome(c.status, Shown::kScreen), c.after_a_screen);
  }
}

TEST(OutcomeTest, AValueOutsideTheEnumIsAFailure) {
  // NOLINTBEGIN(clang-analyzer-optin.core.EnumCastOutOfRange): what is tested
  EXPECT_EQ(LoginOutcome(static_cast<VerdictKind>(77), Shown::kNothing), Outcome::kProtocol);
  EXPECT_EQ(AccountOutcome(static_cast<VerdictKind>(77)), Outcome::kProtocol);
  EXPECT_EQ(FailureOutcome(static_cast<LinkStatus>(77), Shown::kNothing), Outcome::kProtocol);
  // NOLINTEND(clang-analyzer-optin.core.EnumCastOutOfRange)
}

TEST(ResultTest, BeginsAsAFailure) { EXPECT_EQ(Result().outcome, Outcome::kProtocol); }

}  // namespace
}  // namespace cis2::pam_module
