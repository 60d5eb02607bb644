#include "broker/front/listen_fds.h"

#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace cis2::front {
namespace {

constexpr int kFirst = 3;
constexpr int kMax = 64;

std::optional<int> NumberIn(const char* variable) {
  const char* const text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): no thread yet
  if (text == nullptr) {
    return std::nullopt;
  }
  const std::string_view digits(text);
  int value = -1;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && stop == digits.data() + digits.size() ? value : -1;
}

bool IsListeningTcp(int fd) {
  int listening = 0;
  int domain = 0;
  int type = 0;
  socklen_t size = sizeof(int);
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening == 1 &&
         ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
         (domain == AF_INET || domain == AF_INET6) &&
         ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

}  // namespace

base::Result<std::vector<base::UniqueFd>> TakeListeningSockets() {
  const auto count = NumberIn("LISTEN_FDS");
  const auto pid = NumberIn("LISTEN_PID");
  for (const char* const variable : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"}) {
    ::unsetenv(variable);  // NOLINT(concurrency-mt-unsafe): no thread yet
  }
  if (!count || *count < 1 || *count > kMax) {
    return base::Fail("no listening sockets: LISTEN_FDS must be a number from 1 to " + std::to_string(kMax) +
                      ". cis2-front is started by systemd (cis2-front.socket) or by cis2-brokerd");
  }
  if (pid && *pid != ::getpid()) {
    return base::Fail("no listening sockets: LISTEN_PID is that of another process");
  }
  std::vector<base::UniqueFd> sockets;
  for (int fd = kFirst; fd < kFirst + *count; ++fd) {
    if (!IsListeningTcp(fd)) {
      return base::Fail("file descriptor " + std::to_string(fd) + " is not a listening TCP socket");
    }
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
      return base::FailErrno("cannot make file descriptor " + std::to_string(fd) + " close-on-exec", errno);
    }
    sockets.emplace_back(fd);
  }
  return sockets;
}

}  // namespace cis2::front
