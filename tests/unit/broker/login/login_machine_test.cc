#include "broker/login/login_machine.h"

#include "broker/base/random.h"
#include "tests/support/fake_random.h"
#include "tests/support/identities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace cis2::login {
namespace {

using namespace std::chrono_literals;
using reasons::Reason;

constexpr const char* kCode = "482913";

// Speaks to one machine and remembers what it did.
class LoginMachineTest : public ::testing::Test {
 protected:
  LoginMachineTest() : machine_(Facts(), base::Secret(kCode)) { Take(machine_.Start(now_)); }

  LoginFacts Facts() const {
    LoginFacts facts;
    facts.login_id = "0011";
    facts.reference = "4G7K2-9QXD3";
    facts.user_code = "BCDFGHJK";
    facts.link = "https://login.example:8443/l/BCDF-GHJK";
    facts.host = "server-a";
    facts.target.service = "sshd";
    facts.target.account = "op1";
    facts.target.client_address = "192.0.2.7";
    facts.from = "192.0.2.7";
    facts.deadline = now_ + 110s;
    return facts;
  }

  void On(const Event& event) { Take(machine_.On(event, in_force_, now_, away_)); }
  void Types(const std::string& text) { On(Answered{text}); }
  void Continue() { On(board::Continued{.login_id = "0011", .browser_addr = "192.0.2.9"}); }
  void SignIn(const identity::Identity& identity = tests::SomeIdentity()) {
    On(board::SignedIn{.login_id = "0011", .browser_addr = "192.0.2.9", .identity = identity});
    On(AccountKnown{.uid = 1001, .ruser_uid = std::nullopt});
  }
  void ReachCode() {
    Continue();
    SignIn();
  }

  // --- what it did
  template <class T>
  std::vector<T> All() const {
    std::vector<T> out;
    for (const Effect& e : effects_) {
      if (const auto* found = std::get_if<T>(&e)) {
        out.push_back(*found);
      }
    }
    return out;
  }
  template <class T>
  std::vector<T> Posted() const {
    std::vector<T> out;
    for (const Post& post : All<Post>()) {
      if (const auto* found = std::get_if<T>(&post.message)) {
        out.push_back(*found);
      }
    }
    return out;
  }
  std::string LastPrompt() const {
    return All<ShowScreen>().empty() ? "" : All<ShowScreen>().back().screen.prompt;
  }
  // The outcomes in the audit.
  std::vector<audit::Event> Outcomes() const {
    std::vector<audit::Event> out;
    for (const Record& r : All<Record>()) {
      if (r.event.kind == audit::EventKind::kOutcome) {
        out.push_back(r.event);
      }
    }
    for (const RecordAllow& r : All<RecordAllow>()) {
      out.push_back(r.event);
    }
    return out;
  }
  void ExpectRefused(Reason reason) const {
    ASSERT_EQ(Outcomes().size(), 1U);
    EXPECT_EQ(reasons::Id(Outcomes()[0].reason), reasons::Id(reason));
    ASSERT_EQ(All<GiveVerdict>().size(), 1U);
    EXPECT_EQ(All<GiveVerdict>()[0].kind, wire::VerdictKind::kRefuse);
    ASSERT_EQ(Posted<board::LoginEnded>().size(), 1U);
    EXPECT_EQ(Posted<board::LoginEnded>()[0].reason, reason);
    EXPECT_EQ(machine_.phase(), Phase::kEnded);
  }

  void Take(Effects effects) {
    effects_.insert(effects_.end(), std::make_move_iterator(effects.begin()),
                    std::make_move_iterator(effects.end()));
  }

  base::TimePoint now_{1000s};
  bool away_ = false;
  std::vector<policy::Grant> grants_ = {tests::SomeGrant()};
  int asked_for_grants_ = 0;
  const Grants in_force_ = [this]() -> const std::vector<policy::Grant>& {
    ++asked_for_grants_;
    return grants_;
  };
  LoginMachine machine_;
  std::vector<Effect> effects_;
};

TEST_F(LoginMachineTest, StartPostsTheLoginAndShowsTheLink) {
  ASSERT_EQ(Posted<board::LoginPosted>().size(), 1U);
  EXPECT_EQ(Posted<board::LoginPosted>()[0].user_code, "BCDFGHJK");
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("https://login.example:8443/l/BCDF-GHJK"));
}

