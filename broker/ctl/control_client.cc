#include "broker/ctl/control_client.h"

#include "broker/base/fd.h"
#include "broker/base/text.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace cis2::ctl {
namespace {

constexpr std::size_t kMaxFrame = 1024UL * 1024;
constexpr std::size_t kHeader = 4;

std::unexpected<base::Error> ConnectError(const std::string& path, int error) {
  if (error == ENOENT || error == ECONNREFUSED) {
    return base::Fail(
        "cis2-brokerd does not answer at " + path +
        "; it is not running, or uses another [host] control_socket. See: systemctl status cis2-broker");
  }
  if (error == EACCES || error == EPERM) {
    return base::Fail("the control socket " + path + " is for root alone; use sudo");
  }
  return base::FailErrno("cannot connect to " + path, error);
}

base::Result<base::UniqueFd> Connect(const std::string& path, std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return base::Fail("'" + base::Printable(path) + "' is not the path of a socket");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) {
    return base::FailErrno("cannot make a socket", errno);
  }
  const timeval wait{.tv_sec = timeout.count() / 1000, .tv_usec = timeout.count() % 1000 * 1000};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return ConnectError(path, errno);
  }
  return fd;
}

std::string Frame(const std::string& body) {
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame += static_cast<char>(body.size() >> shift & 0xff);
  }
  return frame + body;
}

base::Result<void> Send(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent < 0) {
      return base::FailErrno("cannot send to cis2-brokerd", errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

base::Result<std::string> Receive(int fd, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::recv(fd, bytes.data() + have, size - have, 0);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return errno == EAGAIN ? base::Fail("cis2-brokerd did not answer in time; the log may say why")
                             : base::FailErrno("cannot hear from cis2-brokerd", errno);
    }
    if (got == 0) {
      return base::Fail(
          "cis2-brokerd ended the connection without an answer; only root is served, and the log says why");
    }
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

base::Result<std::string> ReceiveFrame(int fd) {
  CIS2_TRY(const std::string header, Receive(fd, kHeader));
  std::size_t size = 0;
  for (const char c : header) {
    size = size << 8 | static_cast<unsigned char>(c);
  }
  if (size > kMaxFrame) {
    return base::Fail("the answer of cis2-brokerd is too long");
  }
  return Receive(fd, size);
}

}  // namespace

base::Result<base::Json> Ask(const std::string& socket_path, const std::string& command,
                             std::chrono::milliseconds timeout) {
  return Ask(socket_path, command, base::Json::object(), timeout);
}

base::Result<base::Json> Ask(const std::string& socket_path, const std::string& command, base::Json members,
                             std::chrono::milliseconds timeout) {
  members["command"] = command;
  CIS2_TRY(const base::UniqueFd fd, Connect(socket_path, timeout));
  CIS2_CHECK(Send(fd.get(),
                  Frame(members.dump(-1, ' ', /*ensure_ascii=*/true, base::Json::error_handler_t::replace))));
  CIS2_TRY(const std::string text, ReceiveFrame(fd.get()));
  const auto answer = base::ParseJson(text, {.max_size = kMaxFrame, .max_depth = 16});
  const base::Json* ok = answer ? base::Member(*answer, "ok") : nullptr;
  if (ok == nullptr || !ok->is_boolean()) {
    return base::Fail(
        "the answer of cis2-brokerd cannot be read; are cis2ctl and cis2-brokerd of the same version?");
  }
  const base::Json* result = base::Member(*answer, "result");
  if (*ok == base::Json(true) && result != nullptr) {
    return *result;
  }
  return base::Fail("cis2-brokerd refused: " +
                    base::Printable(base::StringMember(*answer, "error").value_or("no reason given"), 512));
}

}  // namespace cis2::ctl
