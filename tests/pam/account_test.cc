// Goal: the account phase, docs/DESIGN.md, section 8, and pam_module/account.h.
#include "tests/pam/module_fixture.h"

#include <security/pam_appl.h>

#include <sys/wait.h>
#include <unistd.h>

namespace cis2::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using wire::VerdictKind;

class AccountTest : public ModuleFixture {
 protected:
  void ScriptAnAllowedLogin() {
    broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsAnswer(kDigits).Allows();
    person().IsAsked(kPrompt, kDigits);
  }
  static ExpectedAccount TheTicketOfTheLogin() {
    return {.service = "sshd",
            .account = "op1",
            .rhost = "",
            .ruser = "",
            .tty = "",
            .ticket = FakeBroker::kTicket};
  }
  static ExpectedAccount NoTicket() { return {.account = "op1", .ticket = ""}; }
};

TEST_F(AccountTest, AnAllowedLoginIsCheckedAgainWithItsTicket) {
  GivenTheShippedLine();
  ScriptAnAllowedLogin();
  broker().Accepts().HearsAccount(TheTicketOfTheLogin()).Gives(VerdictKind::kAllow).Start();

  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  EXPECT_EQ(CheckAccount(), PAM_SUCCESS);
  EXPECT_THAT(Log(), ElementsAre(HasSubstr("login allowed")));
}

TEST_F(AccountTest, ANoOfTheBrokerIsPermDeniedWithItsReason) {
  GivenTheShippedLine();
  ScriptAnAllowedLogin();
  broker().Accepts().HearsAccount({}).Gives(VerdictKind::kRefuse, "Signed out.", "R1").Start();
  person().IsShown(PAM_ERROR_MSG, "Signed out.\nReference: R1");

  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  EXPECT_EQ(CheckAccount(), PAM_PERM_DENIED);
}

TEST_F(AccountTest, ATicketIsUsedOnce) {
  GivenTheShippedLine();
  ScriptAnAllowedLogin();
  broker().Accepts().HearsAccount(TheTicketOfTheLogin()).Gives(VerdictKind::kAllow).Start();
  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  EXPECT_EQ(CheckAccount(), PAM_SUCCESS);

  EXPECT_EQ(CheckAccount(), PAM_PERM_DENIED) << "a second account phase has nothing left to show";
}

TEST_F(AccountTest, ATicketIsUsedUpEvenWhenTheBrokerDies) {
  GivenTheShippedLine();
  ScriptAnAllowedLogin();
  broker().Accepts().HearsAccount({}).Closes().Start();
  EXPECT_EQ(Authenticate(), PAM_SUCCESS);

  EXPECT_EQ(CheckAccount(), PAM_AUTHINFO_UNAVAIL);
  EXPECT_EQ(CheckAccount(), PAM_PERM_DENIED);
}

TEST_F(AccountTest, AnAllowedLoginIsNotLetInWithoutTheBroker) {
  GivenTheShippedLine();
  ScriptAnAllowedLogin();
  broker().Start();
  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  RemoveTheBroker();

  EXPECT_EQ(CheckAccount(), PAM_AUTHINFO_UNAVAIL);
}

TEST_F(AccountTest, ATicketIsNotForAnotherAccount) {
  PamSession& session = GivenTheShippedLine();
  ScriptAnAllowedLogin();
  broker().Start();
  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  session.Set(PAM_USER, "root");

  EXPECT_EQ(CheckAccount(), PAM_PERM_DENIED);
  session.Set(PAM_USER, "op1");
  EXPECT_EQ(CheckAccount(), PAM_PERM_DENIED) << "and is used up by the try";
}

TEST_F(AccountTest, ATicketIsNotForAnotherProcess) {
  PamSession& session = GivenTheShippedLine();
  ScriptAnAllowedLogin();
  broker().Start();
  EXPECT_EQ(Authenticate(), PAM_SUCCESS);

  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(session.CheckAccount());
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), PAM_PERM_DENIED);
}

TEST_F(AccountTest, ANewLoginOnTheHandleBringsANewTicket) {
  GivenTheShippedLine();
  const std::string second(32, 'b');
  ScriptAnAllowedLogin();
  broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsAnswer(kDigits).Allows(second);
  person().IsAsked(kPrompt, kDigits);
  broker().Accepts().HearsAccount({.ticket = second});
  broker().Gives(VerdictKind::kAllow).Start();

  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  EXPECT_EQ(CheckAccount(), PAM_SUCCESS);
}

TEST_F(AccountTest, ALoginByOtherMeansIsLetInWithoutAskingAnybody) {
  GivenTheShippedLine();

  EXPECT_EQ(CheckAccount(), PAM_SUCCESS);
  EXPECT_THAT(Log(), IsEmpty());
}

TEST_F(AccountTest, AFallbackAfterUnavailableIsALoginByOtherMeans) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().Closes().Start();
  EXPECT_EQ(Authenticate(), PAM_AUTHINFO_UNAVAIL);

  EXPECT_EQ(CheckAccount(), PAM_SUCCESS);
}

TEST_F(AccountTest, ARefusedLoginIsNoLoginByOtherMeans) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().Gives(VerdictKind::kRefuse, "No.").Start();
  person().IsShown(PAM_ERROR_MSG, "No.");
  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);

  EXPECT_EQ(CheckAccount(), PAM_PERM_DENIED) << "a stack that goes on after a refusal ends here";
}

TEST_F(AccountTest, WithOthersRefuseTheBrokerDecidesAboutLoginsByOtherMeans) {
  const std::string line = "account required " + Module("others=refuse");
  broker().Accepts().HearsAccount(NoTicket()).Gives(VerdictKind::kAllow);
  broker().Accepts().HearsAccount(NoTicket()).Gives(VerdictKind::kRefuse);
  broker().Accepts().HearsAccount(NoTicket()).Gives(VerdictKind::kUnavailable);
  broker().Accepts().HearsAccount(NoTicket()).Gives(VerdictKind::kUnsupported).Start();

  for (const int expected : {PAM_SUCCESS, PAM_PERM_DENIED, PAM_AUTHINFO_UNAVAIL, PAM_SERVICE_ERR}) {
    Given({line});
    EXPECT_EQ(CheckAccount(), expected);
  }
}

TEST_F(AccountTest, WithOthersRefuseABrokerThatHangsIsUnavailable) {
  Given({"account required " + ImpatientModule("others=refuse")});
  broker().Accepts().HearsAccount(NoTicket()).HearsTheEnd().Start();

  EXPECT_EQ(CheckAccount(), PAM_AUTHINFO_UNAVAIL);
}

TEST_F(AccountTest, WithOthersRefuseAndNoBrokerIsUnavailable) {
  Given({"account required " + Module("others=refuse")});
  RemoveTheBroker();

  EXPECT_EQ(CheckAccount(), PAM_AUTHINFO_UNAVAIL);
}

TEST_F(AccountTest, AnAnswerThatIsNoVerdictIsAServiceError) {
  const std::string line = "account required " + Module("others=refuse");
  broker().Accepts().HearsAccount(NoTicket()).ShowsScreen(kPrompt);
  broker().Accepts().HearsAccount(NoTicket()).Sends("garbage that is no frame at all");
  broker().Accepts().HearsAccount(NoTicket()).Allows(FakeBroker::kTicket).Start();

  for (int i = 0; i < 3; ++i) {
    Given({line});
    EXPECT_EQ(CheckAccount(), PAM_SERVICE_ERR);
  }
}

}  // namespace
}  // namespace cis2::testing