TEST_F(LoginMachineTest, AnAllowedLoginIsOnDiskBeforeItsVerdict) {
  ReachCode();
  Types(kCode);
  EXPECT_TRUE(All<GiveVerdict>().empty());
  ASSERT_EQ(All<RecordAllow>().size(), 1U);
  EXPECT_EQ(All<RecordAllow>()[0].event.grant, "imaging on-call");
  EXPECT_EQ(All<RecordAllow>()[0].event.sub, "656005750105");

  On(AllowRecorded{.ok = true});

  ASSERT_EQ(All<GiveVerdict>().size(), 1U);
  EXPECT_EQ(All<GiveVerdict>()[0].kind, wire::VerdictKind::kAllow);
  EXPECT_EQ(Outcomes().size(), 1U);
  ASSERT_EQ(Posted<board::LoginEnded>().size(), 1U);
  EXPECT_EQ(Posted<board::LoginEnded>()[0].end, board::End::kAllowed);
}

TEST_F(LoginMachineTest, AnAllowThatCannotBeRecordedIsARefusal) {
  ReachCode();
  Types(kCode);
  On(AllowRecorded{.ok = false});
  ASSERT_EQ(All<GiveVerdict>().size(), 1U);
  EXPECT_EQ(All<GiveVerdict>()[0].kind, wire::VerdictKind::kRefuse);
  EXPECT_EQ(Posted<board::LoginEnded>()[0].reason, Reason::kAuditUnavailable);
}

TEST_F(LoginMachineTest, TheDigitsAreShownOnlyAfterAGrantAllowed) {
  Continue();
  On(board::SignedIn{.login_id = "0011", .browser_addr = "192.0.2.9", .identity = tests::SomeIdentity()});
  EXPECT_TRUE(Posted<board::CodeIssued>().empty());
  On(AccountKnown{.uid = 1001, .ruser_uid = std::nullopt});
  ASSERT_EQ(Posted<board::CodeIssued>().size(), 1U);
  EXPECT_EQ(Posted<board::CodeIssued>()[0].confirmation_code, kCode);
}

TEST_F(LoginMachineTest, SpacesAndDashesBetweenTheDigitsAreFine) {
  ReachCode();
  Types(" 482-913 ");
  EXPECT_EQ(All<RecordAllow>().size(), 1U);
}

TEST_F(LoginMachineTest, ThreeWrongAnswersAreFinal) {
  ReachCode();
  Types("000000");
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("2 tries left"));
  Types("48291");
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("1 try left"));
  Types("4829133");
  ExpectRefused(Reason::kLoginWrongDigits);
}

TEST_F(LoginMachineTest, DigitsBeforeTheSignInAreNeitherComparedNorCounted) {
  for (int i = 0; i < 10; ++i) {
    Types(kCode);
    EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("Not signed in yet"));
  }
  ReachCode();
  Types("000000");
  Types("000000");
  Types(kCode);
  EXPECT_EQ(All<RecordAllow>().size(), 1U);
}

TEST_F(LoginMachineTest, TheJunkOfSshdIsAnsweredLikeWrongDigitsAndNamedForTheAdministrator) {
  ReachCode();
  for (int i = 0; i < 3; ++i) {
    Types("\b\n\r\177IN");
  }
  ExpectRefused(Reason::kAccountNotAdmitted);
  EXPECT_EQ(All<GiveVerdict>()[0].text, reasons::OperatorText(Reason::kLoginWrongDigits));
}

TEST_F(LoginMachineTest, ThreeEmptyAnswersWithinTwoSecondsAreFinal) {
  Types("");
  Types("");
  now_ += 2s;
  Types("");
  ExpectRefused(Reason::kLoginNobodyThere);
}

TEST_F(LoginMachineTest, EmptyAnswersOfAPersonOnlyAskAgain) {
  for (int i = 0; i < 10; ++i) {
    Types("");
    now_ += 1001ms;
  }
  EXPECT_TRUE(All<GiveVerdict>().empty());
}

