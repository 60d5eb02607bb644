#include "broker/app/boot_timer.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace cis2::app {
namespace {

using namespace std::chrono_literals;

class BootTimerTest : public ::testing::Test {
 protected:
  base::SystemClock clock_;
  boost::asio::io_context io_;
  int fired_ = 0;
  BootTimer timer_{io_, [this] {
                     ++fired_;
                     timer_.Stop();
                   }};
};

TEST_F(BootTimerTest, FiresNotBeforeItsTime) {
  const base::TimePoint due = clock_.Now() + 20ms;
  timer_.Set(due);
  io_.run();
  EXPECT_EQ(fired_, 1);
  EXPECT_GE(clock_.Now(), due);
}

TEST_F(BootTimerTest, ATimeInThePastFiresAtOnce) {
  timer_.Set(clock_.Now() - 1s);
  io_.run();
  EXPECT_EQ(fired_, 1);
}

TEST_F(BootTimerTest, ALaterSetReplacesAnEarlierOne) {
  timer_.Set(clock_.Now() + 10h);
  timer_.Set(clock_.Now());
  io_.run();
  EXPECT_EQ(fired_, 1);
}

}  // namespace
}  // namespace cis2::app
