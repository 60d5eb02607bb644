#include "broker/service/watchdog.h"

#include <systemd/sd-daemon.h>

#include <cstdint>

namespace cis2::service {

void Watchdog::Start() {
  std::uint64_t allowed = 0;
  if (::sd_watchdog_enabled(/*unset_environment=*/1, &allowed) > 0) {
    Tell(std::chrono::microseconds(allowed / 2));
  }
}

void Watchdog::Tell(std::chrono::microseconds pause) {
  ::sd_notify(0, "WATCHDOG=1");
  timer_.expires_after(pause);
  timer_.async_wait([this, pause](const boost::system::error_code& error) {
    if (!error) {
      Tell(pause);
    }
  });
}

}  // namespace cis2::service
