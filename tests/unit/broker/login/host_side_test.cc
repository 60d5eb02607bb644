#include "broker/login/host_side.h"

#include "broker/board/memory_board.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/identities.h"
#include "tests/support/post_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

namespace cis2::login {
namespace {

using namespace std::chrono_literals;
using reasons::Reason;

class FakeTerminal final : public Terminal {
 public:
  void Show(const Screen& screen) override { screens.push_back(screen); }
  void Give(const GivenVerdict& verdict) override { verdicts.push_back(verdict); }

  std::vector<Screen> screens;
  std::vector<GivenVerdict> verdicts;
};

class FakeAudit final : public audit::Sink {
 public:
  void Write(const audit::Event& event) override { events.push_back(event); }
  void WriteDurably(const audit::Event& event, std::function<void(bool)> done) override {
    events.push_back(event);
    waiting.push_back(std::move(done));
  }

  std::vector<audit::Event> events;
  std::vector<std::function<void(bool)>> waiting;
};

class FakeWatcher final : public Watcher {
 public:
  void Began(const std::string& service) override { seen.push_back("began " + service); }
  void Left(Phase phase, base::Duration stayed) override {
    seen.push_back("left " + std::string(Name(phase)) + " after " +
                   std::to_string(std::chrono::duration_cast<std::chrono::seconds>(stayed).count()));
  }
  void Ended(const std::string& service, audit::Outcome outcome, Reason reason,
             std::optional<base::Duration> lasted) override {
    seen.push_back(
        "ended " + service + " " + std::string(audit::Name(outcome)) + " " +
        std::string(reasons::Id(reason)) +
        (lasted
             ? " after " + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*lasted).count())
             : ""));
  }

  std::vector<std::string> seen;
};

// Codes that a test answers for.
class FakeEmergency final : public EmergencyCodes {
 public:
  bool InForce() const override { return in_force; }
  bool HasReadyCode(const std::string& account) const override { return account == "op1"; }
  void Spend(std::string account, breakglass::Code code, Done done) override {
    asked.push_back(account + " " + code.id);
    waiting.push_back(std::move(done));
  }
  void Raise(const audit::Event& event) override { raised.push_back(event); }

  bool in_force = false;
  std::vector<std::string> asked;
  std::vector<Done> waiting;
  std::vector<audit::Event> raised;
};

class HostSideTest : public ::testing::Test {
 protected:
  HostSideTest() {
    config_.web.public_url = "https://login.example:8443";
    config_.limits.pending_total = 3;
    config_.limits.pending_per_account_and_address = 2;
    board_.OnToWeb([this](const board::ToWeb& m) { to_web_.push_back(m); });
    board_.OnToHost([this](const board::ToHost& m) { host_.OnBoard(m); });
  }

  static LoginAsk Ask(const std::string& account = "op1", const std::string& address = "192.0.2.7") {
    return {.service = "sshd",
            .account = account,
            .rhost = address,
            .ruser = "",
            .tty = "ssh",
            .ssh_connection = "",
            .ssh_auth_info = "",
            .qr = wire::QrMode::kOff};
  }
  std::optional<std::string> Begin(FakeTerminal& terminal, const LoginAsk& ask = Ask(), int pid = 77) {
    auto id = host_.Begin(ask, {.pid = pid, .monitor_started = std::nullopt}, terminal);
    posts_.RunAll();
    return id;
  }
  // A whole sign-in up to the page with the digits; returns them.
  std::string SignIn(const std::string& id) {
    board_.Send(board::Continued{.login_id = id, .browser_addr = "192.0.2.9"});
    board_.Send(
        board::SignedIn{.login_id = id, .browser_addr = "192.0.2.9", .identity = tests::SomeIdentity()});
    posts_.RunAll();
    for (const board::ToWeb& m : to_web_) {
      if (const auto* code = std::get_if<board::CodeIssued>(&m); code != nullptr && code->login_id == id) {
        return code->confirmation_code;
      }
    }
    return "";
  }
  GivenVerdict Allow(FakeTerminal& terminal, int pid = 77) {
    const auto id = Begin(terminal, Ask(), pid);
    host_.Answer(*id, SignIn(*id));
    audit_.waiting.back()(true);
    posts_.RunAll();
    return terminal.verdicts.back();
  }
  template <class T>
  std::vector<T> ToWeb() const {
    std::vector<T> out;
    for (const board::ToWeb& m : to_web_) {
      if (const auto* found = std::get_if<T>(&m)) {
        out.push_back(*found);
      }
    }
    return out;
  }

