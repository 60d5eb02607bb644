// Tells systemd that the I/O loop turns, where the unit asks for it (WatchdogSec=, sd_watchdog_enabled(3)). A process
// that hangs is then ended and started again. I/O thread only.
#ifndef CIS2_BROKER_SERVICE_WATCHDOG_H_
#define CIS2_BROKER_SERVICE_WATCHDOG_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace cis2::service {

class Watchdog {
 public:
  explicit Watchdog(boost::asio::io_context& io) : timer_(io) {}

  // From now on one word each half of the time that systemd allows; none where it does not watch this process, so that
  // without systemd there is no timer.
  void Start();

 private:
  void Tell(std::chrono::microseconds pause);

  boost::asio::steady_timer timer_;
};

}  // namespace cis2::service

#endif  // CIS2_BROKER_SERVICE_WATCHDOG_H_
