// A timer on CLOCK_BOOTTIME: deadlines count the time a machine was suspended. I/O thread only.
#ifndef CIS2_BROKER_APP_BOOT_TIMER_H_
#define CIS2_BROKER_APP_BOOT_TIMER_H_

#include "broker/base/clock.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <optional>

namespace cis2::app {

class BootTimer {
 public:
  // Calls `due` on the I/O thread when the time set has come. May be late, never early.
  BootTimer(boost::asio::io_context& io, std::function<void()> due);
  // Replaces the time set; nothing: never.
  void Set(std::optional<base::TimePoint> when);
  void Stop();

 private:
  void Wait();

  boost::asio::posix::stream_descriptor timer_;
  std::function<void()> due_;
  std::optional<base::TimePoint> set_;
};

}  // namespace cis2::app

#endif  // CIS2_BROKER_APP_BOOT_TIMER_H_
