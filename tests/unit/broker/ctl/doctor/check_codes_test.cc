#include "broker/ctl/doctor/check_codes.h"

#include "tests/unit/broker/ctl/doctor/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl::doctor {
namespace {

using breakglass::Entry;
using breakglass::Time;
using std::chrono::days;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Time kNow{seconds{1795425302}};
constexpr std::uint32_t kUid = 110;

class CheckCodesTest : public testing::Test {
 protected:
  CheckCodesTest() { With("asmith", days{1}, days{89}); }

  Entry& With(const std::string& account, days age, days left) {
    Entry entry;
    entry.id = "7K2Q" + std::to_string(facts_.ledger.size());
    entry.account = account;
    entry.made = kNow - age;
    entry.valid_until = kNow + left;
    return facts_.ledger.emplace_back(std::move(entry));
  }
  Findings Judge() { return JudgeCodes(config_, facts_); }
  std::vector<std::string> Judged() { return Ids(Judge()); }

  config::Config config_;
  CodesFacts facts_{.folder = {.exists = true, .uid = kUid, .mode = 0700, .written = 1000},
                    .file = {.exists = true, .uid = kUid, .mode = 0600, .written = 1000},
                    .owner = kUid,
                    .problem = {},
                    .ledger = {},
                    .known = {"asmith", "bjones"},
                    .somebody = "asmith",
                    .now = kNow};
};

TEST_F(CheckCodesTest, OneThatIsGoodIsFine) { EXPECT_THAT(Judged(), IsEmpty()); }

TEST_F(CheckCodesTest, NoneWereMade) {
  facts_.ledger.clear();
  EXPECT_THAT(Judged(), ElementsAre("advice codes.none"));
  EXPECT_EQ(MendOf(Judge(), "codes.none"), Command("cis2ctl break-glass make --account asmith"));
  facts_.somebody.clear();
  EXPECT_THAT(MendOf(Judge(), "codes.none").elsewhere, HasSubstr("break-glass make"));
}

TEST_F(CheckCodesTest, AllAreUsedOrOver) {
  facts_.ledger.front().used = kNow - days{1};
  EXPECT_THAT(Judged(), ElementsAre("advice codes.used_up"));
  EXPECT_EQ(MendOf(Judge(), "codes.used_up"), Command("cis2ctl break-glass make --account asmith"));
  facts_.ledger.clear();
  With("asmith", days{91}, days{-1});
  With("bjones", days{1}, days{89});
  EXPECT_THAT(Judged(), ElementsAre("advice codes.used_up")) << "asmith's, though bjones has one";
  facts_.known.erase("asmith");
  EXPECT_THAT(Judged(), IsEmpty()) << "asmith has left";
}

TEST_F(CheckCodesTest, WhatWasTakenBackOnPurposeIsNotMissed) {
  facts_.ledger.front().revoked = kNow - days{1};
  EXPECT_THAT(Judged(), ElementsAre("advice codes.none"));
  With("bjones", days{1}, days{89});
  EXPECT_THAT(Judged(), IsEmpty());
}

TEST_F(CheckCodesTest, TheLastOneEndsSoon) {
  facts_.ledger.front().valid_until = kNow + days{14} - seconds{1};
  EXPECT_THAT(Judged(), ElementsAre("advice codes.ends"));
  EXPECT_EQ(MendOf(Judge(), "codes.ends"), Command("cis2ctl break-glass make --account asmith"));
  With("asmith", days{0}, days{90});
  EXPECT_THAT(Judged(), IsEmpty());
}

TEST_F(CheckCodesTest, OldPaper) {
  facts_.ledger.front().made = kNow - days{180};
  EXPECT_THAT(Judged(), IsEmpty());
  facts_.ledger.front().made -= seconds{1};
  EXPECT_THAT(Judged(), ElementsAre("advice codes.old"));
  EXPECT_EQ(MendOf(Judge(), "codes.old"),
            Command("cis2ctl break-glass revoke 7K2Q0 && cis2ctl break-glass make --account asmith"));
}

TEST_F(CheckCodesTest, ForAnAccountThatIsGone) {
  facts_.known.erase("asmith");
  EXPECT_THAT(Judged(), ElementsAre("advice codes.no_account"));
  EXPECT_EQ(MendOf(Judge(), "codes.no_account"), Command("cis2ctl break-glass revoke --account asmith"));
}

TEST_F(CheckCodesTest, AFileThatOthersMayTouch) {
  facts_.problem = "it must belong to uid 110";
  for (const FileState& state : {FileState{.exists = true, .uid = kUid, .mode = 0640, .written = 1000},
                                 FileState{.exists = true, .uid = 0, .mode = 0600, .written = 1000}}) {
    facts_.file = state;
    EXPECT_THAT(Judged(), ElementsAre("problem codes.file"));
  }
  EXPECT_EQ(MendOf(Judge(), "codes.file").command,
            "chown _cis2-broker '/var/lib/cis2-broker/break-glass.json' && chmod 0600 "
            "'/var/lib/cis2-broker/break-glass.json'");
}

TEST_F(CheckCodesTest, AFolderInWhichTheBrokerCannotMarkAUse) {
  for (const FileState& state :
       {FileState{.exists = true, .uid = 0, .mode = 0755, .written = 1000},
        FileState{.exists = true, .uid = kUid, .mode = 0777, .written = 1000}, FileState{}}) {
    facts_.folder = state;
    EXPECT_THAT(Judged(), ElementsAre("problem codes.folder"));
  }
  EXPECT_EQ(MendOf(Judge(), "codes.folder"),
            Command("install -d -o _cis2-broker -m 0700 '/var/lib/cis2-broker'"));
}

TEST_F(CheckCodesTest, AFileThatCannotBeRead) {
  facts_.problem = "it cannot be read as emergency codes";
  EXPECT_THAT(Judged(), ElementsAre("problem codes.unreadable"));
}

TEST_F(CheckCodesTest, WithoutTheBrokersUserNothingCanBeJudged) {
  facts_.owner = std::nullopt;
  EXPECT_THAT(Judged(), IsEmpty());
}

}  // namespace
}  // namespace cis2::ctl::doctor
