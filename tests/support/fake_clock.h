// A clock that stands still until a test moves it. Both clocks move together, except where a test sets the
// wall clock alone, as an administrator or NTP would.
//
// Threads: any.
#ifndef CIS2_TESTS_SUPPORT_FAKE_CLOCK_H_
#define CIS2_TESTS_SUPPORT_FAKE_CLOCK_H_

#include "broker/base/clock.h"

#include <mutex>

namespace cis2::tests {

class FakeClock final : public base::Clock {
 public:
  // 2026-11-23T09:15:02Z, an ordinary Monday; a machine that has been up for a day.
  static constexpr base::WallTime kStart{std::chrono::seconds{1795425302}};

  [[nodiscard]] base::TimePoint Now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  [[nodiscard]] base::WallTime WallNow() const override {
    const std::lock_guard lock(mutex_);
    return wall_;
  }

  void Advance(base::Duration by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
    wall_ += std::chrono::duration_cast<std::chrono::milliseconds>(by);
  }
  // The wall clock alone jumps; deadlines must not notice.
  void SetWall(base::WallTime wall) {
    const std::lock_guard lock(mutex_);
    wall_ = wall;
  }

 private:
  mutable std::mutex mutex_;
  base::TimePoint now_{std::chrono::hours{24}};
  base::WallTime wall_ = kStart;
};

}  // namespace cis2::tests

#endif  // CIS2_TESTS_SUPPORT_FAKE_CLOCK_H_
