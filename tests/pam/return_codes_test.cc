// Goal: each row of the return-code table of docs/DESIGN.md, section 5, through the real libpam.
#include "tests/pam/module_fixture.h"
#include "tests/pam/pam_data_fails.h"

#include <security/pam_appl.h>

#include <algorithm>
#include <cctype>

namespace cis2::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wire::VerdictKind;

class ReturnCodeTest : public ModuleFixture {
 protected:
  // A login that has shown its link and got the digits.
  void AScreenWasAnswered() {
    broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsAnswer(kDigits);
    person().IsAsked(kPrompt, kDigits);
  }
  void ExpectError(const std::string& text) { person().IsShown(PAM_ERROR_MSG, text); }
};

// --- Row: allow -> PAM_SUCCESS -------------------------------------------------------------------

TEST_F(ReturnCodeTest, AnAllowedLoginIsSuccess) {
  GivenTheShippedLine();
  AScreenWasAnswered();
  broker().Allows().HearsTheEnd().Start();

  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  EXPECT_THAT(Log(), ElementsAre(HasSubstr("login allowed")));
}

TEST_F(ReturnCodeTest, ALoginMayTakeManyScreens) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsAnswer("").ShowsScreen("Not yet. Code: ");
  broker().HearsAnswer("1").ShowsScreen("Code: ", "QR").HearsAnswer(kDigits).Allows().Start();
  person().IsAsked(kPrompt, "").IsAsked("Not yet. Code: ", "1");
  person().IsShown(PAM_TEXT_INFO, "QR").IsAsked("Code: ", kDigits);

  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  EXPECT_THAT(person().calls(), ElementsAre(1, 1, 2)) << "one call carries one screen";
}

TEST_F(ReturnCodeTest, AnAllowedLoginSaysNothingMore) {
  GivenTheShippedLine();
  AScreenWasAnswered();
  broker().Gives(VerdictKind::kAllow, "CANARY welcome", "", FakeBroker::kTicket).Start();

  EXPECT_EQ(Authenticate(), PAM_SUCCESS) << "text after success would end up in scp and sftp";
}

// --- Row: refused, finally -> PAM_MAXTRIES after an error text with the reference ----------------

TEST_F(ReturnCodeTest, ARefusalAfterTheCodeIsMaxtriesWithReasonAndReference) {
  GivenTheShippedLine();
  AScreenWasAnswered();
  broker().Gives(VerdictKind::kRefuse, "CANARY: the code was wrong three times.", "7QKX-2M4P").Start();
  ExpectError("CANARY: the code was wrong three times.\nReference: 7QKX-2M4P");

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
  EXPECT_THAT(Log(), ElementsAre(AllOf(HasSubstr("login refused"), HasSubstr("reference 7QKX-2M4P"))));
}