TEST_F(LoginMachineTest, TwentyPromptsAreTheLimit) {
  for (int i = 1; i < kMaxPrompts; ++i) {
    Types("hello");
    EXPECT_TRUE(All<GiveVerdict>().empty()) << i;
  }
  EXPECT_EQ(All<ShowScreen>().size(), 20U);
  Types("hello");
  ExpectRefused(Reason::kLoginTooManyPrompts);
}

TEST_F(LoginMachineTest, OneCharacterStepsTheView) {
  Types("x");
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("\u2588"));
  Types("x");
  Types("x");
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("40 rows"));
  Types("x");
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("Never give the digits"));
}

TEST_F(LoginMachineTest, NoGrantIsARefusalWithoutDigits) {
  grants_.clear();
  ReachCode();
  ExpectRefused(Reason::kPolicyNoGrant);
  EXPECT_TRUE(Posted<board::CodeIssued>().empty());
}

TEST_F(LoginMachineTest, ALevelTooLowIsNamed) {
  identity::Identity identity = tests::SomeIdentity();
  identity.aal = 2;
  Continue();
  SignIn(identity);
  ExpectRefused(Reason::kAalTooLow);
  EXPECT_EQ(All<GiveVerdict>()[0].text, "This server needs a sign-in of level 3, you signed in at level 2.");
}

TEST_F(LoginMachineTest, PolicyIsAskedAgainWhenTheDigitsAreRight) {
  ReachCode();
  grants_.clear();
  Types(kCode);
  ExpectRefused(Reason::kPolicyNoGrant);
  EXPECT_TRUE(All<RecordAllow>().empty());
}

// Each look at them is a look at every map, on the thread of all logins.
TEST_F(LoginMachineTest, GrantsAreAskedForOnlyToDecide) {
  ReachCode();
  EXPECT_EQ(asked_for_grants_, 1);
  Types("000000");
  EXPECT_EQ(asked_for_grants_, 1);
  Types(kCode);
  EXPECT_EQ(asked_for_grants_, 2);
  On(AllowRecorded{.ok = true});
  On(Gone{});
  EXPECT_EQ(asked_for_grants_, 2);
}

TEST_F(LoginMachineTest, NothingCountsAtTheDeadline) {
  ReachCode();
  now_ += 110s;
  Types(kCode);
  ExpectRefused(Reason::kLoginExpired);
  EXPECT_EQ(Posted<board::LoginEnded>()[0].end, board::End::kExpired);
  EXPECT_EQ(Outcomes()[0].outcome, audit::Outcome::kExpired);
}

TEST_F(LoginMachineTest, RightDigitsJustBeforeTheDeadlineStillLetIn) {
  ReachCode();
  now_ += 110s - 1ms;
  Types(kCode);
  now_ += 5s;
  On(AllowRecorded{.ok = true});
  EXPECT_EQ(All<GiveVerdict>()[0].kind, wire::VerdictKind::kAllow);
}

TEST_F(LoginMachineTest, NotMeEndsItAndRaisesAnAlarmUntilTheVerdict) {
  ReachCode();
  On(board::NotMe{.login_id = "0011", .browser_addr = "192.0.2.9"});
  ExpectRefused(Reason::kLoginNotMe);
  const auto records = All<Record>();
  EXPECT_TRUE(
      std::ranges::any_of(records, [](const Record& r) { return r.event.kind == audit::EventKind::kNotMe; }));
}

TEST_F(LoginMachineTest, ASignInThatFailedEndsIt) {
  Continue();
  On(board::SignInFailed{.login_id = "0011",
                         .browser_addr = "192.0.2.9",
                         .refusal = {.reason = Reason::kIdTokenNonce, .detail = "", .args = {}}});
  ExpectRefused(Reason::kIdTokenNonce);
}

TEST_F(LoginMachineTest, AProviderThatIsAwayAfterTheLinkIsARefusalForPamAndUnavailableForThePages) {
  Continue();
  On(board::SignInFailed{.login_id = "0011",
                         .browser_addr = "192.0.2.9",
                         .refusal = {.reason = Reason::kProviderUnavailable, .detail = "", .args = {}}});
  ExpectRefused(Reason::kProviderUnavailable);
  EXPECT_EQ(Posted<board::LoginEnded>()[0].end, board::End::kUnavailable);
}

