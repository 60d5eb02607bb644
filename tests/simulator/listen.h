// Listening sockets of the simulator: loopback alone, because it signs anybody in.
#ifndef CIS2_TESTS_SIMULATOR_LISTEN_H_
#define CIS2_TESTS_SIMULATOR_LISTEN_H_

#include "broker/base/fd.h"
#include "broker/base/result.h"

#include <cstdint>
#include <string>

namespace cis2::simulator {

struct Listener {
  base::UniqueFd fd;
  std::string host;  // as written: "127.0.0.1", "[::1]"
  std::uint16_t port = 0;

  [[nodiscard]] std::string HostAndPort() const { return host + ":" + std::to_string(port); }
};

// Listens on "127.0.0.1:8444" or "[::1]:0"; port 0 takes a free one. Refuses any address that is not in
// 127.0.0.0/8 or ::1, and names.
base::Result<Listener> ListenOn(const std::string& host_and_port);

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_LISTEN_H_