TEST_F(ReturnCodeTest, ARefusalBeforeAnyScreenIsMaxtriesToo) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().Gives(VerdictKind::kRefuse, "Too many logins are waiting.", "R1").Start();
  ExpectError("Too many logins are waiting.\nReference: R1");

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_F(ReturnCodeTest, ARefusalWithoutTextIsStillExplained) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().Gives(VerdictKind::kRefuse).Start();
  ExpectError("The login was refused.");

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_F(ReturnCodeTest, ARefusalGivenWhileThePersonIsAskedIsReadAtTheNextEnter) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().ShowsScreen(kPrompt).Gives(VerdictKind::kRefuse, "Time ran out.", "R2");
  broker().Reaches("pushed").HearsTheEnd().Start();
  person().IsAsked(kPrompt, "", [this] { broker().WaitFor("pushed"); });
  ExpectError("Time ran out.\nReference: R2");

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_F(ReturnCodeTest, ARefusalIsReadEvenWhenTheBrokerHasClosedTheConnectionAfterIt) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().ShowsScreen(kPrompt).Gives(VerdictKind::kRefuse, "This was not you.", "R3");
  broker().Closes().Reaches("closed").Start();
  person().IsAsked(kPrompt, kDigits, [this] { broker().WaitFor("closed"); });
  ExpectError("This was not you.\nReference: R3");

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_F(ReturnCodeTest, ARefusalIsReadWhenTheBrokerClosedWithoutListening) {
  GivenTheShippedLine();
  broker().Accepts().Gives(VerdictKind::kRefuse, "Too many logins are waiting.").Closes().Start();
  ExpectError("Too many logins are waiting.");

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_F(ReturnCodeTest, ARefusalIsShownWhateverPamSilentSays) {
  GivenTheShippedLine("sudo");
  broker()
      .Accepts()
      .HearsLogin({.flags = wire::kFlagSilent})
      .ShowsScreen(kPrompt, "the link")
      .HearsAnswer(kDigits);
  broker().Gives(VerdictKind::kRefuse, "No grant.", "R4").Start();
  person().IsShown(PAM_TEXT_INFO, "the link").IsAsked(kPrompt, kDigits);
  ExpectError("No grant.\nReference: R4");

  EXPECT_EQ(Authenticate(PAM_SILENT), PAM_MAXTRIES);
}

// --- Row: any failure after a link was shown -> PAM_MAXTRIES -------------------------------------

TEST_F(ReturnCodeTest, ABrokerThatDiesAfterTheLinkIsARefusal) {
  GivenTheShippedLine();
  AScreenWasAnswered();
  broker().Closes().Start();
  ExpectError("The login service on this server stopped. Wait a minute and log in again.");

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
  EXPECT_THAT(Log(), ElementsAre(HasSubstr("the broker ended the connection")));
}

TEST_F(ReturnCodeTest, ABrokerThatDiesWhileThePersonIsAskedIsARefusal) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().ShowsScreen(kPrompt).Closes().Reaches("closed").Start();
  person().IsAsked(kPrompt, kDigits, [this] { broker().WaitFor("closed"); });
  ExpectError("The login service on this server stopped. Wait a minute and log in again.");

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_F(ReturnCodeTest, ABrokerThatDiesInTheMiddleOfAFrameAfterTheLinkIsARefusal) {
  GivenTheShippedLine();
  AScreenWasAnswered();
  broker().Sends(
      FrameOf(wire::Verdict{
                  .kind = VerdictKind::kAllow, .text = "", .reference = "", .ticket = FakeBroker::kTicket})
          .substr(0, 30));
  broker().Closes().Start();
  ExpectError("The login service on this server stopped. Wait a minute and log in again.");

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_F(ReturnCodeTest, ABrokerThatHangsAfterTheLinkIsARefusal) {
  Given({"auth requisite " + ImpatientModule()});
  AScreenWasAnswered();
  broker().HearsTheEnd().Start();
  ExpectError("The login service on this server does not answer. Wait a minute and log in again.");

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

TEST_F(ReturnCodeTest, AProviderThatIsAwayAfterTheLinkIsARefusal) {
  GivenTheShippedLine();
  AScreenWasAnswered();
  broker().Gives(VerdictKind::kUnavailable, "CIS2 is away.", "R5").Start();
  ExpectError("CIS2 is away.\nReference: R5");

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES) << "a browser can never cause a fallback";
}

// --- Row: before a link was shown, nobody can decide -> PAM_AUTHINFO_UNAVAIL ---------------------

TEST_F(ReturnCodeTest, AnAbsentSocketIsUnavailable) {
  GivenTheShippedLine();
  RemoveTheBroker();

  EXPECT_EQ(Authenticate(), PAM_AUTHINFO_UNAVAIL);
  EXPECT_THAT(Log(), ElementsAre(AllOf(HasSubstr("cannot find the broker's socket"),
                                       HasSubstr("No such file or directory"))));
}

TEST_F(ReturnCodeTest, ASocketNobodyListensOnIsUnavailable) {
  const TempFolder old;
  std::string path;
  {
    FakeBroker stopped(old.File("pam.sock"));
    path = stopped.socket_path();
  }
  Given({std::string("auth requisite ") + kModulePath + " socket=" + path});

  EXPECT_EQ(Authenticate(), PAM_AUTHINFO_UNAVAIL);
  EXPECT_THAT(Log(), ElementsAre(HasSubstr("Connection refused")));
}

TEST_F(ReturnCodeTest, ABrokerThatClosesAtOnceIsUnavailable) {
  GivenTheShippedLine();
  broker().Accepts().Closes().Start();

  EXPECT_EQ(Authenticate(), PAM_AUTHINFO_UNAVAIL);
}

TEST_F(ReturnCodeTest, ABrokerThatClosesAfterTheRequestIsUnavailable) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().Closes().Start();

  EXPECT_EQ(Authenticate(), PAM_AUTHINFO_UNAVAIL);
}

TEST_F(ReturnCodeTest, ABrokerThatHangsIsUnavailableAfterTheTimeout) {
  Given({"auth requisite " + ImpatientModule()});
  broker().Accepts().HearsLogin().HearsTheEnd().Start();

  EXPECT_EQ(Authenticate(), PAM_AUTHINFO_UNAVAIL);
  EXPECT_THAT(Log(), ElementsAre(HasSubstr("the broker did not answer in time")));
}

TEST_F(ReturnCodeTest, AProviderThatIsAwayIsUnavailable) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().Gives(VerdictKind::kUnavailable).Start();

  EXPECT_EQ(Authenticate(), PAM_AUTHINFO_UNAVAIL);
}