TEST_F(LoginMachineTest, AnotherBrowserRaisesAnAlarmAndEndsIt) {
  Continue();
  On(board::SignInFailed{.login_id = "0011",
                         .browser_addr = "198.51.100.1",
                         .refusal = {.reason = Reason::kBrowserOther, .detail = "", .args = {}}});
  ExpectRefused(Reason::kBrowserOther);
  const auto records = All<Record>();
  EXPECT_TRUE(std::ranges::any_of(
      records, [](const Record& r) { return r.event.kind == audit::EventKind::kOtherBrowser; }));
}

TEST_F(LoginMachineTest, AClosedTerminalCancels) {
  On(Gone{});
  ExpectRefused(Reason::kLoginCancelled);
  EXPECT_EQ(Posted<board::LoginEnded>()[0].end, board::End::kCancelled);
}

TEST_F(LoginMachineTest, ASignInWithoutContinueOrTwiceDoesNothing) {
  SignIn();
  EXPECT_TRUE(Posted<board::CodeIssued>().empty());
  ReachCode();
  identity::Identity other = tests::SomeIdentity();
  other.sub = "999";
  SignIn(other);
  Types(kCode);
  EXPECT_EQ(All<RecordAllow>()[0].event.sub, "656005750105");
}

TEST_F(LoginMachineTest, NothingHappensAfterTheEnd) {
  On(Gone{});
  const std::size_t before = effects_.size();
  Continue();
  SignIn();
  Types(kCode);
  On(Expired{});
  On(board::NotMe{.login_id = "0011", .browser_addr = ""});
  On(AllowRecorded{.ok = true});
  EXPECT_EQ(effects_.size(), before);
}

TEST_F(LoginMachineTest, WhileTheAllowIsBeingWrittenNothingTurnsIt) {
  ReachCode();
  Types(kCode);
  On(board::NotMe{.login_id = "0011", .browser_addr = ""});
  On(Gone{});
  Types("000000");
  On(Expired{});
  EXPECT_EQ(Outcomes().size(), 1U);
  On(AllowRecorded{.ok = true});
  EXPECT_EQ(Outcomes().size(), 1U);
  EXPECT_EQ(All<GiveVerdict>().size(), 1U);
}

TEST_F(LoginMachineTest, NoTextOnTheTerminalHoldsTheDigits) {
  ReachCode();
  Types("1");
  Types("000000");
  for (const ShowScreen& s : All<ShowScreen>()) {
    EXPECT_THAT(s.screen.prompt + s.screen.info, ::testing::Not(::testing::HasSubstr(kCode)));
  }
}

// --- emergency codes

constexpr const char* kEmergencyCode = "7K2QX-M4T0Z-9WCRB-3HN8D";

// A login that was pending when the provider went away.
class EmergencyTest : public LoginMachineTest {
 protected:
  EmergencyTest() { away_ = true; }

  void SignsInAtTheProvider() {
    On(board::SignedIn{.login_id = "0011", .browser_addr = "192.0.2.9", .identity = tests::SomeIdentity()});
  }
  void FailsToSignIn(Reason reason) {
    On(board::SignInFailed{.login_id = "0011",
                           .browser_addr = "192.0.2.9",
                           .refusal = {.reason = reason, .detail = "", .args = {}}});
  }
  void FindsRight() { On(EmergencyChecked{std::string("7K2QX")}); }
  void Finds(Reason reason) { On(EmergencyChecked{reasons::Refuse(reason)}); }
  [[nodiscard]] std::size_t Checks() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        effects_, [](const Effect& e) { return std::holds_alternative<CheckEmergencyCode>(e); }));
  }
  [[nodiscard]] std::vector<audit::EventKind> Recorded() const {
    std::vector<audit::EventKind> kinds;
    for (const Record& record : All<Record>()) {
      kinds.push_back(record.event.kind);
    }
    return kinds;
  }
};

