#include "broker/web/web_side.h"

#include "broker/board/memory_board.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/identities.h"
#include "tests/support/post_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::web {
namespace {

using namespace std::chrono_literals;
using front_wire::Page;
using front_wire::PageOutcome;
using front_wire::RedirectTo;
using reasons::Reason;

const std::string kOwner(43, 'o');
const std::string kStranger(43, 's');
constexpr const char* kAddr = "192.0.2.9";

// The value of a query parameter in a URL.
std::string Parameter(const std::string& url, const std::string& name) {
  const auto at = url.find(name + "=");
  const auto begin = at + name.size() + 1;
  return at == std::string::npos ? "" : url.substr(begin, url.find('&', begin) - begin);
}

class WebSideTest : public ::testing::Test {
 protected:
  WebSideTest() {
    discovery_ = std::make_shared<oidc::Discovery>();
    discovery_->authorization_endpoint = "https://op.example:443/o/authorize";
    board_.OnToWeb([this](const board::ToWeb& m) { web_.OnBoard(m); });
    board_.OnToHost([this](const board::ToHost& m) { to_host_.push_back(m); });
    Post("BCDFGHJK", "login-1");
  }

  static config::Config TestConfig() {
    config::Config config;
    config.provider.issuer = "https://op.example:443/o";
    config.provider.client_id = "client";
    config.web.public_url = "https://login.example:8443";
    config.limits.unknown_codes_per_minute = 3;
    return config;
  }
  void Post(const std::string& user_code, const std::string& login_id) {
    board_.Send(board::LoginPosted{.login_id = login_id,
                                   .user_code = user_code,
                                   .reference = "4G7K2-9QXD3",
                                   .host = "server-a",
                                   .account = "op1",
                                   .service = "sshd",
                                   .from = "192.0.2.7",
                                   .client_address = "192.0.2.7",
                                   .started = clock_.WallNow(),
                                   .deadline = clock_.Now() + 110s});
    posts_.RunAll();
  }

  // --- what a browser does; the answer that came, if any came yet
  struct Answer {
    std::vector<front_wire::ToFront> all;
    [[nodiscard]] const Page& AsPage() const { return std::get<Page>(all.at(0)); }
    [[nodiscard]] std::string Location() const { return std::get<RedirectTo>(all.at(0)).location; }
    [[nodiscard]] bool IsRedirect() const {
      return all.size() == 1 && std::holds_alternative<RedirectTo>(all[0]);
    }
  };
  using AnswerPtr = std::shared_ptr<Answer>;
  template <class Ask>
  AnswerPtr Ask_(Ask ask) {
    auto answer = std::make_shared<Answer>();
    ask([answer](front_wire::ToFront m) { answer->all.push_back(std::move(m)); });
    posts_.RunAll();
    return answer;
  }
  AnswerPtr Show(const std::string& key, const std::string& code = "BCDFGHJK",
                 const std::string& addr = kAddr) {
    return Ask_([&](const Reply& r) {
      web_.Show({.request = 1, .user_code = code, .browser_key = key, .browser_addr = addr}, r);
    });
  }
  AnswerPtr Continue(const std::string& key, const std::string& code = "BCDFGHJK") {
    return Ask_([&](const Reply& r) {
      web_.Continue({.request = 2, .user_code = code, .browser_key = key, .browser_addr = kAddr}, r);
    });
  }
  AnswerPtr Deny(const std::string& key) {
    return Ask_([&](const Reply& r) {
      web_.Deny({.request = 3, .user_code = "BCDFGHJK", .browser_key = key, .browser_addr = kAddr}, r);
    });
  }
  AnswerPtr Callback(const std::string& state, const std::vector<std::pair<std::string, std::string>>& keys,
                     const std::string& error = "") {
    front_wire::Callback m;
    m.request = 4;
    m.state = state;
    m.code = error.empty() ? "the-code" : "";
    m.error = error;
    m.browser_keys = keys;
    m.browser_addr = kAddr;
    return Ask_([&](const Reply& r) { web_.Callback(m, r); });
  }
  AnswerPtr OwnersCallback(const std::string& state, const std::string& error = "") {
    return Callback(state, {{"BCDFGHJK", kOwner}}, error);
  }
  std::string OwnersState() { return Parameter(Continue(kOwner)->Location(), "state"); }

