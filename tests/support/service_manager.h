// Stands in for systemd where a service tells it how it is: NOTIFY_SOCKET, in the abstract namespace.
#ifndef CIS2_TESTS_SUPPORT_SERVICE_MANAGER_H_
#define CIS2_TESTS_SUPPORT_SERVICE_MANAGER_H_

#include "broker/base/fd.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace cis2::tests {

class ServiceManager {
 public:
  ServiceManager() {
    const std::string name = "cis2-service-manager-" + std::to_string(::getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0) {
      path_ = "@" + name;
    }
  }

  // The value of NOTIFY_SOCKET.
  [[nodiscard]] const std::string& path() const { return path_; }
  // The next that was said; what was said already, waiting for nothing.
  [[nodiscard]] std::string Hears() const { return Receive(0); }
  [[nodiscard]] std::string Heard() const { return Receive(MSG_DONTWAIT); }

 private:
  [[nodiscard]] std::string Receive(int flags) const {
    std::array<char, 256> text{};
    const ssize_t size = ::recv(socket_.get(), text.data(), text.size(), flags);
    return size < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(size));
  }

  base::UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  std::string path_;
};

}  // namespace cis2::tests

#endif  // CIS2_TESTS_SUPPORT_SERVICE_MANAGER_H_