TEST_F(EmergencyTest, ARightCodeIsAnAlarmAndAnAllowAndOnDiskBeforeTheVerdict) {
  Types(kEmergencyCode);
  ASSERT_EQ(Checks(), 1U);
  EXPECT_TRUE(All<RecordAllow>().empty());
  FindsRight();
  EXPECT_THAT(Recorded(), ::testing::ElementsAre(audit::EventKind::kBreakGlass));
  ASSERT_EQ(All<RecordAllow>().size(), 1U);
  const audit::Event outcome = All<RecordAllow>()[0].event;
  EXPECT_EQ(outcome.grant, "break-glass");
  EXPECT_EQ(outcome.code_id, "7K2QX");
  EXPECT_EQ(outcome.sub, "");
  EXPECT_TRUE(All<GiveVerdict>().empty());

  On(AllowRecorded{.ok = true});

  ASSERT_EQ(All<GiveVerdict>().size(), 1U);
  EXPECT_EQ(All<GiveVerdict>()[0].kind, wire::VerdictKind::kAllow);
  EXPECT_TRUE(machine_.by_emergency_code());
  EXPECT_FALSE(machine_.identity());
  ASSERT_EQ(Posted<board::LoginEnded>().size(), 1U);
  EXPECT_EQ(Posted<board::LoginEnded>()[0].end, board::End::kAllowed);
  EXPECT_TRUE(All<RaiseElsewhere>().empty());
}

TEST_F(EmergencyTest, WhileTheProviderIsPresentACodeIsNeitherComparedNorCounted) {
  away_ = false;
  for (int i = 0; i < 5; ++i) {
    Types(kEmergencyCode);
    EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("Not signed in yet"));
  }
  EXPECT_EQ(Checks(), 0U);
  EXPECT_TRUE(All<GiveVerdict>().empty());
  away_ = true;
  Types(kEmergencyCode);
  EXPECT_EQ(Checks(), 1U);
}

TEST_F(EmergencyTest, TheProviderIsAskedAboutForEachCode) {
  Types(kEmergencyCode);
  Finds(Reason::kBreakGlassWrong);
  away_ = false;
  Types(kEmergencyCode);
  EXPECT_EQ(Checks(), 1U);
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("Not signed in yet"));
}

TEST_F(EmergencyTest, ABrowserThatContinuedChangesNothing) {
  Continue();
  Types(kEmergencyCode);
  FindsRight();
  On(AllowRecorded{.ok = true});
  EXPECT_EQ(All<GiveVerdict>()[0].kind, wire::VerdictKind::kAllow);
}

TEST_F(EmergencyTest, OnceSomebodySignedInACodeIsWrongDigits) {
  ReachCode();
  Types(kEmergencyCode);
  EXPECT_EQ(Checks(), 0U);
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("These are not the digits. 2 tries left."));
}

TEST_F(EmergencyTest, WhateverIsWrongWithACodeLooksTheSame) {
  for (const Reason reason : {Reason::kBreakGlassWrong, Reason::kBreakGlassUsed, Reason::kBreakGlassRevoked,
                              Reason::kBreakGlassExpired}) {
    EXPECT_EQ(RefusalText(texts::Language::kEnglish, reason), "This emergency code cannot be used.");
    EXPECT_EQ(RefusalText(texts::Language::kWelsh, reason),
              RefusalText(texts::Language::kWelsh, Reason::kBreakGlassWrong));
  }
}

TEST_F(EmergencyTest, ThreeWrongCodesAreFinalAndTheAuditKnowsTheLast) {
  Types(kEmergencyCode);
  Finds(Reason::kBreakGlassWrong);
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("This emergency code cannot be used. 2 tries left."));
  Types(kEmergencyCode);
  Finds(Reason::kBreakGlassExpired);
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("1 try left"));
  Types(kEmergencyCode);
  Finds(Reason::kBreakGlassUsed);
  ExpectRefused(Reason::kBreakGlassUsed);
  EXPECT_EQ(Outcomes()[0].code_id, "");
}

TEST_F(EmergencyTest, WrongCodesDoNotCountAsWrongDigits) {
  Types(kEmergencyCode);
  Finds(Reason::kBreakGlassWrong);
  Types(kEmergencyCode);
  Finds(Reason::kBreakGlassWrong);
  ReachCode();
  Types("000000");
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("2 tries left"));
}