  // --- what the host side says
  void IssueCode() {
    board_.Send(board::CodeIssued{.login_id = "login-1", .confirmation_code = "482913"});
    posts_.RunAll();
  }
  void End(board::End end, Reason reason = Reason::kNone) {
    board_.Send(board::LoginEnded{.login_id = "login-1", .end = end, .reason = reason, .args = {}});
    posts_.RunAll();
  }
  // A sign-in up to the page with the digits.
  void ReachCode() {
    OwnersCallback(OwnersState());
    exchanges_.back().done(tests::SomeIdentity());
    posts_.RunAll();
    IssueCode();
  }
  template <class T>
  std::vector<T> ToHost() const {
    std::vector<T> out;
    for (const board::ToHost& m : to_host_) {
      if (const auto* found = std::get_if<T>(&m)) {
        out.push_back(*found);
      }
    }
    return out;
  }

  struct Exchange {
    std::string code, nonce, verifier, state;
    SignInDone done;
  };

  tests::FakeClock clock_;
  tests::FakeRandom random_;
  tests::PostQueue posts_;
  board::MemoryBoard board_{posts_.Poster()};
  config::Config config_ = TestConfig();
  std::shared_ptr<oidc::Discovery> discovery_;
  std::vector<board::ToHost> to_host_;
  std::vector<Exchange> exchanges_;
  WebSide web_{{.config = config_,
                .clock = clock_,
                .random = random_,
                .board = board_,
                .discovery = [this]() -> std::shared_ptr<const oidc::Discovery> { return discovery_; },
                .sign_in =
                    [this](const oidc::SignInRequest& request, const std::string&, SignInDone done) {
                      exchanges_.push_back(
                          {.code = std::string(request.code.Reveal()),
                           .nonce = std::string(request.transaction.nonce.Reveal()),
                           .verifier = std::string(request.transaction.code_verifier.Reveal()),
                           .state = std::string(request.transaction.state.Reveal()),
                           .done = std::move(done)});
                    },
                .changed = [] {}}};
};

// --- looking

TEST_F(WebSideTest, APendingLoginShowsItsFactsAndBothButtons) {
  const auto page = Show(kOwner)->AsPage();
  EXPECT_EQ(page.outcome, PageOutcome::kPending);
  EXPECT_EQ(page.host, "server-a");
  EXPECT_EQ(page.account, "op1");
  EXPECT_EQ(page.from, "192.0.2.7");
  EXPECT_EQ(page.seconds_left, 110U);
  EXPECT_TRUE(page.may_continue && page.may_deny);
}

TEST_F(WebSideTest, ABrowserInAnotherNetworkThanTheTerminalIsTold) {
  EXPECT_FALSE(Show(kOwner)->AsPage().other_network);  // no networks are named
  config_.host.networks = {{"wards", {*policy::Network::Parse("192.0.2.0/24")}}};
  EXPECT_FALSE(Show(kOwner, "BCDFGHJK", "192.0.2.99")->AsPage().other_network);
  EXPECT_TRUE(Show(kOwner, "BCDFGHJK", "203.0.113.1")->AsPage().other_network);
}

TEST_F(WebSideTest, LookingUsesNothingUpAndChangesNothing) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(Show("")->AsPage().outcome, PageOutcome::kPending);
    EXPECT_EQ(Show(kStranger)->AsPage().outcome, PageOutcome::kPending);
  }
  EXPECT_TRUE(to_host_.empty());
  EXPECT_TRUE(Continue(kOwner)->IsRedirect());
}

TEST_F(WebSideTest, AGuessedCodeFindsNothing) {
  const auto page = Show("", "ZZZZZZZZ")->AsPage();
  EXPECT_EQ(page.outcome, PageOutcome::kError);
  EXPECT_EQ(page.status, 404);
  EXPECT_TRUE(page.host.empty() && page.account.empty() && page.reference.empty());
}

TEST_F(WebSideTest, AfterTooManyUnknownCodesEvenAGoodOneIsNotFoundFromThatAddress) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Show("", "ZZZZZZZZ")->AsPage().status, 404);
  }
  EXPECT_EQ(Show("", "ZZZZZZZZ")->AsPage().status, 429);
  EXPECT_EQ(Show("")->AsPage().status, 429);
  EXPECT_EQ(Show("", "BCDFGHJK", "198.51.100.1")->AsPage().status, 200);
  clock_.Advance(60s);
  EXPECT_EQ(Show("")->AsPage().status, 200);
}

