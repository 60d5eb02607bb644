#include "broker/breakglass/ledger.h"

#include "tests/support/fake_random.h"

#include <gtest/gtest.h>

#include <string>

namespace cis2::breakglass {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Time kNow{seconds{1795425302}};

// Two codes of op1 and one of op2, all ready.
class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() {
    for (const char* account : {"op1", "op1", "op2"}) {
      codes_.push_back(NewCode(random_));
      ledger_.push_back({.id = codes_.back().id,
                         .account = account,
                         .made = kNow - hours{24},
                         .valid_until = kNow + hours{24},
                         .hash = *HashSecret(codes_.back().secret, random_, {.n = 16}),
                         .used = {},
                         .revoked = {}});
    }
  }
  [[nodiscard]] Finding JudgeFirst(std::string_view account = "op1", Time now = kNow) const {
    return Judge(ledger_, account, codes_[0], now);
  }

  tests::FakeRandom random_;
  std::vector<Code> codes_;
  Ledger ledger_;
};

TEST_F(LedgerTest, ACodeIsRightForItsAccountUntilItsTimeIsOver) {
  EXPECT_EQ(JudgeFirst(), Finding::kRight);
  EXPECT_EQ(JudgeFirst("op2"), Finding::kOtherAccount);
  EXPECT_EQ(JudgeFirst("OP1"), Finding::kOtherAccount);
  EXPECT_EQ(JudgeFirst("op1", kNow + hours{24} - seconds{1}), Finding::kRight);
  EXPECT_EQ(JudgeFirst("op1", kNow + hours{24}), Finding::kExpired);
}

TEST_F(LedgerTest, ACodeIsGoodOnce) {
  EXPECT_EQ(Spend(ledger_, "op1", codes_[0], kNow), Finding::kRight);
  EXPECT_EQ(ledger_[0].used, kNow);
  EXPECT_EQ(Spend(ledger_, "op1", codes_[0], kNow), Finding::kUsed);
  EXPECT_EQ(Spend(ledger_, "op1", codes_[1], kNow), Finding::kRight);
}

TEST_F(LedgerTest, WhatIsNotRightUsesNothingUp) {
  const Ledger before = ledger_;
  EXPECT_EQ(Spend(ledger_, "op2", codes_[0], kNow), Finding::kOtherAccount);
  EXPECT_EQ(Spend(ledger_, "op1", {.id = codes_[0].id, .secret = codes_[1].secret.Copy()}, kNow),
            Finding::kWrong);
  EXPECT_EQ(Spend(ledger_, "op1", {.id = "00000", .secret = codes_[0].secret.Copy()}, kNow), Finding::kWrong);
  EXPECT_EQ(Spend(ledger_, "op1", {.id = "", .secret = {}}, kNow), Finding::kWrong);
  EXPECT_EQ(ledger_, before);
}

TEST_F(LedgerTest, ARevokedCodeIsNotRight) {
  ledger_[0].revoked = kNow;
  EXPECT_EQ(JudgeFirst(), Finding::kRevoked);
}

TEST_F(LedgerTest, WhatEndedACodeIsFoundOnlyByWhoKnowsItsSecret) {
  ledger_[0].used = kNow;
  EXPECT_EQ(Judge(ledger_, "op1", {.id = codes_[0].id, .secret = base::Secret("000000000000000")}, kNow),
            Finding::kWrong);
}

TEST_F(LedgerTest, AnAccountHasAReadyCodeWhileOneIsGood) {
  EXPECT_TRUE(HasReadyCode(ledger_, "op1", kNow));
  EXPECT_FALSE(HasReadyCode(ledger_, "op3", kNow));
  EXPECT_FALSE(HasReadyCode(ledger_, "op1", kNow + hours{24}));
  ledger_[0].used = kNow;
  EXPECT_TRUE(HasReadyCode(ledger_, "op1", kNow));
  ledger_[1].revoked = kNow;
  EXPECT_FALSE(HasReadyCode(ledger_, "op1", kNow));
}

TEST_F(LedgerTest, WhatEndedLongAgoIsForgotten) {
  ledger_[0].used = kNow;
  ledger_[1].revoked = kNow + hours{1};
  Forget(ledger_, kNow + kRemembered + hours{1});
  ASSERT_EQ(ledger_.size(), 2U);
  EXPECT_EQ(ledger_[0].id, codes_[1].id);
  Forget(ledger_, kNow + kRemembered + hours{24} + seconds{1});
  EXPECT_TRUE(ledger_.empty());
}

TEST_F(LedgerTest, IsReadBackAsItWasWritten) {
  ledger_[0].used = kNow;
  ledger_[2].revoked = kNow;
  const auto decoded = Decode(Encode(ledger_));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, ledger_);
  EXPECT_EQ(Decode(Encode({})), Ledger{});
}

TEST_F(LedgerTest, NoSecretIsWritten) {
  const std::string text = Encode(ledger_);
  for (const Code& code : codes_) {
    EXPECT_NE(text.find(code.id), std::string::npos);
    EXPECT_EQ(text.find(code.secret.Reveal()), std::string::npos);
    EXPECT_EQ(text.find(code.secret.Reveal().substr(0, 5)), std::string::npos);
  }
}

// Each of these is one change to a file that can be read.
TEST_F(LedgerTest, AFileOfAnotherFormIsNoLedger) {
  ledger_.resize(1);
  ledger_[0].used = kNow;
  const std::string good = Encode(ledger_);
  ASSERT_TRUE(Decode(good));
  const std::pair<const char*, const char*> changes[] = {
      {"\"version\": 1", "\"version\": 2"},
      {"\"version\": 1,", ""},
      {"\"version\": 1", "\"version\": 1, \"more\": 0"},
      {"\"account\": \"op1\"", "\"account\": \"\""},
      {"\"account\": \"op1\"", "\"account\": 1"},
      {"\"account\": \"op1\",", ""},
      {"\"account\"", "\"accounts\""},
      {"\"account\": \"op1\"", "\"account\": \"op1\", \"more\": 0"},
      {"\"account\": \"op1\"", "\"account\": \"op1\", \"account\": \"op2\""},
      {"\"scrypt\"", "\"bcrypt\""},
      {"\"n\": 16", "\"n\": 2097152"},
      {"\"n\": 16", "\"n\": -16"},
      {"\"salt\": \"", "\"salt\": \"AA"},
      {"\"value\": \"", "\"value\": \"?"},
      {"\"id\": \"", "\"id\": \"u"},
      // A use that cannot be read must not be none.
      {"\"used\": 1", "\"used\": -1"},
      {"\"used\": 1", "\"used\": 991"},
      {"\"used\": 1795425302", "\"used\": null"},
      {"\"used\": 1795425302", "\"used\": \"1795425302\""},
      {"\"used\": 1795425302", "\"used\": 1795425302.5"},
      {"\"used\"", "\"Used\""},
  };
  for (const auto& [from, to] : changes) {
    std::string text = good;
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, std::string_view(from).size(), to);
    EXPECT_FALSE(Decode(text)) << to;
  }
  for (const char* text : {"", "{}", "[]", "null", R"({"version": 1})", R"({"version": 1, "codes": {}})"}) {
    EXPECT_FALSE(Decode(text)) << text;
  }
  EXPECT_FALSE(Decode(good + good));
}

TEST_F(LedgerTest, AnIdTwiceIsNoLedger) {
  ledger_[1].id = ledger_[0].id;
  EXPECT_FALSE(Decode(Encode(ledger_)));
}

}  // namespace
}  // namespace cis2::breakglass