TEST_F(EmergencyTest, WhatCannotBeCheckedAndTooManyAreFinalAtOnce) {
  for (const Reason reason : {Reason::kBreakGlassUnavailable, Reason::kBreakGlassTooMany}) {
    LoginMachine machine(Facts(), base::Secret(kCode));
    machine.Start(now_);
    machine.On(Answered{kEmergencyCode}, in_force_, now_, true);
    machine.On(EmergencyChecked{reasons::Refuse(reason)}, in_force_, now_, true);
    EXPECT_EQ(machine.phase(), Phase::kEnded);
  }
}

TEST_F(EmergencyTest, AnAuditThatCannotBeWrittenIsToldElsewhereAndNoRefusal) {
  Types(kEmergencyCode);
  FindsRight();
  On(AllowRecorded{.ok = false});
  ASSERT_EQ(All<RaiseElsewhere>().size(), 1U);
  EXPECT_EQ(All<RaiseElsewhere>()[0].event.outcome, audit::Outcome::kAllowed);
  EXPECT_EQ(All<RaiseElsewhere>()[0].event.code_id, "7K2QX");
  ASSERT_EQ(All<GiveVerdict>().size(), 1U);
  EXPECT_EQ(All<GiveVerdict>()[0].kind, wire::VerdictKind::kAllow);
}

TEST_F(EmergencyTest, WhileACodeIsComparedNothingElseIsAnswered) {
  Continue();
  Types(kEmergencyCode);
  Types(kEmergencyCode);
  SignIn();
  EXPECT_EQ(Checks(), 1U);
  EXPECT_EQ(machine_.phase(), Phase::kEmergency);
  EXPECT_TRUE(Posted<board::CodeIssued>().empty());
}

// A comparison may take seconds: what a browser does meanwhile is not lost.
TEST_F(EmergencyTest, ABrowserThatContinuesMeanwhileHasContinuedAfterAWrongCode) {
  Types(kEmergencyCode);
  Continue();
  EXPECT_EQ(machine_.phase(), Phase::kEmergency);
  Finds(Reason::kBreakGlassWrong);
  EXPECT_EQ(machine_.phase(), Phase::kContinued);
  SignIn();
  EXPECT_EQ(Posted<board::CodeIssued>().size(), 1U);
}

TEST_F(EmergencyTest, ASignInMeanwhileCountsAfterAWrongCode) {
  Types(kEmergencyCode);
  Continue();
  SignsInAtTheProvider();
  EXPECT_TRUE(All<LookUpAccount>().empty());
  Finds(Reason::kBreakGlassWrong);
  EXPECT_EQ(machine_.phase(), Phase::kDeciding);
  On(AccountKnown{.uid = 1001, .ruser_uid = std::nullopt});
  Types(kCode);
  On(AllowRecorded{.ok = true});
  ASSERT_EQ(All<GiveVerdict>().size(), 1U);
  EXPECT_EQ(All<GiveVerdict>()[0].kind, wire::VerdictKind::kAllow);
}

TEST_F(EmergencyTest, ASignInThatFailsMeanwhileEndsTheLoginOnlyAfterAWrongCode) {
  Continue();
  Types(kEmergencyCode);
  FailsToSignIn(Reason::kTokenInvalidClient);
  EXPECT_TRUE(All<GiveVerdict>().empty());
  Finds(Reason::kBreakGlassWrong);
  ExpectRefused(Reason::kTokenInvalidClient);
}

TEST_F(EmergencyTest, ARightCodeLetsInWhateverABrowserDoesMeanwhile) {
  Types(kEmergencyCode);
  Continue();
  SignsInAtTheProvider();
  FailsToSignIn(Reason::kTokenInvalidClient);
  FindsRight();
  On(AllowRecorded{.ok = true});
  ASSERT_EQ(All<GiveVerdict>().size(), 1U);
  EXPECT_EQ(All<GiveVerdict>()[0].kind, wire::VerdictKind::kAllow);
  EXPECT_FALSE(machine_.identity());
  EXPECT_EQ(Outcomes().size(), 1U);
}

TEST_F(EmergencyTest, NothingThatWaitedIsHeardAfterTheEnd) {
  Types(kEmergencyCode);
  Continue();
  FailsToSignIn(Reason::kTokenInvalidClient);
  Finds(Reason::kBreakGlassTooMany);
  ExpectRefused(Reason::kBreakGlassTooMany);
}