TEST_F(WebSideTest, AnOwnersPageStillWorksFromAnAddressThatGuesses) {
  Continue(kOwner);
  for (int i = 0; i < 5; ++i) {
    Show("", "ZZZZZZZZ");
  }
  EXPECT_EQ(Show(kOwner)->AsPage().status, 200);
}

// --- continuing

TEST_F(WebSideTest, TheFirstToContinueOwnsTheLogin) {
  const auto answer = Continue(kOwner);
  ASSERT_TRUE(answer->IsRedirect());
  EXPECT_THAT(answer->Location(), ::testing::StartsWith("https://op.example:443/o/authorize?"));
  EXPECT_EQ(ToHost<board::Continued>().size(), 1U);
}

TEST_F(WebSideTest, AnotherBrowserSeesInUseFromThenOnAndLearnsNothing) {
  Continue(kOwner);
  for (const auto& answer : {Show(kStranger), Show(""), Continue(kStranger), Deny(kStranger)}) {
    const Page page = answer->AsPage();
    EXPECT_EQ(page.outcome, PageOutcome::kInUse);
    EXPECT_TRUE(page.host.empty() && page.account.empty() && page.from.empty() && page.reference.empty());
    EXPECT_FALSE(page.may_continue || page.may_deny);
  }
  EXPECT_EQ(ToHost<board::Continued>().size(), 1U);
  EXPECT_TRUE(ToHost<board::NotMe>().empty());
  EXPECT_EQ(ToHost<board::SeenInUse>().size(), 1U) << "one event for each network, not for each request";
}

TEST_F(WebSideTest, TheOwnerContinuingAgainGetsTheSameUrl) {
  const std::string first = Continue(kOwner)->Location();
  EXPECT_EQ(Continue(kOwner)->Location(), first);
  EXPECT_EQ(ToHost<board::Continued>().size(), 1U);
}

TEST_F(WebSideTest, EveryJourneyHasItsOwnStateNonceAndChallenge) {
  Post("LMNPQRST", "login-2");
  const std::string a = Continue(kOwner)->Location();
  const std::string b = Continue(kOwner, "LMNPQRST")->Location();
  for (const char* name : {"state", "nonce", "code_challenge"}) {
    EXPECT_FALSE(Parameter(a, name).empty()) << name;
    EXPECT_NE(Parameter(a, name), Parameter(b, name)) << name;
  }
}

TEST_F(WebSideTest, WithoutDiscoveryNobodyBecomesOwner) {
  const auto known = discovery_;
  discovery_ = nullptr;
  EXPECT_EQ(Continue(kOwner)->AsPage().outcome, PageOutcome::kUnavailable);
  discovery_ = known;
  EXPECT_TRUE(Continue(kStranger)->IsRedirect());
}

// --- coming back

TEST_F(WebSideTest, TheOwnersCallbackIsRedeemedOnceAndAnsweredWhenDecided) {
  const std::string state = OwnersState();
  const auto answer = OwnersCallback(state);
  EXPECT_TRUE(answer->all.empty()) << "it leaves when the decision is made";
  ASSERT_EQ(exchanges_.size(), 1U);
  EXPECT_EQ(exchanges_[0].code, "the-code");
  EXPECT_EQ(exchanges_[0].state, state);
  EXPECT_EQ(Show(kOwner)->AsPage().outcome, PageOutcome::kChecking);

  exchanges_[0].done(tests::SomeIdentity());
  posts_.RunAll();
  ASSERT_EQ(ToHost<board::SignedIn>().size(), 1U);
  IssueCode();

  ASSERT_TRUE(answer->IsRedirect());
  EXPECT_EQ(answer->Location(), "https://login.example:8443/l/BCDF-GHJK");
  const Page page = Show(kOwner)->AsPage();
  EXPECT_EQ(page.outcome, PageOutcome::kCode);
  EXPECT_EQ(page.confirmation_code, "482913");
  EXPECT_TRUE(page.may_deny);
}

TEST_F(WebSideTest, TheDigitsAreForTheOwnerAlone) {
  ReachCode();
  EXPECT_EQ(Show(kStranger)->AsPage().confirmation_code, "");
  EXPECT_EQ(Show("")->AsPage().outcome, PageOutcome::kInUse);
}