  tests::FakeClock clock_;
  tests::FakeRandom random_;
  tests::PostQueue posts_;
  board::MemoryBoard board_{posts_.Poster()};
  FakeAudit audit_;
  config::Config config_;
  std::vector<policy::Grant> grants_ = {tests::SomeGrant()};
  bool away_ = false;
  FakeEmergency emergency_;
  std::vector<board::ToWeb> to_web_;
  FakeWatcher watcher_;
  HostSide host_{
      {.config = config_,
       .clock = clock_,
       .random = random_,
       .board = board_,
       .audit = audit_,
       .host_name = "server-a",
       .grants = [this]() -> const std::vector<policy::Grant>& { return grants_; },
       .look_up_account =
           [this](const std::string& account, std::function<void(std::optional<std::uint32_t>)> done) {
             posts_.Poster()([account, done = std::move(done)] {
               done(account == "op1" ? std::optional<std::uint32_t>(1001) : std::nullopt);
             });
           },
       .provider_away = [this] { return away_; },
       .changed = [] {},
       .watcher = &watcher_,
       .emergency = &emergency_}};
};

TEST_F(HostSideTest, AWholeLoginIsAllowedWithATicket) {
  FakeTerminal terminal;
  const GivenVerdict verdict = Allow(terminal);
  EXPECT_EQ(verdict.kind, wire::VerdictKind::kAllow);
  EXPECT_EQ(verdict.ticket.size(), wire::kTicketSize);
  EXPECT_TRUE(host_.Pending().empty());
}

TEST_F(HostSideTest, WhileTheProviderIsAwayNoLinkIsShown) {
  away_ = true;
  FakeTerminal terminal;
  EXPECT_EQ(Begin(terminal), std::nullopt);
  EXPECT_TRUE(terminal.screens.empty());
  ASSERT_EQ(terminal.verdicts.size(), 1U);
  EXPECT_EQ(terminal.verdicts[0].kind, wire::VerdictKind::kUnavailable);
  ASSERT_EQ(audit_.events.size(), 1U);
  EXPECT_EQ(audit_.events[0].outcome, audit::Outcome::kUnavailable);
}

TEST_F(HostSideTest, AFullLimitIsARefusalBeforeAnyLink) {
  FakeTerminal first, second, third;
  EXPECT_TRUE(Begin(first));
  EXPECT_TRUE(Begin(second));
  EXPECT_FALSE(Begin(third));
  EXPECT_EQ(third.verdicts[0].kind, wire::VerdictKind::kRefuse);
  EXPECT_EQ(audit_.events.back().reason, Reason::kLimitAccountAddress);
}

TEST_F(HostSideTest, WhenFullTheOldestLoginThatNobodyContinuedGivesWay) {
  FakeTerminal a, b, c, d;
  const auto id_a = Begin(a, Ask("a"));
  clock_.Advance(1s);
  Begin(b, Ask("b"));
  Begin(c, Ask("c"));
  board_.Send(board::Continued{.login_id = *id_a, .browser_addr = "192.0.2.9"});
  posts_.RunAll();

  EXPECT_TRUE(Begin(d, Ask("d")));

  EXPECT_TRUE(a.verdicts.empty());
  EXPECT_EQ(b.verdicts.size() + c.verdicts.size(), 1U);
  EXPECT_EQ(ToWeb<board::LoginEnded>()[0].reason, Reason::kLimitGaveWay);
}

