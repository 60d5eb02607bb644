#include "broker/ctl/run_command.h"

#include "broker/base/fd.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cis2::ctl {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{10};
constexpr std::size_t kMaxOutput = 256UL * 1024;

struct Pipe {
  base::UniqueFd read, write;
};

Pipe MakePipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return {};
  }
  return {base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

// Takes what is there; false once the other side has closed, or has said enough.
bool Take(int fd, std::string& text) {
  std::array<char, 4096> part{};
  const ssize_t got = ::read(fd, part.data(), part.size());
  if (got > 0) {
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  return (got > 0 || (got < 0 && errno == EINTR)) && text.size() < kMaxOutput;
}

// True if both ends were closed in time.
bool Hear(Pipe& out, Pipe& err, CommandResult& result) {
  const auto deadline = steady_clock::now() + kPatience;
  while (out.read.valid() || err.read.valid()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
    std::array<pollfd, 2> polled = {pollfd{.fd = out.read.get(), .events = POLLIN, .revents = 0},
                                    pollfd{.fd = err.read.get(), .events = POLLIN, .revents = 0}};
    if (left <= 0 || (::poll(polled.data(), polled.size(), static_cast<int>(left)) < 0 && errno != EINTR)) {
      return false;
    }
    if (polled[0].revents != 0 && !Take(out.read.get(), result.output)) {
      out.read.Reset();
    }
    if (polled[1].revents != 0 && !Take(err.read.get(), result.errors)) {
      err.read.Reset();
    }
  }
  return true;
}

}  // namespace

CommandResult RunCommand(const std::vector<std::string>& command) {
  CommandResult result;
  Pipe out = MakePipe();
  Pipe err = MakePipe();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.write.get(), STDERR_FILENO);
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  std::string locale = "LC_ALL=C";
  std::array<char*, 3> environment = {path.data(), locale.data(), nullptr};
  pid_t child = 0;
  const int failed =
      ::posix_spawn(&child, command.front().c_str(), &actions, nullptr, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  out.write.Reset();
  err.write.Reset();
  if (failed != 0) {
    return result;
  }
  const bool heard = Hear(out, err, result);
  if (!heard) {
    ::kill(child, SIGKILL);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = heard && WIFEXITED(status) ? WEXITSTATUS(status) : 127;
  return result;
}

}  // namespace cis2::ctl