TEST_F(WebSideTest, ACallbackIsAnsweredAfterTheTimeLimitEvenWithoutADecision) {
  const auto answer = OwnersCallback(OwnersState());
  ASSERT_TRUE(web_.NextDeadline());
  clock_.Advance(config_.provider.timeout);
  web_.OnTime();
  EXPECT_TRUE(answer->IsRedirect());
  IssueCode();
  EXPECT_EQ(answer->all.size(), 1U);
}

TEST_F(WebSideTest, AnUnknownStateIsRefusedAndChangesNothing) {
  const std::string state = OwnersState();
  for (const std::string& wrong : {std::string(), std::string("other"), state + "x", state.substr(1)}) {
    const Page page = OwnersCallback(wrong)->AsPage();
    EXPECT_EQ(page.outcome, PageOutcome::kError);
    EXPECT_EQ(page.reason, Reason::kCallbackStateUnknown);
    EXPECT_EQ(page.status, 400);
  }
  EXPECT_TRUE(ToHost<board::SignInFailed>().empty());
  EXPECT_TRUE(exchanges_.empty());
  OwnersCallback(state);
  EXPECT_EQ(exchanges_.size(), 1U);
}

TEST_F(WebSideTest, AStateIsGoodOnce) {
  const std::string state = OwnersState();
  OwnersCallback(state);
  EXPECT_EQ(OwnersCallback(state)->AsPage().reason, Reason::kCallbackStateUnknown);
  EXPECT_EQ(exchanges_.size(), 1U);
  EXPECT_TRUE(ToHost<board::SignInFailed>().empty());
}

TEST_F(WebSideTest, ALiveStateFromAnotherBrowserEndsTheLoginWithItsCodeUnredeemed) {
  const Page page = Callback(OwnersState(), {{"BCDFGHJK", kStranger}})->AsPage();
  EXPECT_EQ(page.outcome, PageOutcome::kError);
  EXPECT_EQ(page.reason, Reason::kBrowserOther);
  ASSERT_EQ(ToHost<board::SignInFailed>().size(), 1U);
  EXPECT_EQ(ToHost<board::SignInFailed>()[0].refusal.reason, Reason::kBrowserOther);
  EXPECT_TRUE(exchanges_.empty());
}

TEST_F(WebSideTest, ALiveStateWithoutACookieEndsTheLoginWithItsCodeUnredeemed) {
  Callback(OwnersState(), {});
  EXPECT_EQ(ToHost<board::SignInFailed>().size(), 1U);
  EXPECT_TRUE(exchanges_.empty());
}

TEST_F(WebSideTest, TheKeyOfAnotherLoginDoesNotCount) {
  Callback(OwnersState(), {{"LMNPQRST", kOwner}});
  EXPECT_EQ(ToHost<board::SignInFailed>().size(), 1U);
  EXPECT_TRUE(exchanges_.empty());
}

TEST_F(WebSideTest, AfterALiveStateCameBackWrongTheOwnerCannotUseItEither) {
  const std::string state = OwnersState();
  Callback(state, {});
  EXPECT_EQ(OwnersCallback(state)->AsPage().outcome, PageOutcome::kError);
  EXPECT_TRUE(exchanges_.empty());
}

TEST_F(WebSideTest, AnErrorOfTheProviderEndsTheLogin) {
  const auto answer = OwnersCallback(OwnersState(), "access_denied");
  ASSERT_EQ(ToHost<board::SignInFailed>().size(), 1U);
  EXPECT_EQ(ToHost<board::SignInFailed>()[0].refusal.reason, Reason::kCallbackAccessDenied);
  EXPECT_TRUE(exchanges_.empty());
  End(board::End::kRefused, Reason::kCallbackAccessDenied);
  EXPECT_TRUE(answer->IsRedirect());
  EXPECT_EQ(Show(kOwner)->AsPage().outcome, PageOutcome::kRefused);
}

// Whoever sends the browser back could have the state written into a log that way.
TEST_F(WebSideTest, AnErrorThatRepeatsTheStateIsNotQuoted) {
  const std::string state = OwnersState();
  OwnersCallback(state, "error " + state);
  ASSERT_EQ(ToHost<board::SignInFailed>().size(), 1U);
  EXPECT_EQ(ToHost<board::SignInFailed>()[0].refusal.detail.find(state.substr(0, 16)), std::string::npos);
}

TEST_F(WebSideTest, AnErrorWithAStrangersStateChangesNothing) {
  OwnersState();
  OwnersCallback("other", "access_denied");
  EXPECT_TRUE(ToHost<board::SignInFailed>().empty());
}