// --- Row: asked again on the same handle after a final no -> PAM_ABORT at once -------------------

TEST_F(ReturnCodeTest, AskedAgainAfterAFinalNoIsAbortWithoutASecondJourney) {
  GivenTheShippedLine();
  AScreenWasAnswered();
  broker().Gives(VerdictKind::kRefuse, "No.").Start();
  ExpectError("No.");
  ASSERT_EQ(Authenticate(), PAM_MAXTRIES);

  EXPECT_EQ(Authenticate(), PAM_ABORT);
  EXPECT_EQ(Authenticate(), PAM_ABORT);
  EXPECT_THAT(Log(),
              ElementsAre(HasSubstr("login refused"), HasSubstr("asked again"), HasSubstr("asked again")));
}

TEST_F(ReturnCodeTest, AskedAgainAfterTheBrokerDiedWithALinkOnTheScreenIsAbort) {
  GivenTheShippedLine();
  AScreenWasAnswered();
  broker().Closes().Start();
  ExpectError("The login service on this server stopped. Wait a minute and log in again.");
  ASSERT_EQ(Authenticate(), PAM_MAXTRIES);

  EXPECT_EQ(Authenticate(), PAM_ABORT);
}

TEST_F(ReturnCodeTest, AskedAgainAfterUnavailableIsAskedAgainIndeed) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().Gives(VerdictKind::kUnavailable);
  AScreenWasAnswered();
  broker().Allows().Start();
  ASSERT_EQ(Authenticate(), PAM_AUTHINFO_UNAVAIL);

  EXPECT_EQ(Authenticate(), PAM_SUCCESS) << "nobody has said no";
}

TEST_F(ReturnCodeTest, AnotherHandleIsNotBoundByTheFinalNoOfTheFirst) {
  GivenTheShippedLine();
  AScreenWasAnswered();
  ExpectError("No.");
  broker().Gives(VerdictKind::kRefuse, "No.");
  AScreenWasAnswered();
  broker().Allows().Start();
  ASSERT_EQ(Authenticate(), PAM_MAXTRIES);

  GivenTheShippedLine();

  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
}

// --- Row: bad arguments, configuration or protocol -> PAM_SERVICE_ERR, PAM_ABORT for login -------

class BadArgumentTest : public ModuleFixture, public ::testing::WithParamInterface<const char*> {};

TEST_P(BadArgumentTest, IsRefusedWithOneClearLineAndNobodyIsAsked) {
  for (const std::string service : {"sshd", "login"}) {
    const std::string line = std::string(kModulePath) + " " + GetParam();
    Given({"auth requisite " + line, "account required " + line}, service);
    const int expected = service == "login" ? PAM_ABORT : PAM_SERVICE_ERR;

    EXPECT_EQ(Authenticate(), expected);
    EXPECT_EQ(CheckAccount(), expected);
  }
  EXPECT_EQ(Log().size(), 4U);
  EXPECT_THAT(Log(), ::testing::Each(HasSubstr("the module is not set up correctly: \"")));
}

