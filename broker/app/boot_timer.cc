#include "broker/app/boot_timer.h"

#include <cstdint>
#include <sys/timerfd.h>
#include <unistd.h>

namespace cis2::app {

BootTimer::BootTimer(boost::asio::io_context& io, std::function<void()> due)
    : timer_(io, ::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)), due_(std::move(due)) {
  Wait();
}

void BootTimer::Set(std::optional<base::TimePoint> when) {
  if (when == set_) {
    return;
  }
  set_ = when;
  itimerspec spec{};
  if (when) {
    const auto nanoseconds = when->time_since_epoch().count();
    constexpr std::int64_t kPerSecond = 1000000000;
    spec.it_value.tv_sec = nanoseconds / kPerSecond;
    // Zero would switch the timer off; the past fires at once.
    spec.it_value.tv_nsec = nanoseconds % kPerSecond;
    if (spec.it_value.tv_sec == 0 && spec.it_value.tv_nsec == 0) {
      spec.it_value.tv_nsec = 1;
    }
  }
  (void)::timerfd_settime(timer_.native_handle(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

void BootTimer::Stop() {
  boost::system::error_code ignored;
  timer_.close(ignored);
}

void BootTimer::Wait() {
  timer_.async_wait(
      boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
        if (error || !timer_.is_open()) {
          return;
        }
        std::uint64_t expirations = 0;
        if (::read(timer_.native_handle(), &expirations, sizeof expirations) == sizeof expirations) {
          set_.reset();
          due_();
        }
        Wait();
      });
}

}  // namespace cis2::app
