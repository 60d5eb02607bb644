// The watchdog: systemd hears as often as it asked for, and nothing where it did not ask.
#include "broker/app/watchdog.h"

#include "broker/base/fd.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace cis2::app {
namespace {

// Stands in for the service manager: NOTIFY_SOCKET, in the abstract namespace.
class WatchdogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string name = "cis2-watchdog-test-" + std::to_string(::getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    manager_ = base::UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    ASSERT_EQ(::bind(manager_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
      ::unsetenv(name);
    }
  }

  // What was said, waiting for nothing.
  std::string Said() {
    std::array<char, 256> text{};
    const ssize_t size = ::recv(manager_.get(), text.data(), text.size(), MSG_DONTWAIT);
    return size < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(size));
  }

  boost::asio::io_context io_{1};
  base::UniqueFd manager_;
};

TEST_F(WatchdogTest, TellsAtOnceAndAgain) {
  ::setenv("WATCHDOG_USEC", "2000", 1);
  Watchdog watchdog(io_);
  watchdog.Start();
  EXPECT_EQ(Said(), "WATCHDOG=1");
  EXPECT_EQ(Said(), "");
  for (int again = 0; again < 3; ++again) {
    io_.run_one();
    EXPECT_EQ(Said(), "WATCHDOG=1") << again;
  }
}

TEST_F(WatchdogTest, SaysNothingAndSetsNoTimerWhereNobodyWatches) {
  Watchdog watchdog(io_);
  watchdog.Start();
  EXPECT_EQ(Said(), "");
  EXPECT_EQ(io_.run(), 0U);
}

TEST_F(WatchdogTest, IsNotMeantByAWatchOverAnotherProcess) {
  ::setenv("WATCHDOG_USEC", "2000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  Watchdog watchdog(io_);
  watchdog.Start();
  EXPECT_EQ(Said(), "");
  EXPECT_EQ(io_.run(), 0U);
}

}  // namespace
}  // namespace cis2::app
