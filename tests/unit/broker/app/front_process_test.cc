// The keeper with a small program in place of the front: what it is given, and that it is started again.
#include "broker/app/front_process.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cis2::app {
namespace {

class FrontProcessTest : public ::testing::Test {
 protected:
  FrontProcessTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cis2-front-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FrontProcessTest() override { std::filesystem::remove_all(folder_); }

  // A script that stands for cis2-front; started with the broker's socket as descriptor 4.
  FrontCommand Command(const std::string& script) {
    const std::string program = folder_ + "/front";
    std::ofstream(program) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(program, std::filesystem::perms(0755));
    FrontCommand command{
        .program = program, .debug = false, .uid = ::getuid(), .gid = ::getgid(), .listeners = {}};
    command.listeners.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return command;
  }
  static std::string ReadAll(const base::UniqueFd& fd) {
    std::string all;
    std::array<char, 512> buffer{};
    for (ssize_t got = 0; (got = ::read(fd.get(), buffer.data(), buffer.size())) > 0;) {
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return all;
  }

  std::string folder_;
};

TEST_F(FrontProcessTest, TheFrontGetsItsSocketsAndNothingElse) {
  ::setenv("CANARY_SECRET", "must not arrive", 1);
  auto keeper = StartFrontKeeper(Command("{ echo \"$*\"; env; ls /proc/$$/fd; } >&4\n"));
  ASSERT_TRUE(keeper.has_value());
  const base::UniqueFd front = ReceiveFront(keeper->get());
  ASSERT_TRUE(front.valid());

  const std::string said = ReadAll(front);

  EXPECT_EQ(said.find("CANARY_SECRET"), std::string::npos);
  EXPECT_NE(said.find("--broker-fd 4\n"), std::string::npos) << said;
  EXPECT_NE(said.find("LISTEN_FDS=1\n"), std::string::npos) << said;
  // 0 to 2, the listener, the broker's socket; the shell itself holds its script open as 10 or 255.
  EXPECT_EQ(said.find("\n5\n"), std::string::npos) << said;
}

// Root's terminal, where the broker is started by hand.
TEST_F(FrontProcessTest, TheFrontHasNoInputAndNoOutput) {
  const std::string terminal = folder_ + "/terminal";
  const base::UniqueFd file(::open(terminal.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const base::UniqueFd input(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  const base::UniqueFd output(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  ::dup2(file.get(), STDIN_FILENO);
  ::dup2(file.get(), STDOUT_FILENO);
  auto keeper = StartFrontKeeper(
      Command("echo hello; has=$(readlink /proc/$$/fd/0 /proc/$$/fd/1); echo \"$has\" >&4\n"));
  ::dup2(input.get(), STDIN_FILENO);
  ::dup2(output.get(), STDOUT_FILENO);
  ASSERT_TRUE(keeper.has_value());
  EXPECT_EQ(ReadAll(ReceiveFront(keeper->get())), "/dev/null\n/dev/null\n");
  EXPECT_EQ(std::filesystem::file_size(terminal), 0U);
}

TEST_F(FrontProcessTest, AFrontThatEndsIsStartedAgain) {
  auto keeper = StartFrontKeeper(Command("echo once >&4\n"));
  ASSERT_TRUE(keeper.has_value());
  EXPECT_EQ(ReadAll(ReceiveFront(keeper->get())), "once\n");
  EXPECT_EQ(ReadAll(ReceiveFront(keeper->get())), "once\n");
}

TEST_F(FrontProcessTest, TheFrontEndsWithTheBroker) {
  auto keeper = StartFrontKeeper(Command("echo up >&4; exec sleep 1000\n"));
  ASSERT_TRUE(keeper.has_value());
  const base::UniqueFd front = ReceiveFront(keeper->get());
  std::array<char, 3> up{};
  ASSERT_EQ(::read(front.get(), up.data(), up.size()), 3) << "it runs";
  keeper->Reset();  // as when the broker dies
  EXPECT_EQ(ReadAll(front), "") << "the end of the socket is the end of the front";
}

TEST_F(FrontProcessTest, AFrontThatHasHardlyBegunEndsWithTheBrokerToo) {
  auto keeper = StartFrontKeeper(Command("exec sleep 1000\n"));
  ASSERT_TRUE(keeper.has_value());
  const base::UniqueFd front = ReceiveFront(keeper->get());
  keeper->Reset();
  EXPECT_EQ(ReadAll(front), "");
}

TEST_F(FrontProcessTest, AMissingProgramIsAnErrorThatNamesIt) {
  FrontCommand command = Command("");
  command.program = folder_ + "/absent";
  const auto keeper = StartFrontKeeper(std::move(command));
  ASSERT_FALSE(keeper.has_value());
  EXPECT_NE(keeper.error().message.find("absent"), std::string::npos);
}

}  // namespace
}  // namespace cis2::app