TEST_F(HostSideTest, AClockThatWasSetBackMakesNoLoginOlder) {
  FakeTerminal a, b, c, d;
  Begin(a, Ask("a"));
  clock_.Advance(1s);
  clock_.SetWall(clock_.WallNow() - 1h);
  Begin(b, Ask("b"));
  Begin(c, Ask("c"));

  EXPECT_TRUE(Begin(d, Ask("d")));

  EXPECT_EQ(a.verdicts.size(), 1U);
  EXPECT_TRUE(b.verdicts.empty());
  EXPECT_TRUE(c.verdicts.empty());
}

TEST_F(HostSideTest, TheDeadlineOfSshdCountsFromTheStartOfItsMonitor) {
  FakeTerminal terminal;
  host_.Begin(Ask(), {.pid = 1, .monitor_started = clock_.Now() - 60s}, terminal);
  posts_.RunAll();
  // 120 s of grace, less the 60 s that ran and the 5 s that sshd needs.
  EXPECT_EQ(ToWeb<board::LoginPosted>()[0].deadline, clock_.Now() + 55s);
}

TEST_F(HostSideTest, ALifetimeOfItsOwnComesBeforeThatOfTheFamily) {
  config_.host.lifetimes = {{"su", 60s}, {"sudo", 240s}, {"sudo-i", 180s}};
  const std::pair<const char*, std::chrono::seconds> cases[] = {
      {"su", 60s}, {"su-l", 60s}, {"sudo", 240s}, {"sudo-i", 180s}, {"login", config_.host.login_lifetime}};
  for (const auto& [service, lifetime] : cases) {
    SCOPED_TRACE(service);
    to_web_.clear();
    FakeTerminal terminal;
    LoginAsk ask = Ask("op1", "");
    ask.service = service;
    ask.tty = "/dev/pts/0";
    const auto id = Begin(terminal, ask);
    ASSERT_TRUE(id);
    EXPECT_EQ(ToWeb<board::LoginPosted>()[0].deadline, clock_.Now() + lifetime);
    host_.Gone(*id);
    posts_.RunAll();
  }
}

TEST_F(HostSideTest, ALoginWithoutTimeLeftIsRefusedAtOnce) {
  FakeTerminal terminal;
  EXPECT_FALSE(host_.Begin(Ask(), {.pid = 1, .monitor_started = clock_.Now() - 116s}, terminal));
  EXPECT_EQ(terminal.verdicts.size(), 1U);
}

TEST_F(HostSideTest, TheDeadlineEndsALoginWithoutAnAnswer) {
  FakeTerminal terminal;
  Begin(terminal);
  ASSERT_TRUE(host_.NextDeadline());
  clock_.Advance(110s);
  host_.OnTime();
  posts_.RunAll();
  EXPECT_EQ(terminal.verdicts.size(), 1U);
  EXPECT_EQ(ToWeb<board::LoginEnded>()[0].end, board::End::kExpired);
}

TEST_F(HostSideTest, AConnectionThatEndsCancelsAndIsNotSpokenToAgain) {
  FakeTerminal terminal;
  const auto id = Begin(terminal);
  host_.Gone(*id);
  posts_.RunAll();
  EXPECT_TRUE(terminal.verdicts.empty());
  EXPECT_EQ(ToWeb<board::LoginEnded>()[0].end, board::End::kCancelled);
  EXPECT_TRUE(host_.Pending().empty());
}

TEST_F(HostSideTest, ShutDownTellsEverybody) {
  FakeTerminal first, second;
  Begin(first);
  Begin(second, Ask("op2"));
  host_.ShutDown();
  EXPECT_EQ(first.verdicts.size(), 1U);
  EXPECT_EQ(second.verdicts.size(), 1U);
  EXPECT_THAT(first.verdicts[0].text, ::testing::HasSubstr("stopped"));
}

