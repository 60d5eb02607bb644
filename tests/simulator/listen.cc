#include "tests/simulator/listen.h"

#include "broker/base/text.h"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <utility>

namespace cis2::simulator {
namespace {

constexpr int kBacklog = 256;

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() ? std::optional(port)
                                                                             : std::nullopt;
}

std::optional<Address> ParseLoopback(const std::string& host, std::uint16_t port) {
  Address address;
  std::memset(&address, 0, sizeof(address));
  if (host == "[::1]") {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_addr = in6addr_loopback;
    address.v6.sin6_port = htons(port);
    return address;
  }
  address.v4.sin_family = AF_INET;
  address.v4.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.v4.sin_addr) != 1 ||
      (ntohl(address.v4.sin_addr.s_addr) >> 24) != IN_LOOPBACKNET) {
    return std::nullopt;
  }
  return address;
}

bool Bind(int fd, const Address& address) {
  const int on = 1;
  const bool v6 = address.any.sa_family == AF_INET6;
  const socklen_t size = v6 ? sizeof(address.v6) : sizeof(address.v4);
  return ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
         (!v6 || ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
         ::bind(fd, &address.any, size) == 0 && ::listen(fd, kBacklog) == 0;
}

std::uint16_t PortOf(int fd) {
  Address address;
  std::memset(&address, 0, sizeof(address));
  socklen_t size = sizeof(address);
  ::getsockname(fd, &address.any, &size);
  return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

}  // namespace

base::Result<Listener> ListenOn(const std::string& host_and_port) {
  const std::string shown = "'" + base::Printable(host_and_port) + "'";
  const auto colon = host_and_port.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : ParsePort(host_and_port.substr(colon + 1));
  if (!port) {
    return base::Fail(shown + " is not HOST:PORT");
  }
  std::string host = host_and_port.substr(0, colon);
  const auto address = ParseLoopback(host, *port);
  if (!address) {
    return base::Fail(
        shown +
        " is not a loopback address; the simulator signs anybody in and listens on 127.x.x.x or "
        "[::1] alone");
  }
  base::UniqueFd fd(::socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid() || !Bind(fd.get(), *address)) {
    return base::FailErrno("cannot listen on " + shown, errno);
  }
  const std::uint16_t bound = PortOf(fd.get());
  return Listener{std::move(fd), std::move(host), bound};
}

}  // namespace cis2::simulator
