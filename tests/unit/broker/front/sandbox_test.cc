// What the sandbox takes away, and what it must leave, in a process of its own: it is for good.
#include "broker/front/sandbox.h"

#include "tests/support/raw_client.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cis2::front {
namespace {

constexpr long kVersionWithTcp = 4;
constexpr int kNoSandbox = 255;

// 0 or less without Landlock.
long LandlockVersion() {
  return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
}
int RefusedFrom(long version) { return LandlockVersion() >= version ? EACCES : 0; }

// What `attempt` gives behind the sandbox: 0, or an errno.
int Behind(const std::function<int()>& attempt) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(EnterSandbox() ? attempt() : kNoSandbox);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
int Outcome(int result) { return result < 0 ? errno : 0; }

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// The socket is made before, so that nothing but the sandbox can be in its way.
class SandboxTest : public testing::Test {
 protected:
  std::uint16_t port_ = 0;
  base::UniqueFd listener_ = tests::ListenOnLoopback("127.0.0.1", &port_);
};

TEST_F(SandboxTest, ItCallsNobodyOverTcp) {
  const auto connect = [&] {
    const base::UniqueFd own(::socket(AF_INET, SOCK_STREAM, 0));
    const sockaddr_in there = Loopback(port_);
    return Outcome(::connect(own.get(), reinterpret_cast<const sockaddr*>(&there), sizeof(there)));
  };
  EXPECT_EQ(connect(), 0) << "somebody listens there";
  EXPECT_EQ(Behind(connect), RefusedFrom(kVersionWithTcp));
}

TEST_F(SandboxTest, ItOpensNoPort) {
  const auto bind = [] {
    const base::UniqueFd own(::socket(AF_INET, SOCK_STREAM, 0));
    const sockaddr_in any = Loopback(0);
    return Outcome(::bind(own.get(), reinterpret_cast<const sockaddr*>(&any), sizeof(any)));
  };
  EXPECT_EQ(bind(), 0);
  EXPECT_EQ(Behind(bind), RefusedFrom(kVersionWithTcp));
}

TEST_F(SandboxTest, ItReadsNoFile) {
  const auto open = [] { return Outcome(::open("/etc/passwd", O_RDONLY | O_CLOEXEC)); };
  EXPECT_EQ(open(), 0);
  EXPECT_EQ(Behind(open), RefusedFrom(1));
}

TEST_F(SandboxTest, BrowsersStillReachThePortsThatItWasGiven) {
  const tests::RawClient browser(port_);
  ASSERT_TRUE(browser.connected());
  EXPECT_EQ(Behind([&] { return Outcome(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }), 0);
}

TEST_F(SandboxTest, ItStillReachesTheBroker) {
  const tests::TempDir folder;
  sockaddr_un there{};
  there.sun_family = AF_UNIX;
  (folder.path() + "/front.sock").copy(there.sun_path, sizeof(there.sun_path) - 1);
  const auto* const address = reinterpret_cast<const sockaddr*>(&there);
  const base::UniqueFd broker(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(broker.get(), address, sizeof(there)), 0);
  ASSERT_EQ(::listen(broker.get(), 1), 0);
  EXPECT_EQ(Behind([&] {
              const base::UniqueFd own(::socket(AF_UNIX, SOCK_STREAM, 0));
              return Outcome(::connect(own.get(), address, sizeof(there)));
            }),
            0);
}

}  // namespace
}  // namespace cis2::front