TEST_F(HostSideTest, AnAdministratorEndsOneLoginAndOthersGoOn) {
  FakeTerminal first, second;
  Begin(first);
  const auto other = Begin(second, Ask("op2"));
  const std::string reference =
      host_.Pending()[0].account == "op1" ? host_.Pending()[0].reference : host_.Pending()[1].reference;

  const auto ended = host_.Cancel({.reference = PlainReference(reference)}, "by uid 0");
  posts_.RunAll();

  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].account, "op1");
  ASSERT_EQ(first.verdicts.size(), 1U);
  EXPECT_EQ(first.verdicts[0].kind, wire::VerdictKind::kRefuse);
  EXPECT_THAT(first.verdicts[0].text, ::testing::HasSubstr("An administrator"));
  EXPECT_EQ(ToWeb<board::LoginEnded>()[0].end, board::End::kCancelled);
  EXPECT_EQ(audit_.events.back().outcome, audit::Outcome::kCancelled);
  EXPECT_EQ(audit_.events.back().reason, Reason::kLoginCancelledByAdministrator);
  EXPECT_EQ(audit_.events.back().detail, "by uid 0");
  EXPECT_TRUE(second.verdicts.empty());
  ASSERT_EQ(host_.Pending().size(), 1U);
  EXPECT_EQ(host_.Pending()[0].login_id, other);
}

TEST_F(HostSideTest, ALoginWhoseAllowIsOnItsWayToTheDiskCannotBeCancelled) {
  FakeTerminal terminal;
  const auto id = Begin(terminal);
  host_.Answer(*id, SignIn(*id));
  EXPECT_TRUE(host_.Cancel({.all = true}, "by uid 0").empty());
  audit_.waiting.back()(true);
  EXPECT_EQ(terminal.verdicts.back().kind, wire::VerdictKind::kAllow);
}

TEST_F(HostSideTest, EachLoginThatAnAdministratorEndsIsRecorded) {
  config_.limits.pending_total = 30;
  config_.limits.pending_per_account_and_address = 30;
  std::vector<FakeTerminal> terminals(20);
  for (FakeTerminal& terminal : terminals) {
    ASSERT_TRUE(Begin(terminal));
  }
  EXPECT_EQ(host_.Cancel({.all = true}, "by uid 0").size(), 20U);
  EXPECT_EQ(audit_.events.size(), 20U);
}

TEST_F(HostSideTest, AnAccountThatDoesNotExistGetsTheSameScreensAndARefusal) {
  grants_[0].accounts = {"op1", "ghost"};
  FakeTerminal known, ghost;
  Begin(known);
  const auto id = Begin(ghost, Ask("ghost"));
  EXPECT_EQ(ghost.screens.size(), known.screens.size());
  EXPECT_EQ(SignIn(*id), "");
  EXPECT_EQ(audit_.events.back().reason, Reason::kPolicyNoGrant);
}

TEST_F(HostSideTest, ATicketIsGoodOnceForTheSameProcessAccountAndService) {
  FakeTerminal terminal;
  const AccountAsk ask{.service = "sshd", .account = "op1", .ticket = Allow(terminal).ticket};
  const Caller caller{.pid = 77, .monitor_started = std::nullopt};
  EXPECT_EQ(host_.Account(ask, caller).kind, wire::VerdictKind::kAllow);
  EXPECT_EQ(host_.Account(ask, caller).kind, wire::VerdictKind::kRefuse);
}

TEST_F(HostSideTest, ATicketOfAnotherProcessAccountOrServiceIsRefusedAndSpent) {
  const Caller right{.pid = 77, .monitor_started = std::nullopt};
  FakeTerminal a, b, c;
  const std::string first = Allow(a).ticket;
  EXPECT_EQ(
      host_
          .Account({.service = "sshd", .account = "op1", .ticket = first}, {.pid = 78, .monitor_started = {}})
          .kind,
      wire::VerdictKind::kRefuse);
  EXPECT_EQ(host_.Account({.service = "sshd", .account = "op1", .ticket = first}, right).kind,
            wire::VerdictKind::kRefuse);
  EXPECT_EQ(host_.Account({.service = "sshd", .account = "op2", .ticket = Allow(b).ticket}, right).kind,
            wire::VerdictKind::kRefuse);
  EXPECT_EQ(host_.Account({.service = "su", .account = "op1", .ticket = Allow(c).ticket}, right).kind,
            wire::VerdictKind::kRefuse);
}

