#include "broker/base/log.h"

#include "broker/base/fd.h"

#include <climits>
#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace cis2::base {
namespace {

// Standard error is a pipe while this lives.
class LogTest : public ::testing::Test {
 protected:
  LogTest() : kept_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10)) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reads_ = UniqueFd(ends[0]);
    EXPECT_GE(::dup2(ends[1], STDERR_FILENO), 0);
    ::close(ends[1]);
  }
  ~LogTest() override { ::dup2(kept_.get(), STDERR_FILENO); }

  static void Fill() {
    const std::string page(PIPE_BUF, 'x');
    ::fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
    while (::write(STDERR_FILENO, page.data(), page.size()) > 0) {
    }
    ::fcntl(STDERR_FILENO, F_SETFL, 0);
  }
  std::string Read() {
    ::fcntl(reads_.get(), F_SETFL, O_NONBLOCK);
    std::string all;
    std::array<char, 4096> part{};
    for (ssize_t got = 0; (got = ::read(reads_.get(), part.data(), part.size())) > 0;) {
      all.append(part.data(), static_cast<std::size_t>(got));
    }
    return all;
  }

  UniqueFd kept_, reads_;
};

TEST_F(LogTest, ALineHasItsFields) {
  LogWarning("something is wrong", {{"FILE", "/etc/x"}});
  EXPECT_TRUE(Read().ends_with(" cis2 warning: something is wrong FILE=\"/etc/x\"\n"));
}

// Without the rule it stops here for ever: the pipe is a blocking one, as a program is given it.
TEST_F(LogTest, APipeThatNobodyEmptiesLosesTheLineAndBlocksNobody) {
  Fill();
  LogError("nobody reads this");
  EXPECT_EQ(Read().find("nobody"), std::string::npos);
  LogError("somebody reads again");
  EXPECT_NE(Read().find("somebody reads again"), std::string::npos);
}

TEST_F(LogTest, ALineIsOfWhatAPipeTakesAtOnce) {
  const std::string field(1024, 'x');
  LogError("long", {{"A", field}, {"B", field}, {"C", field}, {"D", field}, {"E", field}});
  const std::string line = Read();
  EXPECT_EQ(line.size(), static_cast<std::size_t>(PIPE_BUF));
  EXPECT_TRUE(line.ends_with("x\n"));
}

}  // namespace
}  // namespace cis2::base
