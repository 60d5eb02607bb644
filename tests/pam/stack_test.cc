// Goal: the stack lines that are shipped and documented do what the documentation says, and `sufficient` does
// what it warns of.
#include "tests/pam/module_fixture.h"

#include <security/pam_appl.h>

namespace cis2::testing {
namespace {

using wire::VerdictKind;

class StackTest : public ModuleFixture {
 protected:
  // What comes after our line: `pam_permit.so` shows whether it was reached.
  void GivenAuth(const std::string& control, const std::string& next) {
    Given({"auth " + control + " " + Module(), "auth required " + next});
  }
  void GivenFallback(const std::string& next) {
    GivenAuth("[success=done authinfo_unavail=ignore default=die]", next);
  }
  void TheBrokerAllows() {
    broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsAnswer(kDigits).Allows().Start();
    person().IsAsked(kPrompt, kDigits);
  }
  void TheBrokerDiesAfterTheLink() {
    broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsAnswer(kDigits).Closes().Start();
    person().IsAsked(kPrompt, kDigits);
    person().IsShown(PAM_ERROR_MSG,
                     "The login service on this server stopped. Wait a minute and log in again.");
  }
};

TEST_F(StackTest, RequisiteLetsAnAllowedLoginGoOn) {
  GivenAuth("requisite", "pam_permit.so");
  TheBrokerAllows();
  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
}

TEST_F(StackTest, RequisiteLetsALaterModuleStillSayNo) {
  GivenAuth("requisite", "pam_deny.so");
  TheBrokerAllows();
  EXPECT_EQ(Authenticate(), PAM_AUTH_ERR);
}

TEST_F(StackTest, RequisiteStopsAtARefusal) {
  GivenAuth("requisite", "pam_permit.so");
  TheBrokerRefuses();
  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_F(StackTest, RequisiteStopsWithoutABroker) {
  GivenAuth("requisite", "pam_permit.so");
  RemoveTheBroker();
  EXPECT_EQ(Authenticate(), PAM_AUTHINFO_UNAVAIL);
}

TEST_F(StackTest, RequisiteAloneIsEnough) {
  Given({"auth requisite " + Module()});
  TheBrokerAllows();
  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
}

TEST_F(StackTest, AFallbackIsReachedWithoutABroker) {
  GivenFallback("pam_permit.so");
  RemoveTheBroker();
  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
}

TEST_F(StackTest, AFallbackDecidesWithoutABroker) {
  GivenFallback("pam_deny.so");
  RemoveTheBroker();
  EXPECT_EQ(Authenticate(), PAM_AUTH_ERR);
}

TEST_F(StackTest, AFallbackIsNotReachedByARefusal) {
  GivenFallback("pam_permit.so");
  TheBrokerRefuses();
  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_F(StackTest, AFallbackIsNotReachedOnceALinkWasShown) {
  GivenFallback("pam_permit.so");
  TheBrokerDiesAfterTheLink();
  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_F(StackTest, AFallbackIsNotAskedForBesidesAnAllowedLogin) {
  GivenFallback("pam_deny.so");
  TheBrokerAllows();
  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
}

TEST_F(StackTest, AFallbackIsNotReachedByAProtocolError) {
  GivenFallback("pam_permit.so");
  broker().Accepts().HearsLogin().Sends("garbage that is no frame at all").Start();
  EXPECT_EQ(Authenticate(), PAM_SERVICE_ERR);
}

TEST_F(StackTest, AFallbackIsNotReachedByABadArgument) {
  Given({"auth [success=done authinfo_unavail=ignore default=die] " + Module("sokcet=/x"),
         "auth required pam_permit.so"});
  EXPECT_EQ(Authenticate(), PAM_SERVICE_ERR);
}

TEST_F(StackTest, AFallbackIsNotReachedByASocketThatIsNotTrusted) {
  GivenFallback("pam_permit.so");
  std::filesystem::permissions(broker().socket_path(), std::filesystem::perms::all);
  EXPECT_EQ(Authenticate(), PAM_SERVICE_ERR);
}

TEST_F(StackTest, AFallbackIsNotReachedByASecondTryAfterARefusal) {
  GivenFallback("pam_permit.so");
  TheBrokerRefuses();
  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
  RemoveTheBroker();
  EXPECT_EQ(Authenticate(), PAM_ABORT);
}

TEST_F(StackTest, SufficientIsWrongBecauseARefusalFallsThrough) {
  GivenAuth("sufficient", "pam_permit.so");
  TheBrokerRefuses();
  EXPECT_EQ(Authenticate(), PAM_SUCCESS) << "this is why the documentation calls it wrong";
}

TEST_F(StackTest, SufficientIsStoppedByOurAccountLine) {
  Given({"auth sufficient " + Module(), "auth required pam_permit.so", "account required " + Module()});
  TheBrokerRefuses();
  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  EXPECT_EQ(CheckAccount(), PAM_PERM_DENIED);
}

TEST_F(StackTest, AWholeSessionRunsThroughTheShippedStack) {
  PamSession& session =
      Given({"auth requisite " + Module(), "account required " + Module(), "session required " + Module()});
  broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsAnswer(kDigits).Allows();
  broker().Accepts().HearsAccount({}).Gives(VerdictKind::kAllow).Start();
  person().IsAsked(kPrompt, kDigits);

  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  EXPECT_EQ(CheckAccount(), PAM_SUCCESS);
  EXPECT_EQ(session.SetCredentials(), PAM_SUCCESS);
  EXPECT_EQ(session.OpenSession(), PAM_SUCCESS);
  EXPECT_EQ(session.CloseSession(), PAM_SUCCESS);
}

}  // namespace
}  // namespace cis2::testing