TEST_F(EmergencyTest, ASignInInAnotherBrowserStillEndsItWhileACodeIsCompared) {
  Continue();
  Types(kEmergencyCode);
  FailsToSignIn(Reason::kBrowserOther);
  ExpectRefused(Reason::kBrowserOther);
  EXPECT_EQ(All<Record>()[1].event.kind, audit::EventKind::kOtherBrowser);
  FindsRight();
  EXPECT_TRUE(All<RecordAllow>().empty());
}

TEST_F(EmergencyTest, ALoginThatEndsMeanwhileStaysEnded) {
  Types(kEmergencyCode);
  On(Gone{});
  FindsRight();
  ExpectRefused(Reason::kLoginCancelled);
  EXPECT_TRUE(All<RecordAllow>().empty());
}

TEST_F(EmergencyTest, NotMeStillEndsItWhileACodeIsCompared) {
  Types(kEmergencyCode);
  On(board::NotMe{.login_id = "0011", .browser_addr = "192.0.2.9"});
  FindsRight();
  ExpectRefused(Reason::kLoginNotMe);
}

TEST_F(EmergencyTest, AnAnswerOfTheCheckThatNobodyAskedForDoesNothing) {
  FindsRight();
  EXPECT_TRUE(All<RecordAllow>().empty());
  EXPECT_EQ(machine_.phase(), Phase::kWaiting);
}

// A login that begins while the provider is away.
class WithoutLinkTest : public EmergencyTest {
 protected:
  WithoutLinkTest() {
    LoginFacts facts = Facts();
    facts.provider_away = true;
    effects_.clear();
    machine_ = LoginMachine(std::move(facts), base::Secret(kCode));
    Take(machine_.Start(now_));
  }
};

TEST_F(WithoutLinkTest, ItAsksForACodeAndTheWebSideHearsNothing) {
  EXPECT_THAT(LastPrompt(), ::testing::StartsWith("\nThe sign-in service cannot be reached"));
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("emergency code within 1 minute 50 seconds"));
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("recorded and reported"));
  EXPECT_THAT(LastPrompt(), ::testing::EndsWith("\nCode: "));
  EXPECT_THAT(LastPrompt(), ::testing::Not(::testing::HasSubstr("/l/")));
  Types(kEmergencyCode);
  FindsRight();
  On(AllowRecorded{.ok = true});
  EXPECT_EQ(All<GiveVerdict>()[0].kind, wire::VerdictKind::kAllow);
  EXPECT_EQ(Outcomes().size(), 1U);
  EXPECT_TRUE(All<Post>().empty());
}

TEST_F(WithoutLinkTest, ItsEndIsARefusalThatTheWebSideDoesNotHearOf) {
  On(Expired{});
  ASSERT_EQ(All<GiveVerdict>().size(), 1U);
  EXPECT_EQ(All<GiveVerdict>()[0].kind, wire::VerdictKind::kRefuse);
  EXPECT_EQ(Outcomes().size(), 1U);
  EXPECT_TRUE(All<Post>().empty());
}

TEST_F(WithoutLinkTest, WhatHasNotTheFormOfACodeIsNotCounted) {
  for (const char* typed : {"482913", "x", "?", "7K2QX-M4T0Z-9WCRB-3HN8", "hello", "\b\n\r\177INCORRECT"}) {
    Types(typed);
    EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("That is no emergency code")) << typed;
    EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("You may type an emergency code"));
  }
  EXPECT_EQ(Checks(), 0U);
}

TEST_F(WithoutLinkTest, JunkAsLongAsACodeIsComparedLikeOne) {
  Types("\b\n\r\177INCORRECT\b\n\r\177INCORREC");
  ASSERT_EQ(Checks(), 1U);
  EXPECT_EQ(std::get<CheckEmergencyCode>(effects_.back()).code.id, "");
  Finds(Reason::kBreakGlassWrong);
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("2 tries left"));
}