TEST_F(WebSideTest, AFailedExchangeEndsTheLogin) {
  OwnersCallback(OwnersState());
  exchanges_[0].done(reasons::Refuse(Reason::kIdTokenNonce));
  posts_.RunAll();
  ASSERT_EQ(ToHost<board::SignInFailed>().size(), 1U);
  EXPECT_EQ(ToHost<board::SignInFailed>()[0].refusal.reason, Reason::kIdTokenNonce);
}

TEST_F(WebSideTest, AnExchangeThatComesBackAfterTheEndChangesNothing) {
  OwnersCallback(OwnersState());
  End(board::End::kExpired, Reason::kLoginExpired);
  exchanges_[0].done(tests::SomeIdentity());
  posts_.RunAll();
  EXPECT_TRUE(ToHost<board::SignedIn>().empty());
}

// --- "this was not me"

TEST_F(WebSideTest, AnybodyWithTheLinkMayDenyBeforeItIsContinued) {
  const auto answer = Deny(kStranger);
  EXPECT_EQ(ToHost<board::NotMe>().size(), 1U);
  End(board::End::kRefused, Reason::kLoginNotMe);
  EXPECT_TRUE(answer->IsRedirect());
}

TEST_F(WebSideTest, TheOwnerMayDenyUntilTheVerdict) {
  ReachCode();
  Deny(kOwner);
  EXPECT_EQ(ToHost<board::NotMe>().size(), 1U);
}

// --- ends

TEST_F(WebSideTest, AfterTheTerminalClosedEverythingShowsCancelled) {
  const std::string state = OwnersState();
  End(board::End::kCancelled, Reason::kLoginCancelled);
  EXPECT_EQ(Show(kOwner)->AsPage().outcome, PageOutcome::kCancelled);
  EXPECT_EQ(Continue(kOwner)->AsPage().outcome, PageOutcome::kCancelled);
  EXPECT_EQ(OwnersCallback(state)->AsPage().outcome, PageOutcome::kCancelled);
  EXPECT_TRUE(exchanges_.empty());
}

TEST_F(WebSideTest, ALoginThatNobodyContinuedTellsItsEndToWhoeverHasTheLink) {
  End(board::End::kExpired, Reason::kLoginExpired);
  const Page page = Show("")->AsPage();
  EXPECT_EQ(page.outcome, PageOutcome::kExpired);
  EXPECT_EQ(page.reason, Reason::kLoginExpired);
  EXPECT_FALSE(page.may_continue || page.may_deny);
}

TEST_F(WebSideTest, TheDigitsAreGoneAfterTheEnd) {
  ReachCode();
  End(board::End::kAllowed);
  const Page page = Show(kOwner)->AsPage();
  EXPECT_EQ(page.outcome, PageOutcome::kAllowed);
  EXPECT_EQ(page.confirmation_code, "");
}

TEST_F(WebSideTest, AnEndedLoginIsForgottenAfterAWhile) {
  const std::string state = OwnersState();
  End(board::End::kExpired, Reason::kLoginExpired);
  clock_.Advance(kRemembered);
  web_.OnTime();
  EXPECT_EQ(Show(kOwner)->AsPage().status, 404);
  EXPECT_EQ(OwnersCallback(state)->AsPage().reason, Reason::kCallbackStateUnknown);
  EXPECT_EQ(web_.NextDeadline(), std::nullopt);
}

TEST_F(WebSideTest, TokenRequestsAreLimitedPerAddressAndTheStateStaysGood) {
  for (int i = 0; i < config_.limits.token_requests_per_address_per_minute; ++i) {
    const std::string code =
        std::string("LMNPQR") + "BCDFGHJKLMNPQRSTVWXZ"[i / 20] + "BCDFGHJKLMNPQRSTVWXZ"[i % 20];
    Post(code, "flood-" + std::to_string(i));
    Callback(Parameter(Continue(kOwner, code)->Location(), "state"), {{code, kOwner}});
  }
  const std::string state = OwnersState();
  EXPECT_EQ(OwnersCallback(state)->AsPage().status, 429);
  EXPECT_TRUE(ToHost<board::SignInFailed>().empty());
  const std::size_t before = exchanges_.size();
  clock_.Advance(60s);
  OwnersCallback(state);
  EXPECT_EQ(exchanges_.size(), before + 1);
}

}  // namespace
}  // namespace cis2::web
