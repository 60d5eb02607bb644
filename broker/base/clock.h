// Time, as an input. Two clocks that are never mixed:
//
//   Now()      CLOCK_BOOTTIME: counts suspend, never jumps. Every deadline and age of ours is a duration on it.
//   WallNow()  the civil time, for the claims of tokens, certificates and the audit alone.
//
// Threads: SystemClock may be used from any thread.
#ifndef CIS2_BROKER_BASE_CLOCK_H_
#define CIS2_BROKER_BASE_CLOCK_H_

#include <chrono>
#include <string>

namespace cis2::base {

struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};

using TimePoint = BootClock::time_point;
using Duration = BootClock::duration;
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint Now() const = 0;
  [[nodiscard]] virtual WallTime WallNow() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint Now() const override;
  [[nodiscard]] WallTime WallNow() const override;
};

// "2026-11-23T09:15:02.123Z".
std::string FormatWallTime(WallTime t);

}  // namespace cis2::base

#endif  // CIS2_BROKER_BASE_CLOCK_H_