INSTANTIATE_TEST_SUITE_P(Arguments, BadArgumentTest,
                         ::testing::Values("sokcet=/run/cis2-broker/pam.sock", "timeout=0", "timeout=61",
                                           "qr=png", "others=ask", "debug=yes", "debug debug",
                                           "socket=pam.sock", "qr=off qr=off"),
                         [](const auto& argument) {
                           std::string name = argument.param;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

// What a broker may send in place of a verdict that is well formed and in its turn.
struct Offence {
  const char* name;
  std::string bytes;
};

void PrintTo(const Offence& offence, std::ostream* out) { *out << offence.name; }

std::vector<Offence> Offences() {
  const std::string allow = FrameOf(
      wire::Verdict{.kind = VerdictKind::kAllow, .text = "", .reference = "", .ticket = FakeBroker::kTicket});
  std::string longer = allow + "x";
  ++longer[3];
  std::string unknown_kind = allow;
  unknown_kind[5] = 9;
  return {
      {"AnotherProtocol", "HTTP/1.1 400 Bad Request\r\n\r\n"},
      {"AFrameThatIsTooLong", std::string("\x00\x00\x3f\xfd\x04", 5)},
      {"AnEmptyFrame", std::string(4, '\0')},
      {"AnUnknownType", std::string("\x00\x00\x00\x01\x09", 5)},
      {"BytesAfterTheLastField", longer},
      {"AnUnknownVerdict", unknown_kind},
      {"AMessageOfTheModule", FrameOf(wire::Answer{.text = kDigits})},
      {"AnAllowWithoutATicket",
       FrameOf(wire::Verdict{.kind = VerdictKind::kAllow, .text = "", .reference = "", .ticket = ""})},
  };
}

class ProtocolOffenceTest : public ReturnCodeTest, public ::testing::WithParamInterface<Offence> {};

TEST_P(ProtocolOffenceTest, IsAServiceErrorBeforeTheLink) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().Sends(GetParam().bytes).HearsTheEnd().Start();

  EXPECT_EQ(Authenticate(), PAM_SERVICE_ERR);
  EXPECT_THAT(Log(), ElementsAre(HasSubstr("the broker does not keep to the protocol")));
}

TEST_P(ProtocolOffenceTest, IsAServiceErrorAfterTheLink) {
  GivenTheShippedLine();
  AScreenWasAnswered();
  broker().Sends(GetParam().bytes).HearsTheEnd().Start();

  EXPECT_EQ(Authenticate(), PAM_SERVICE_ERR);
}

TEST_P(ProtocolOffenceTest, IsAbortForLoginWhichWouldLoop) {
  GivenTheShippedLine("login");
  broker().Accepts().HearsLogin().Sends(GetParam().bytes).HearsTheEnd().Start();

  EXPECT_EQ(Authenticate(), PAM_ABORT);
}

INSTANTIATE_TEST_SUITE_P(Offences, ProtocolOffenceTest, ::testing::ValuesIn(Offences()),
                         [](const auto& offence) { return offence.param.name; });

TEST_F(ReturnCodeTest, ASecondScreenBeforeTheAnswerIsAServiceError) {
  GivenTheShippedLine();
  broker()
      .Accepts()
      .HearsLogin()
      .ShowsScreen(kPrompt)
      .ShowsScreen(kPrompt)
      .Reaches("twice")
      .HearsTheEnd()
      .Start();
  person().IsAsked(kPrompt, kDigits, [this] { broker().WaitFor("twice"); });

  EXPECT_EQ(Authenticate(), PAM_SERVICE_ERR);
}

TEST_F(ReturnCodeTest, AServiceErrorIsNoFinalNo) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().Gives(VerdictKind::kUnsupported);
  AScreenWasAnswered();
  broker().Allows().Start();
  ASSERT_EQ(Authenticate(), PAM_SERVICE_ERR);

  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
}

TEST_F(ReturnCodeTest, ABrokerOfAnotherReleaseIsToldToBothThePersonAndTheAdministrator) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().Gives(VerdictKind::kUnsupported, "It is being upgraded.").Start();
  person().IsShown(PAM_ERROR_MSG, "It is being upgraded.");

  EXPECT_EQ(Authenticate(), PAM_SERVICE_ERR) << "not unavailable: an old module must not lead to a fallback";
  EXPECT_THAT(Log(), ElementsAre(HasSubstr("the broker is of another release: install libpam-cis2")));
}

TEST_F(ReturnCodeTest, ASocketThatOthersMayWriteToIsAServiceError) {
  GivenTheShippedLine();
  std::filesystem::permissions(broker().socket_path(), std::filesystem::perms::all);

  EXPECT_EQ(Authenticate(), PAM_SERVICE_ERR) << "not unavailable: tampering must not lead to a fallback";
  EXPECT_THAT(Log(), ElementsAre(HasSubstr("only root may write to")));
}

