#include "broker/app/sockets.h"

#include <systemd/sd-daemon.h>

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <string_view>
#include <sys/socket.h>

namespace cis2::app {
namespace {

struct TcpAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

base::Result<TcpAddress> ParseTcpAddress(const std::string& text) {
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  const std::string_view digits = colon == std::string::npos ? "" : std::string_view(text).substr(colon + 1);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) {
    return base::Fail("'" + text +
                      "' is not an address and a port, such as \"[::]:8443\" or \"0.0.0.0:8443\"");
  }
  TcpAddress address;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    host = host.substr(1, host.size() - 2);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
    if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
      return address;
    }
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
    if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
      return address;
    }
  }
  return base::Fail("'" + text + "' holds no numeric address; IPv6 addresses stand in brackets");
}

}  // namespace

base::Result<base::UniqueFd> ListenTcp(const std::string& setting, const std::string& address) {
  CIS2_TRY(const TcpAddress parsed, ParseTcpAddress(address));
  base::UniqueFd fd(::socket(parsed.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) {
    return base::FailErrno("cannot make a socket for " + setting + " " + address, errno);
  }
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (parsed.storage.ss_family == AF_INET6) {
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&parsed.storage), parsed.size) != 0 ||
      ::listen(fd.get(), SOMAXCONN) != 0) {
    const int error = errno;
    return base::FailErrno("cannot listen on " + setting + " " + address +
                               (error == EADDRINUSE ? " (ss -ltnp shows who does)" : ""),
                           error);
  }
  return fd;
}

base::Result<PassedSockets> TakePassedSockets() {
  PassedSockets passed;
  char** names = nullptr;
  const int count = ::sd_listen_fds_with_names(/*unset_environment=*/1, &names);
  for (int i = 0; i < count; ++i) {
    base::UniqueFd fd(SD_LISTEN_FDS_START + i);
    const std::string_view name = names[i];
    if (name == "pam") {
      passed.pam = std::move(fd);
    } else if (name == "control") {
      passed.control = std::move(fd);
    } else if (name == "front") {
      passed.front = std::move(fd);
    } else if (name == "metrics") {
      passed.metrics = std::move(fd);
    } else {
      return base::Fail("systemd passed a socket called '" + std::string(name) +
                        "'; FileDescriptorName must be pam, control, front or metrics");
    }
    std::free(names[i]);
  }
  std::free(static_cast<void*>(names));
  if (count > 0 && (!passed.pam.valid() || !passed.control.valid() || !passed.front.valid())) {
    return base::Fail(
        "systemd passed only some of the sockets; enable cis2-broker-pam.socket, -control.socket and "
        "-front.socket");
  }
  return passed;
}

}  // namespace cis2::app
