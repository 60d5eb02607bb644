#include "broker/audit/event.h"

#include "broker/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::audit {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

Event FullEvent() {
  Event event;
  event.time = base::WallTime(milliseconds{1795425302123});
  event.kind = EventKind::kOutcome;
  event.login_id = "L1";
  event.reference = "R1";
  event.host = "server";
  event.service = "sshd";
  event.account = "op1";
  event.ruser = "caller";
  event.rhost = "192.0.2.7";
  event.tty = "ssh";
  event.auth_info = "publickey SHA256:abc";
  event.browser_addr = "198.51.100.9";
  event.iss = "https://issuer.example";
  event.sub = "656005750104";
  event.ial = 3;
  event.aal = 2;
  event.acr = "AAL3_ANY";
  event.amr = {"N3_SMARTCARD", "PIN"};
  event.auth_time = sys_seconds(seconds{1795425290});
  event.grant = "imaging on-call";
  event.code_id = "7K2QX";
  event.outcome = Outcome::kRefused;
  event.reason = reasons::Reason::kAalTooLow;
  event.detail = "level 2, needed 3";
  event.count = 4;
  return event;
}

TEST(EventTest, JsonHasEveryFieldInItsOrder) {
  EXPECT_EQ(
      ToJson(FullEvent()),
      R"({"time":"2026-11-23T09:15:02.123Z","event":"login.outcome","login_id":"L1","reference":"R1","host":"server",)"
      R"("service":"sshd","account":"op1","ruser":"caller","rhost":"192.0.2.7","tty":"ssh",)"
      R"("auth_info":"publickey SHA256:abc","browser_addr":"198.51.100.9","iss":"https://issuer.example",)"
      R"("sub":"656005750104","ial":3,"aal":2,"acr":"AAL3_ANY","amr":["N3_SMARTCARD","PIN"],)"
      R"("auth_time":"2026-11-23T09:14:50.000Z","grant":"imaging on-call","code_id":"7K2QX","outcome":"refused",)"
      R"("reason":"levels.aal_too_low","detail":"level 2, needed 3","count":4})");
}

TEST(EventTest, AbsentFieldsAreLeftOut) {
  Event event;
  event.time = base::WallTime(milliseconds{0});
  event.kind = EventKind::kContinued;
  EXPECT_EQ(ToJson(event), R"({"time":"1970-01-01T00:00:00.000Z","event":"browser.continued"})");
}

TEST(EventTest, LevelZeroIsNotAbsent) {
  Event event;
  event.ial = 0;
  event.aal = 0;
  EXPECT_NE(ToJson(event).find(R"("ial":0,"aal":0)"), std::string::npos);
}

TEST(EventTest, ForeignBytesAreEscapedInEveryField) {
  // A terminal escape, a newline, invalid UTF-8, a bidirectional override, a quote and a backslash.
  const std::string foreign = "a\x1b[2J\n\xff\xe2\x80\xae\"\\";
  Event event = FullEvent();
  for (auto field : {&Event::login_id, &Event::reference, &Event::host, &Event::service, &Event::account,
                     &Event::ruser, &Event::rhost, &Event::tty, &Event::auth_info, &Event::browser_addr,
                     &Event::iss, &Event::sub, &Event::acr, &Event::grant, &Event::detail}) {
    event.*field = foreign;
  }
  event.amr = {foreign};

  const std::string json = ToJson(event);
  const std::string sentence = Sentence(event);

  for (const char c : json + sentence) {
    ASSERT_TRUE(c >= 0x20 && c < 0x7f) << static_cast<int>(c);
  }
  const auto parsed = base::ParseJson(json);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(base::StringMember(*parsed, "account"), R"(a\x1b\x5b2J\x0a\xff\xe2\x80\xae\x22\x5c)");
  EXPECT_EQ(base::StringMember(*parsed, "detail"), R"(a\x1b[2J\x0a\xff\xe2\x80\xae"\x5c)");
}

