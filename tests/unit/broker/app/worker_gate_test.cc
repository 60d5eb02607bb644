#include "broker/app/provider_workers.h"
#include "tests/support/fake_clock.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cis2::app {
namespace {

class WorkerGateTest : public ::testing::Test {
 protected:
  void Enqueue(const std::string& bucket) {
    gate_.Enqueue(bucket,
                  [this, bucket](bool as_suspect) { running_.push_back(bucket + (as_suspect ? "!" : "")); });
  }
  // A job of that address ran and failed.
  void Fail(const std::string& bucket) {
    Enqueue(bucket);
    gate_.Finished(bucket, /*as_suspect=*/false, /*succeeded=*/false);
    running_.clear();
  }

  tests::FakeClock clock_;
  WorkerGate gate_{4, clock_};
  std::vector<std::string> running_;
};

TEST_F(WorkerGateTest, RunsAsManyAsThereAreWorkers) {
  for (int i = 0; i < 6; ++i) {
    Enqueue("a");
  }
  EXPECT_EQ(running_.size(), 4U);
  gate_.Finished("a", false, true);
  EXPECT_EQ(running_.size(), 5U);
}

TEST_F(WorkerGateTest, AnAddressWithAFailureGetsHalfOfThem) {
  Fail("bad");
  for (int i = 0; i < 4; ++i) {
    Enqueue("bad");
  }
  EXPECT_EQ(running_, (std::vector<std::string>{"bad!", "bad!"}));
  Enqueue("good");
  EXPECT_EQ(running_.back(), "good") << "an honest sign-in overtakes those that wait";
}

TEST_F(WorkerGateTest, AFailureIsForgottenAfterAMinute) {
  Fail("bad");
  clock_.Advance(std::chrono::minutes(1));
  for (int i = 0; i < 4; ++i) {
    Enqueue("bad");
  }
  EXPECT_EQ(running_.size(), 4U);
}

TEST_F(WorkerGateTest, ASuccessClearsAnAddress) {
  Fail("once");
  Enqueue("once");
  gate_.Finished("once", /*as_suspect=*/true, /*succeeded=*/true);
  running_.clear();
  for (int i = 0; i < 4; ++i) {
    Enqueue("once");
  }
  EXPECT_EQ(running_.size(), 4U);
}

}  // namespace
}  // namespace cis2::app
