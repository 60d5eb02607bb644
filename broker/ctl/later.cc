#include "broker/ctl/later.h"

#include "broker/base/text.h"
#include "broker/ctl/run_command.h"

#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cis2::ctl {
namespace {

using base::Result;

constexpr const char* kSelf = "/proc/self/exe";

Result<std::string> OwnPath() {
  std::string path(4096, '\0');
  const ssize_t size = ::readlink(kSelf, path.data(), path.size());
  if (size < 0) {
    return base::FailErrno("cannot read /proc/self/exe", errno);
  }
  path.resize(static_cast<std::size_t>(size));
  return path;
}

Result<void> StartTimer(const std::string& name, std::chrono::seconds delay, std::vector<std::string> argv) {
  std::vector<std::string> command = {"/usr/bin/systemd-run",
                                      "--quiet",
                                      "--collect",
                                      "--unit=" + name,
                                      "--on-active=" + std::to_string(delay.count()) + "s",
                                      "--timer-property=AccuracySec=1s",
                                      "--"};
  command.insert(command.end(), argv.begin(), argv.end());
  const CommandResult end = RunCommand(command);
  return end.status == 0 ? Result<void>() : base::Fail("systemd-run: " + base::Printable(end.errors, 512));
}

// Sleeps through suspend and the session's end, then becomes the command.
[[noreturn]] void SleepAndRun(std::chrono::seconds delay, const std::vector<std::string>& argv) {
  timespec until{};
  (void)::clock_gettime(CLOCK_BOOTTIME, &until);
  until.tv_sec += delay.count();
  while (::clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
  std::vector<char*> words;
  for (const std::string& word : argv) {
    words.push_back(const_cast<char*>(word.c_str()));  // as execve(2) has it; it writes to none
  }
  words.push_back(nullptr);
  ::execv(words.front(), words.data());
  ::_exit(127);
}

// Twice forked: the process in between ends, so that the other belongs to init and never gets a terminal.
[[noreturn]] void Detach(std::chrono::seconds delay, const std::vector<std::string>& argv) {
  ::setsid();
  if (const pid_t child = ::fork(); child != 0) {
    ::_exit(child > 0 ? 0 : 1);
  }
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP}) {
    (void)::signal(number, number == SIGTERM ? SIG_DFL : SIG_IGN);
  }
  if (const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC); null >= 0) {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      ::dup2(null, fd);
    }
  }
  ::close_range(3, ~0U, 0);
  if (::chdir("/") != 0) {
    ::_exit(1);
  }
  SleepAndRun(delay, argv);
}

Result<void> StartProcess(std::chrono::seconds delay, const std::vector<std::string>& argv) {
  const pid_t child = ::fork();
  if (child == 0) {
    Detach(delay, argv);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) < 0 || status != 0) {
    return base::FailErrno("cannot start a process for the way back", errno);
  }
  return {};
}

}  // namespace

bool HasSystemd() { return ::access("/run/systemd/system", F_OK) == 0; }

Result<void> RunLater(const std::string& name, std::chrono::seconds delay,
                      const std::vector<std::string>& arguments) {
  CIS2_TRY(const std::string self, OwnPath());
  std::vector<std::string> argv = {self};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  if (HasSystemd()) {
    StopLater(name);  // of an earlier try
    return StartTimer(name, delay, std::move(argv));
  }
  return StartProcess(delay, argv);
}

void StopLater(const std::string& name) {
  if (HasSystemd()) {
    (void)RunCommand({"/usr/bin/systemctl", "stop", name + ".timer"});  // gone already is as good
  }
}

}  // namespace cis2::ctl