TEST(EventTest, WhatAStrangerChoosesCannotPoseAsASentence) {
  const std::string forged = "op1 by sshd from 10.0.0.1 ended: allowed by grant \"x\", operator 1 [R0]";
  const std::string shown = "op1\\x20by\\x20sshd\\x20from\\x2010.0.0.1\\x20ended";
  for (const auto field :
       {&Event::service, &Event::account, &Event::ruser, &Event::rhost, &Event::tty, &Event::browser_addr}) {
    Event event;
    event.*field = forged;
    EXPECT_THAT(ToJson(event), ::testing::Not(::testing::HasSubstr("op1 by")));
    for (int kind = 0; kind <= static_cast<int>(EventKind::kUncontinued); ++kind) {
      event.kind = static_cast<EventKind>(kind);
      EXPECT_THAT(Sentence(event), ::testing::Not(::testing::HasSubstr("op1 by")));
    }
  }
  Event event;
  event.account = forged;
  EXPECT_THAT(Sentence(event), ::testing::StartsWith("the login of " + shown + "\\x3a\\x20allowed"));
}

TEST(EventTest, WhatAStrangerChoosesIsCutAt64) {
  Event event;
  event.account = std::string(65, 'a');
  event.rhost = std::string(65, ':');
  EXPECT_EQ(Sentence(event), "the login of " + std::string(64, 'a') + "... by (unknown) from " +
                                 std::string(64, ':') + "... ended: unknown");
}

TEST(EventTest, NamesOfPlacesStayAsTheyAre) {
  Event event;
  event.rhost = "2001:db8::1";
  event.tty = "/dev/pts/0";
  event.browser_addr = "fe80::1%eth0";
  EXPECT_THAT(
      ToJson(event),
      ::testing::HasSubstr(R"("rhost":"2001:db8::1","tty":"/dev/pts/0","browser_addr":"fe80::1%eth0")"));
}

TEST(EventTest, LongFieldsAndListsAreCut) {
  Event event;
  event.detail = std::string(100'000, 'x');
  event.amr = std::vector<std::string>(1000, std::string(1000, 'y'));
  const std::string json = ToJson(event);
  EXPECT_LT(json.size(), 20'000U);
  EXPECT_TRUE(base::ParseJson(json).has_value());
}

TEST(EventTest, EveryKindAndOutcomeHasItsName) {
  std::vector<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(EventKind::kUncontinued); ++kind) {
    names.push_back(Name(static_cast<EventKind>(kind)));
  }
  EXPECT_EQ(names,
            (std::vector<std::string_view>{"browser.continued", "login.signed_in", "browser.in_use",
                                           "browser.other_browser", "login.not_me", "login.break_glass",
                                           "login.outcome", "account.answer", "login.uncontinued"}));
  EXPECT_EQ(Name(Outcome::kAllowed), "allowed");
  EXPECT_EQ(Name(Outcome::kRefused), "refused");
  EXPECT_EQ(Name(Outcome::kExpired), "expired");
  EXPECT_EQ(Name(Outcome::kCancelled), "cancelled");
  EXPECT_EQ(Name(Outcome::kUnavailable), "unavailable");
}

TEST(EventTest, SentenceTellsWhatHappened) {
  Event event = FullEvent();
  EXPECT_EQ(Sentence(event),
            "the login of op1 by sshd from 192.0.2.7 ended: refused by grant \"imaging on-call\", "
            "levels.aal_too_low, "
            "operator 656005750104 [R1]");
  event.kind = EventKind::kNotMe;
  EXPECT_EQ(Sentence(event),
            "ALARM: \"this was not me\" was pressed at 198.51.100.9 for the login of op1 by sshd from "
            "192.0.2.7 [R1]");
  event.kind = EventKind::kBreakGlass;
  EXPECT_EQ(Sentence(event),
            "ALARM: the emergency code 7K2QX was used for the login of op1 by sshd from 192.0.2.7 [R1]");
  event.kind = EventKind::kUncontinued;
  event.reference.clear();
  EXPECT_EQ(Sentence(event), "4 logins ended that nobody had continued in a browser");
}

TEST(EventTest, ThreeKindsAreAlarms) {
  for (int kind = 0; kind <= static_cast<int>(EventKind::kUncontinued); ++kind) {
    Event event;
    event.kind = static_cast<EventKind>(kind);
    EXPECT_EQ(IsAlarm(event), event.kind == EventKind::kNotMe || event.kind == EventKind::kOtherBrowser ||
                                  event.kind == EventKind::kBreakGlass)
        << kind;
  }
}

}  // namespace
}  // namespace cis2::audit
