#include "broker/login/login_machine.h"

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

  void On(const Event& event) { Take(machine_.On(event, grants_, now_)); }
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
  std::vector<policy::Grant> grants_ = {tests::SomeGrant()};
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

TEST(ClassifyTest, Answers) {
  EXPECT_EQ(Classify(""), AnswerKind::kEmpty);
  EXPECT_EQ(Classify("?"), AnswerKind::kStep);
  EXPECT_EQ(Classify("\b"), AnswerKind::kJunk);
  EXPECT_EQ(Classify("\b\n\r\177INCORRECT"), AnswerKind::kJunk);
  EXPECT_EQ(Classify("482 913"), AnswerKind::kDigits);
  EXPECT_EQ(Classify("482x913"), AnswerKind::kOther);
  EXPECT_EQ(Classify("12345"), AnswerKind::kOther);
  EXPECT_EQ(Classify("1234567"), AnswerKind::kOther);
}

}  // namespace
}  // namespace cis2::login