TEST_F(ReturnCodeTest, AFolderThatOthersMayWriteToIsAServiceError) {
  GivenTheShippedLine();
  std::filesystem::permissions(folder().path(), std::filesystem::perms::all);

  EXPECT_EQ(Authenticate(), PAM_SERVICE_ERR);
}

// --- Row: conversation failed -> PAM_CONV_ERR ----------------------------------------------------

TEST_F(ReturnCodeTest, AConversationThatFailsIsConvErr) {
  for (const int code : {PAM_CONV_ERR, PAM_CONV_AGAIN, PAM_ABORT, PAM_SUCCESS + 1}) {
    person().IsAskedAndFails(kPrompt, code);
    broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsTheEnd();
  }
  broker().Start();
  for (int i = 0; i < 4; ++i) {
    GivenTheShippedLine();
    EXPECT_EQ(Authenticate(), PAM_CONV_ERR);
  }
}

TEST_F(ReturnCodeTest, AnApplicationThatBringsNoAnswerIsConvErr) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsTheEnd().Start();
  person().IsAskedAndGivesNothing(kPrompt);

  EXPECT_EQ(Authenticate(), PAM_CONV_ERR);
}

TEST_F(ReturnCodeTest, WithoutAConversationFunctionNoLoginIsBegun) {
  GivenTheShippedLine();
  const pam_conv none = {.conv = nullptr, .appdata_ptr = nullptr};
  PamSession session(folder().path(), "sshd", "op1", &none);

  EXPECT_EQ(session.Authenticate(), PAM_CONV_ERR);
  ExpectMoreLogLines(1);
}

TEST_F(ReturnCodeTest, AnAccountThatCannotBeAskedForIsConvErr) {
  Given({"auth requisite " + Module()}, "login", /*user=*/nullptr);
  person().IsAskedAndFails("login:", PAM_CONV_ERR);

  EXPECT_EQ(Authenticate(), PAM_CONV_ERR);
}

TEST_F(ReturnCodeTest, AFailedConversationIsNoFinalNo) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsTheEnd();
  person().IsAskedAndFails(kPrompt, PAM_CONV_ERR);
  AScreenWasAnswered();
  broker().Allows().Start();
  ASSERT_EQ(Authenticate(), PAM_CONV_ERR)
      << "sshd's password method fails so, and keyboard-interactive follows";

  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
}

TEST_F(ReturnCodeTest, ATextThatCannotBeShownDoesNotSoftenTheRefusal) {
  GivenTheShippedLine();
  AScreenWasAnswered();
  broker().Gives(VerdictKind::kRefuse, "No.").Start();
  person().IsShownAndFails(PAM_ERROR_MSG, "No.", PAM_CONV_ERR);

  EXPECT_EQ(Authenticate(), PAM_MAXTRIES);
}

// --- Row: out of memory -> PAM_BUF_ERR -----------------------------------------------------------

TEST_F(ReturnCodeTest, AConversationThatIsOutOfMemoryIsBufErr) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsTheEnd().Start();
  person().IsAskedAndFails(kPrompt, PAM_BUF_ERR);

  EXPECT_EQ(Authenticate(), PAM_BUF_ERR);
}

TEST_F(ReturnCodeTest, ALoginThatCannotBeRememberedIsBufErrAndNobodyIsAsked) {
  GivenTheShippedLine();
  const PamDataFails out_of_memory;

  EXPECT_EQ(Authenticate(), PAM_BUF_ERR);
  EXPECT_THAT(Log(), ElementsAre(HasSubstr("out of memory")));
}

// --- The hooks that have nothing to decide -------------------------------------------------------

TEST_F(ReturnCodeTest, CredentialAndSessionHooksSucceedWhateverTheArguments) {
  const std::string line = std::string(kModulePath) + " sokcet=/x";
  PamSession& session = Given({"auth required " + line, "session required " + line});

  EXPECT_EQ(session.SetCredentials(), PAM_SUCCESS);
  EXPECT_EQ(session.OpenSession(), PAM_SUCCESS);
  EXPECT_EQ(session.CloseSession(), PAM_SUCCESS);
}

}  // namespace
}  // namespace cis2::testing