TEST_F(HostSideTest, TheAccountPhaseAsksPolicyAgain) {
  FakeTerminal terminal;
  const std::string ticket = Allow(terminal).ticket;
  grants_.clear();
  EXPECT_EQ(host_
                .Account({.service = "sshd", .account = "op1", .ticket = ticket},
                         {.pid = 77, .monitor_started = {}})
                .kind,
            wire::VerdictKind::kRefuse);
  EXPECT_EQ(audit_.events.back().reason, Reason::kPolicyNoGrant);
}

TEST_F(HostSideTest, ALoginByOtherMeansHasNoTicketAndIsRefused) {
  EXPECT_EQ(
      host_.Account({.service = "sshd", .account = "op1", .ticket = ""}, {.pid = 1, .monitor_started = {}})
          .kind,
      wire::VerdictKind::kRefuse);
  EXPECT_EQ(audit_.events.back().reason, Reason::kAccountOthers);
}

TEST_F(HostSideTest, WhoCountsHearsHowLongALoginWasInEachPhase) {
  FakeTerminal terminal;
  const auto id = Begin(terminal);
  clock_.Advance(5s);
  board_.Send(board::Continued{.login_id = *id, .browser_addr = "192.0.2.9"});
  posts_.RunAll();
  clock_.Advance(20s);
  const std::string digits = SignIn(*id);
  clock_.Advance(7s);
  host_.Answer(*id, "000000" == digits ? "000001" : "000000");  // moves nothing on
  clock_.Advance(1s);
  host_.Answer(*id, digits);
  clock_.Advance(2s);
  audit_.waiting.back()(true);
  EXPECT_THAT(watcher_.seen,
              ::testing::ElementsAre("began sshd", "left waiting after 5", "left continued after 20",
                                     "left checking after 0", "left code after 8", "left code after 2",
                                     "ended sshd allowed none after 35"));
}

TEST_F(HostSideTest, AnAllowThatIsNotOnDiskIsCountedAsTheRefusalThatItBecame) {
  FakeTerminal terminal;
  const auto id = Begin(terminal);
  host_.Answer(*id, SignIn(*id));
  audit_.waiting.back()(false);
  EXPECT_EQ(watcher_.seen.back(), "ended sshd refused audit.unavailable after 0");
  EXPECT_EQ(std::ranges::count_if(watcher_.seen, [](const std::string& s) { return s.starts_with("ended"); }),
            1);
}

TEST_F(HostSideTest, WhoCountsHearsOfLoginsThatAreTurnedAwayAndThatTheAuditSumsUp) {
  away_ = true;
  FakeTerminal none;
  Begin(none);
  EXPECT_THAT(watcher_.seen, ::testing::ElementsAre("ended sshd unavailable provider.not_ready"));
  away_ = false;
  watcher_.seen.clear();
  for (int i = 0; i < 100; ++i) {
    FakeTerminal terminal;
    host_.Gone(*Begin(terminal));
  }
  EXPECT_EQ(std::ranges::count(watcher_.seen, "ended sshd cancelled login.cancelled after 0"), 100);
}

// --- emergency codes

class HostSideEmergencyTest : public HostSideTest {
 protected:
  HostSideEmergencyTest() { away_ = emergency_.in_force = true; }

  static constexpr const char* kCode = "7K2QX-M4T0Z-9WCRB-3HN8D";
  void TypesWrong(const std::string& id, Reason reason = Reason::kBreakGlassWrong) {
    host_.Answer(id, kCode);
    emergency_.waiting.back()(reasons::Refuse(reason));
  }
};

