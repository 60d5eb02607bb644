// Goal: the broker hears what the host process says about a login, and nothing that a user could have put
// there.
#include "tests/pam/module_fixture.h"

#include <security/pam_appl.h>

namespace cis2::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RequestTest : public ModuleFixture {
 protected:
  void TheBrokerHears(const ExpectedLogin& expected) {
    broker().Accepts().HearsLogin(expected).Gives(wire::VerdictKind::kUnavailable).Start();
    EXPECT_EQ(Authenticate(), PAM_AUTHINFO_UNAVAIL);
  }
};

TEST_F(RequestTest, CarriesTheItemsOfTheHandle) {
  PamSession& session = GivenTheShippedLine("sudo");
  session.Set(PAM_RHOST, "192.0.2.7");
  session.Set(PAM_RUSER, "caller");
  session.Set(PAM_TTY, "/dev/pts/3");

  TheBrokerHears({.service = "sudo",
                  .account = "op1",
                  .rhost = "192.0.2.7",
                  .ruser = "caller",
                  .tty = "/dev/pts/3",
                  .ssh_connection = "",
                  .ssh_auth_info = "",
                  .flags = 0,
                  .qr = wire::QrMode::kUtf8});
}

TEST_F(RequestTest, ItemsThatAreNotSetAreEmpty) {
  GivenTheShippedLine();

  TheBrokerHears({.service = "sshd",
                  .account = "op1",
                  .rhost = "",
                  .ruser = "",
                  .tty = "",
                  .ssh_connection = "",
                  .ssh_auth_info = ""});
}

TEST_F(RequestTest, CarriesSshValuesWhenTheTtyIsSsh) {
  PamSession& session = GivenTheShippedLine();
  session.Set(PAM_TTY, "ssh");
  pam_putenv(session.get(), "SSH_CONNECTION=192.0.2.7 51000 192.0.2.1 22");
  pam_putenv(session.get(), "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA");

  TheBrokerHears({.tty = "ssh",
                  .ssh_connection = "192.0.2.7 51000 192.0.2.1 22",
                  .ssh_auth_info = "publickey ssh-ed25519 AAAA"});
}

TEST_F(RequestTest, LeavesSshValuesOutForAnyOtherTty) {
  for (const char* tty : {"pts/0", "ssh2", "SSH", ""}) {
    broker().Accepts().HearsLogin({.tty = tty, .ssh_connection = "", .ssh_auth_info = ""});
    broker().Gives(wire::VerdictKind::kUnavailable);
  }
  broker().Start();
  for (const char* tty : {"pts/0", "ssh2", "SSH", ""}) {
    PamSession& session = GivenTheShippedLine();
    session.Set(PAM_TTY, tty);
    pam_putenv(session.get(), "SSH_CONNECTION=192.0.2.7 51000 192.0.2.1 22");
    pam_putenv(session.get(), "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA");
    EXPECT_EQ(Authenticate(), PAM_AUTHINFO_UNAVAIL);
  }
}

TEST_F(RequestTest, DoesNotReadTheEnvironmentOfTheProcess) {
  GivenTheShippedLine().Set(PAM_TTY, "ssh");
  ::setenv("SSH_CONNECTION", "203.0.113.9 1 203.0.113.9 22", 1);
  ::setenv("SSH_AUTH_INFO_0", "publickey forged", 1);

  TheBrokerHears({.tty = "ssh", .ssh_connection = "", .ssh_auth_info = ""});
  ::unsetenv("SSH_CONNECTION");
  ::unsetenv("SSH_AUTH_INFO_0");
}

TEST_F(RequestTest, CarriesFlagsAndQrMode) {
  Given({"auth requisite " + Module("qr=ascii")});
  broker().Accepts().HearsLogin(
      {.flags = wire::kFlagSilent | wire::kFlagDisallowNullAuthtok, .qr = wire::QrMode::kAscii});
  broker().Gives(wire::VerdictKind::kUnavailable).Start();

  EXPECT_EQ(Authenticate(static_cast<int>(PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK)), PAM_AUTHINFO_UNAVAIL);
}

TEST_F(RequestTest, AsksForTheAccountWhereTheApplicationHasNotSetIt) {
  Given({"auth requisite " + Module()}, "login", /*user=*/nullptr);
  person().IsAsked("login:", "op2");

  TheBrokerHears({.service = "login", .account = "op2"});
}

TEST_F(RequestTest, CutsItemsAtTheLimitOfTheWire) {
  const std::string name(wire::kMaxName + 50, 'a');
  PamSession& session = GivenTheShippedLine();
  session.Set(PAM_USER, name);
  session.Set(PAM_TTY, "ssh");
  pam_putenv(session.get(), ("SSH_AUTH_INFO_0=" + std::string(wire::kMaxSshItem + 1, 'b')).c_str());

  TheBrokerHears(
      {.account = name.substr(0, wire::kMaxName), .ssh_auth_info = std::string(wire::kMaxSshItem, 'b')});
}

TEST_F(RequestTest, AnswersAreCutAtTheLimitOfTheWire) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsAnswer(std::string(wire::kMaxAnswer, '1'));
  broker().Gives(wire::VerdictKind::kRefuse, "No.").Start();
  person().IsAsked(kPrompt, std::string(wire::kMaxAnswer + 100, '1')).IsShown(PAM_ERROR_MSG, "No.");

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_F(RequestTest, TextOfTheBrokerIsReducedBeforeItReachesTheTerminal) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().ShowsScreen("\x1b]0;x\a\xe2\x96\x80 Code: ",
                                              "\x9b"
                                              "31mred\r\n");
  broker()
      .HearsAnswer("")
      .Gives(wire::VerdictKind::kRefuse, "No\x1b[2J.",
             "R\x1b"
             "1")
      .Start();
  person().IsShown(PAM_TEXT_INFO, "31mred?\n").IsAsked("?]0;x?\xe2\x96\x80 Code: ", "");
  person().IsShown(PAM_ERROR_MSG, "No?[2J.\nReference: R?1");

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
  EXPECT_THAT(Log(), ElementsAre(HasSubstr("reference R?1")));
}

TEST_F(RequestTest, ALargeScreenIsShownWhole) {
  GivenTheShippedLine();
  const std::string screen(wire::kMaxText, 'q');
  broker()
      .Accepts()
      .HearsLogin()
      .ShowsScreen(screen)
      .HearsAnswer("")
      .Gives(wire::VerdictKind::kRefuse, screen)
      .Start();
  person().IsAsked(screen, "").IsShown(PAM_ERROR_MSG, screen);

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_F(RequestTest, TheDebugArgumentAddsLinesButNoSecrets) {
  Given({"auth requisite " + Module("debug"), "account required " + Module("debug")});
  broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsAnswer(kDigits).Allows();
  broker().Accepts().HearsAccount({}).Gives(wire::VerdictKind::kAllow).Start();
  person().IsAsked(kPrompt, kDigits);

  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  EXPECT_EQ(CheckAccount(), PAM_SUCCESS);
  EXPECT_EQ(Log().size(), 3U);
  ExpectMoreLogLines(1);
}

}  // namespace
}  // namespace cis2::testing
