#include "broker/audit/fan_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace cis2::audit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Keeps what it gets, and answers durable events when told to.
class FakeSink final : public Sink {
 public:
  void Write(const Event& event) override { seen.push_back("write " + event.login_id); }
  void WriteDurably(const Event& event, std::function<void(bool)> done) override {
    seen.push_back("durably " + event.login_id);
    answer = std::move(done);
  }

  std::vector<std::string> seen;
  std::function<void(bool)> answer;
};

class FanOutTest : public testing::Test {
 protected:
  FanOutTest() { event_.login_id = "L1"; }

  Event event_;
  FakeSink file_, journal_;
  FanOut both_{{&file_, &journal_}};
  std::optional<bool> done_;
};

TEST_F(FanOutTest, EverySinkGetsTheEvent) {
  both_.Write(event_);
  EXPECT_THAT(file_.seen, ElementsAre("write L1"));
  EXPECT_THAT(journal_.seen, ElementsAre("write L1"));
}

TEST_F(FanOutTest, DurableEventWaitsForTheFirstAndIsCopiedThen) {
  both_.WriteDurably(event_, [this](bool ok) { done_ = ok; });
  EXPECT_THAT(file_.seen, ElementsAre("durably L1"));
  EXPECT_THAT(journal_.seen, IsEmpty());
  EXPECT_FALSE(done_.has_value());

  file_.answer(true);
  EXPECT_EQ(done_, true);
  EXPECT_THAT(journal_.seen, ElementsAre("write L1"));
}

TEST_F(FanOutTest, EventThatCouldNotBeKeptIsNotCopied) {
  both_.WriteDurably(event_, [this](bool ok) { done_ = ok; });
  file_.answer(false);
  EXPECT_EQ(done_, false);
  EXPECT_THAT(journal_.seen, IsEmpty());
}

TEST_F(FanOutTest, OneSinkAloneIsEnough) {
  FanOut alone({&journal_});
  alone.WriteDurably(event_, [this](bool ok) { done_ = ok; });
  journal_.answer(true);
  EXPECT_EQ(done_, true);
  EXPECT_THAT(journal_.seen, ElementsAre("durably L1"));
}

}  // namespace
}  // namespace cis2::audit