TEST_F(HostSideEmergencyTest, AnAccountWithACodeIsAskedForItAndNoOther) {
  FakeTerminal with, without;
  EXPECT_TRUE(Begin(with));
  ASSERT_EQ(with.screens.size(), 1U);
  EXPECT_THAT(with.screens[0].prompt, ::testing::HasSubstr("emergency code"));
  EXPECT_FALSE(Begin(without, Ask("op2")));
  ASSERT_EQ(without.verdicts.size(), 1U);
  EXPECT_EQ(without.verdicts[0].kind, wire::VerdictKind::kUnavailable);
  EXPECT_TRUE(to_web_.empty());
}

TEST_F(HostSideEmergencyTest, BeforeTheProviderWasAskedThereAreNoCodes) {
  emergency_.in_force = false;
  FakeTerminal terminal;
  EXPECT_FALSE(Begin(terminal));
  EXPECT_EQ(terminal.verdicts[0].kind, wire::VerdictKind::kUnavailable);
}

TEST_F(HostSideEmergencyTest, ARightCodeIsAllowedOnceItIsRecorded) {
  FakeTerminal terminal;
  const auto id = Begin(terminal);
  host_.Answer(*id, kCode);
  EXPECT_THAT(emergency_.asked, ::testing::ElementsAre("op1 7K2QX"));
  emergency_.waiting.back()(std::string("7K2QX"));
  EXPECT_TRUE(terminal.verdicts.empty());
  EXPECT_EQ(audit_.events[0].kind, audit::EventKind::kBreakGlass);
  audit_.waiting.back()(true);
  EXPECT_EQ(terminal.verdicts[0].kind, wire::VerdictKind::kAllow);
  EXPECT_TRUE(emergency_.raised.empty());
}

TEST_F(HostSideEmergencyTest, WhatTheAuditFileCannotKeepIsRaisedElsewhere) {
  FakeTerminal terminal;
  const auto id = Begin(terminal);
  host_.Answer(*id, kCode);
  emergency_.waiting.back()(std::string("7K2QX"));
  audit_.waiting.back()(false);
  EXPECT_EQ(terminal.verdicts[0].kind, wire::VerdictKind::kAllow);
  ASSERT_EQ(emergency_.raised.size(), 1U);
  EXPECT_EQ(emergency_.raised[0].outcome, audit::Outcome::kAllowed);
  EXPECT_EQ(emergency_.raised[0].time, clock_.WallNow());
}

TEST_F(HostSideEmergencyTest, ItsTicketIsGoodOnceForTheSameProcessAccountAndServiceWhateverIsGranted) {
  grants_.clear();
  const Caller right{.pid = 77, .monitor_started = std::nullopt};
  const AccountAsk asks[] = {{.service = "sshd", .account = "op1", .ticket = ""},
                             {.service = "sudo", .account = "op1", .ticket = ""},
                             {.service = "sshd", .account = "op2", .ticket = ""}};
  for (const AccountAsk& ask : asks) {
    FakeTerminal terminal;
    const auto id = Begin(terminal);
    host_.Answer(*id, kCode);
    emergency_.waiting.back()(std::string("7K2QX"));
    audit_.waiting.back()(true);
    AccountAsk with_ticket = ask;
    with_ticket.ticket = terminal.verdicts[0].ticket;
    const bool fits = ask.service == "sshd" && ask.account == "op1";
    EXPECT_EQ(host_.Account(with_ticket, right).kind,
              fits ? wire::VerdictKind::kAllow : wire::VerdictKind::kRefuse);
    EXPECT_EQ(host_.Account(with_ticket, right).kind, wire::VerdictKind::kRefuse);
  }
}