TEST_F(WithoutLinkTest, WhenTheProviderIsBackTheLinkIsShownAndNoCodeTaken) {
  away_ = false;
  Types(kEmergencyCode);
  EXPECT_EQ(Checks(), 0U);
  ASSERT_EQ(Posted<board::LoginPosted>().size(), 1U);
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("can be reached again"));
  EXPECT_THAT(LastPrompt(), ::testing::HasSubstr("https://login.example:8443/l/BCDF-GHJK"));
  ReachCode();
  Types(kCode);
  On(AllowRecorded{.ok = true});
  EXPECT_EQ(All<GiveVerdict>()[0].kind, wire::VerdictKind::kAllow);
  EXPECT_FALSE(machine_.by_emergency_code());
  EXPECT_EQ(Posted<board::LoginEnded>().size(), 1U);
}

TEST_F(WithoutLinkTest, NobodyThereIsFoundHereToo) {
  for (int i = 0; i < 3; ++i) {
    Types("");
  }
  ASSERT_EQ(Outcomes().size(), 1U);
  EXPECT_EQ(Outcomes()[0].reason, Reason::kLoginNobodyThere);
}

// Events in any order: one outcome, one verdict, one end for the web side if it was told of a beginning; and no way in
// but by the digits, or by a code while the provider is away.
TEST_F(LoginMachineTest, WhateverHappensThereIsOneOutcomeAndOneVerdict) {
  tests::FakeRandom random;
  for (int walk = 0; walk < 2000; ++walk) {
    effects_.clear();
    now_ = base::TimePoint{1000s};
    away_ = base::RandomBelow(random, 2) == 0;
    LoginFacts facts = Facts();
    facts.provider_away = away_;
    machine_ = LoginMachine(std::move(facts), base::Secret(kCode));
    Take(machine_.Start(now_));
    bool proved = false;
    for (int step = 0; step < 12; ++step) {
      away_ = base::RandomBelow(random, 3) == 0 ? !away_ : away_;
      switch (base::RandomBelow(random, 10)) {
        case 0:
          Continue();
          break;
        case 1:
          SignIn();
          break;
        case 2:
          proved = proved || machine_.phase() == Phase::kCode;
          Types(kCode);
          break;
        case 3:
        case 4:
          Types(kEmergencyCode);
          break;
        case 5:
          proved = proved || machine_.phase() == Phase::kEmergency;
          On(EmergencyChecked{std::string("7K2QX")});
          break;
        case 6:
          On(EmergencyChecked{reasons::Refuse(Reason::kBreakGlassWrong)});
          break;
        case 7:
          On(AllowRecorded{.ok = base::RandomBelow(random, 2) == 0});
          break;
        case 8:
          Types("000000");
          break;
        default:
          now_ += 15s;
          break;
      }
    }
    On(AllowRecorded{.ok = true});
    On(Gone{});
    EXPECT_EQ(machine_.phase(), Phase::kEnded);
    EXPECT_EQ(All<GiveVerdict>().size(), 1U);
    const bool allowed = All<GiveVerdict>()[0].kind == wire::VerdictKind::kAllow;
    EXPECT_TRUE(!allowed || proved);
    // An allow that could not be written is followed by the refusal that it became.
    EXPECT_EQ(Outcomes().size() - (allowed ? 0U : All<RecordAllow>().size()), 1U);
    EXPECT_LE(Posted<board::LoginPosted>().size(), 1U);
    EXPECT_EQ(Posted<board::LoginEnded>().size(), Posted<board::LoginPosted>().size());
  }
}

TEST(ClassifyTest, Answers) {
  EXPECT_EQ(Classify(""), AnswerKind::kEmpty);
  EXPECT_EQ(Classify("?"), AnswerKind::kStep);
  EXPECT_EQ(Classify("\b"), AnswerKind::kJunk);
  EXPECT_EQ(Classify("\b\n\r\177INCORRECT"), AnswerKind::kJunk);
  EXPECT_EQ(Classify("482 913"), AnswerKind::kDigits);
  EXPECT_EQ(Classify("482x913"), AnswerKind::kOther);
  EXPECT_EQ(Classify("12345"), AnswerKind::kOther);
  EXPECT_EQ(Classify("1234567"), AnswerKind::kOther);
  EXPECT_EQ(Classify("7k2qx m4t0z 9wcrb 3hn8d"), AnswerKind::kEmergency);
  EXPECT_EQ(Classify("7K2QX-M4T0Z-9WCRB-3HN8"), AnswerKind::kOther);
}

}  // namespace
}  // namespace cis2::login
