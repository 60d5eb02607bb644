#include "broker/app/front_process.h"

#include "broker/base/log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace cis2::app {
namespace {

constexpr int kFirstListener = 3;  // sd_listen_fds(3)
// A front that dies at once is started again after 1, 2, 4 ... 16 seconds.
constexpr int kFirstPause = 1;
constexpr int kLongestPause = 16;

struct SocketPair {
  base::UniqueFd ours;
  base::UniqueFd theirs;
};

base::Result<SocketPair> NewPair() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    return base::FailErrno("cannot make a socket pair for cis2-front", errno);
  }
  return SocketPair{.ours = base::UniqueFd(fds[0]), .theirs = base::UniqueFd(fds[1])};
}

bool SendDescriptor(int socket, int fd) {
  char byte = 'F';
  iovec part{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

// Puts the descriptors where the front expects them: listeners from 3 on, then the broker's socket. It has no use for
// input and output, which may be root's terminal.
bool ArrangeDescriptors(const FrontCommand& command, int broker_fd) {
  const int count = static_cast<int>(command.listeners.size());
  const int above = kFirstListener + count + 1;
  // First out of the way, then into place, so that none is overwritten before it was moved.
  std::vector<int> high;
  for (const base::UniqueFd& listener : command.listeners) {
    high.push_back(::fcntl(listener.get(), F_DUPFD_CLOEXEC, above));
  }
  high.push_back(::fcntl(broker_fd, F_DUPFD_CLOEXEC, above));
  const int nothing = ::fcntl(::open("/dev/null", O_RDWR | O_CLOEXEC), F_DUPFD_CLOEXEC, above);
  if (nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0 || ::dup2(nothing, STDOUT_FILENO) < 0) {
    return false;
  }
  for (int i = 0; i <= count; ++i) {
    if (high[static_cast<std::size_t>(i)] < 0 ||
        ::dup2(high[static_cast<std::size_t>(i)], kFirstListener + i) < 0) {
      return false;
    }
  }
  return ::close_range(static_cast<unsigned>(kFirstListener + count + 1), ~0U, 0) == 0;
}

bool BecomeUser(uid_t uid, gid_t gid) {
  if (::geteuid() != 0) {
    return true;  // not started as root: there is only one user
  }
  return ::setgroups(0, nullptr) == 0 && ::setresgid(gid, gid, gid) == 0 && ::setresuid(uid, uid, uid) == 0;
}

// In the child; does not return.
[[noreturn]] void BecomeFront(const FrontCommand& command, int broker_fd) {
  const auto count = command.listeners.size();
  sigset_t none{};
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);  // NOLINT(concurrency-mt-unsafe): a forked child has one thread
  if (!ArrangeDescriptors(command, broker_fd) || !BecomeUser(command.uid, command.gid) ||
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    ::_exit(1);
  }
  const std::string fds = "LISTEN_FDS=" + std::to_string(count);
  const std::string broker = std::to_string(kFirstListener + static_cast<int>(count));
  std::vector<std::string> words = {command.program, "--broker-fd", broker};
  if (command.debug) {
    words.emplace_back("--debug");
  }
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  std::string fds_copy = fds;
  std::array<char*, 2> environment{fds_copy.data(), nullptr};
  ::execve(command.program.c_str(), arguments.data(), environment.data());
  base::LogError("cannot start cis2-front",
                 {{"PROGRAM", command.program}, {"ERROR", ::strerrordesc_np(errno)}});
  ::_exit(1);
}

// True when the front ended by itself, false when the broker is gone.
bool WaitForEnd(pid_t front, int broker_socket) {
  // By number: the header of glibc 2.36 declares pidfd_open without C linkage.
  const base::UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, front, 0)));
  std::array<pollfd, 2> fds{pollfd{.fd = pidfd.get(), .events = POLLIN, .revents = 0},
                            pollfd{.fd = broker_socket, .events = POLLIN, .revents = 0}};
  while (::poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) {
  }
  if (fds[1].revents == 0) {
    ::waitpid(front, nullptr, 0);
    return true;
  }
  ::kill(front, SIGTERM);
  ::waitpid(front, nullptr, 0);
  return false;
}

// The keeper's life. Ends when the broker's socket does.
[[noreturn]] void KeepFront(const FrontCommand& command, const base::UniqueFd& broker_socket) {
  ::prctl(PR_SET_NAME, "cis2-keeper");
  // Held, not ignored: the broker says when it is over, by ending. A front that is told to end before it has
  // become one keeps the signal until it unblocks it, where an ignored one would be lost.
  sigset_t held{};
  ::sigemptyset(&held);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    ::sigaddset(&held, signal);
  }
  ::sigprocmask(SIG_BLOCK, &held, nullptr);  // NOLINT(concurrency-mt-unsafe): a forked child has one thread
  int pause = kFirstPause;
  while (true) {
    auto pair = NewPair();
    if (!pair || !SendDescriptor(broker_socket.get(), pair->ours.get())) {
      ::_exit(0);
    }
    pair->ours.Reset();
    const std::time_t started = std::time(nullptr);
    const pid_t front = ::fork();
    if (front == 0) {
      BecomeFront(command, pair->theirs.get());
    }
    pair->theirs.Reset();
    if (front < 0 || !WaitForEnd(front, broker_socket.get())) {
      ::_exit(front < 0 ? 1 : 0);
    }
    pause = std::time(nullptr) - started > kLongestPause ? kFirstPause : std::min(pause * 2, kLongestPause);
    base::LogWarning("cis2-front ended; it is started again", {{"SECONDS", std::to_string(pause)}});
    pollfd broker{.fd = broker_socket.get(), .events = POLLIN, .revents = 0};
    if (::poll(&broker, 1, pause * 1000) > 0) {
      ::_exit(0);
    }
  }
}

}  // namespace

// NOLINTNEXTLINE(performance-unnecessary-value-param): takes the listeners over
base::Result<base::UniqueFd> StartFrontKeeper(FrontCommand command) {
  if (::access(command.program.c_str(), X_OK) != 0) {
    return base::FailErrno("cannot run " + command.program + " (--front names another place)", errno);
  }
  CIS2_TRY(SocketPair pair, NewPair());
  const pid_t keeper = ::fork();
  if (keeper < 0) {
    return base::FailErrno("cannot start a process for cis2-front", errno);
  }
  if (keeper == 0) {
    pair.ours.Reset();
    KeepFront(command, pair.theirs);
  }
  return std::move(pair.ours);
}

base::UniqueFd ReceiveFront(int keeper_socket) {
  char byte = 0;
  iovec part{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(keeper_socket, &message, MSG_CMSG_CLOEXEC) != 1) {
    return {};
  }
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int))) {
    return {};
  }
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return base::UniqueFd(fd);
}

}  // namespace cis2::app
