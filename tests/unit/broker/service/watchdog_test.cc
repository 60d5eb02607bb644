// The watchdog: systemd hears as often as it asked for, and nothing where it did not ask.
#include "broker/service/watchdog.h"

#include "tests/support/service_manager.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace cis2::service {
namespace {

class WatchdogTest : public ::testing::Test {
 protected:
  void SetUp() override { ::setenv("NOTIFY_SOCKET", manager_.path().c_str(), 1); }
  void TearDown() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
      ::unsetenv(name);
    }
  }

  boost::asio::io_context io_{1};
  tests::ServiceManager manager_;
};

TEST_F(WatchdogTest, TellsAtOnceAndAgain) {
  ::setenv("WATCHDOG_USEC", "2000", 1);
  Watchdog watchdog(io_);
  watchdog.Start();
  EXPECT_EQ(manager_.Heard(), "WATCHDOG=1");
  EXPECT_EQ(manager_.Heard(), "");
  for (int again = 0; again < 3; ++again) {
    io_.run_one();
    EXPECT_EQ(manager_.Heard(), "WATCHDOG=1") << again;
  }
}

TEST_F(WatchdogTest, SaysNothingAndSetsNoTimerWhereNobodyWatches) {
  Watchdog watchdog(io_);
  watchdog.Start();
  EXPECT_EQ(manager_.Heard(), "");
  EXPECT_EQ(io_.run(), 0U);
}

TEST_F(WatchdogTest, IsNotMeantByAWatchOverAnotherProcess) {
  ::setenv("WATCHDOG_USEC", "2000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  Watchdog watchdog(io_);
  watchdog.Start();
  EXPECT_EQ(manager_.Heard(), "");
  EXPECT_EQ(io_.run(), 0U);
}

}  // namespace
}  // namespace cis2::service
