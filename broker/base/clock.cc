#include "broker/base/clock.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace cis2::base {
namespace {

std::chrono::nanoseconds Read(clockid_t id) {
  timespec ts{};
  (void)::clock_gettime(id, &ts);  // fails for unknown clocks alone
  return std::chrono::seconds(ts.tv_sec) + std::chrono::nanoseconds(ts.tv_nsec);
}

}  // namespace

TimePoint SystemClock::Now() const { return TimePoint(Read(CLOCK_BOOTTIME)); }

WallTime SystemClock::WallNow() const {
  return WallTime(std::chrono::duration_cast<std::chrono::milliseconds>(Read(CLOCK_REALTIME)));
}

std::string FormatWallTime(WallTime t) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(t);
  const std::time_t seconds = whole.time_since_epoch().count();
  tm parts{};
  (void)::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t n = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 16> millis{};
  (void)std::snprintf(millis.data(), millis.size(), ".%03dZ", static_cast<int>((t - whole).count()));
  return std::string(text.data(), n) + millis.data();
}

}  // namespace cis2::base