TEST_F(HostSideEmergencyTest, TenWrongCodesWithinAnHourAndNoneIsComparedFromThere) {
  const auto three_tries = [this](FakeTerminal& terminal, const LoginAsk& ask) {
    const auto id = Begin(terminal, ask);
    for (int i = 0; i < 3 && terminal.verdicts.empty(); ++i) {
      TypesWrong(*id, i == 1 ? Reason::kBreakGlassUsed : Reason::kBreakGlassWrong);
    }
  };
  FakeTerminal a, b, c, d;
  three_tries(a, Ask());
  three_tries(b, Ask());
  three_tries(c, Ask());
  const auto id = Begin(d);
  TypesWrong(*id);  // the tenth
  const std::size_t asked = emergency_.asked.size();
  host_.Answer(*id, kCode);
  EXPECT_EQ(emergency_.asked.size(), asked);
  ASSERT_EQ(d.verdicts.size(), 1U);
  EXPECT_EQ(audit_.events.back().reason, Reason::kBreakGlassTooMany);

  // Somebody elsewhere is not shut out by it, and nobody is for good.
  FakeTerminal elsewhere, later;
  host_.Answer(*Begin(elsewhere, Ask("op1", "192.0.2.8")), kCode);
  EXPECT_EQ(emergency_.asked.size(), asked + 1);
  clock_.Advance(1h);
  host_.Answer(*Begin(later), kCode);
  EXPECT_EQ(emergency_.asked.size(), asked + 2);
}

TEST_F(HostSideEmergencyTest, WhatCouldNotBeCheckedIsNotCountedAsWrong) {
  for (int i = 0; i < 20; ++i) {
    FakeTerminal terminal;
    TypesWrong(*Begin(terminal), Reason::kBreakGlassUnavailable);
    ASSERT_EQ(terminal.verdicts.size(), 1U);
    EXPECT_EQ(audit_.events.back().reason, Reason::kBreakGlassUnavailable);
  }
}

TEST_F(HostSideEmergencyTest, AFullLimitIsUnavailableAsForEveryOtherAccount) {
  FakeTerminal first, second, third;
  EXPECT_TRUE(Begin(first));
  EXPECT_TRUE(Begin(second));
  EXPECT_FALSE(Begin(third));
  EXPECT_EQ(third.verdicts[0].kind, wire::VerdictKind::kUnavailable);
}

TEST_F(HostSideEmergencyTest, AnAnswerForALoginThatEndedLetsNobodyIn) {
  FakeTerminal terminal;
  const auto id = Begin(terminal);
  host_.Answer(*id, kCode);
  host_.Gone(*id);
  emergency_.waiting.back()(std::string("7K2QX"));
  EXPECT_TRUE(terminal.verdicts.empty());
  EXPECT_TRUE(audit_.waiting.empty());
}

TEST_F(HostSideEmergencyTest, ALoginThatTriedACodeIsRecordedByItself) {
  for (int i = 0; i < 20; ++i) {
    FakeTerminal terminal;
    const auto id = Begin(terminal, Ask("op1", "192.0.2." + std::to_string(i)));
    TypesWrong(*id);
    host_.Gone(*id);
  }
  EXPECT_EQ(audit_.events.size(), 20U);
}

TEST_F(HostSideTest, AScannerFillsNoAudit) {
  for (int i = 0; i < 100; ++i) {
    FakeTerminal terminal;
    host_.Gone(*Begin(terminal));
  }
  EXPECT_EQ(audit_.events.size(), 10U);
  clock_.Advance(60s);
  host_.OnTime();
  ASSERT_EQ(audit_.events.size(), 11U);
  EXPECT_EQ(audit_.events.back().kind, audit::EventKind::kUncontinued);
  EXPECT_EQ(audit_.events.back().count, 90);
}

TEST_F(HostSideTest, ALoginThatSomebodyContinuedIsAlwaysRecordedByItself) {
  for (int i = 0; i < 20; ++i) {
    FakeTerminal terminal;
    const auto id = Begin(terminal);
    board_.Send(board::Continued{.login_id = *id, .browser_addr = "192.0.2.9"});
    posts_.RunAll();
    host_.Gone(*id);
  }
  EXPECT_EQ(std::ranges::count_if(audit_.events, [](const audit::Event& e) { return e.outcome.has_value(); }),
            20);
}

}  // namespace
}  // namespace cis2::login
