// A moment by which something must have happened, on CLOCK_BOOTTIME: a clock that nobody can set and that
// counts while the machine is suspended.
//
// Absolute, so that interrupted system calls and a peer that sends one byte at a time do not push it out.
#ifndef CIS2_PAM_MODULE_DEADLINE_H_
#define CIS2_PAM_MODULE_DEADLINE_H_

#include <ctime>

namespace cis2::pam_module {

class Deadline {
 public:
  static Deadline AfterMilliseconds(long milliseconds) {
    return Deadline(Now() + milliseconds * kNanosPerMilli);
  }
  // What is left, never negative.
  [[nodiscard]] timespec Remaining() const {
    const long long left = at_ - Now();
    if (left <= 0) {
      return {.tv_sec = 0, .tv_nsec = 0};
    }
    return {.tv_sec = static_cast<time_t>(left / kNanosPerSecond),
            .tv_nsec = static_cast<long>(left % kNanosPerSecond)};
  }
  [[nodiscard]] bool IsOver() const { return Now() >= at_; }

 private:
  static constexpr long long kNanosPerMilli = 1'000'000;
  static constexpr long long kNanosPerSecond = 1'000'000'000;

  explicit Deadline(long long at) : at_(at) {}
  static long long Now() {
    timespec now = {};
    (void)clock_gettime(CLOCK_BOOTTIME, &now);  // cannot fail for a clock that the kernel has
    return static_cast<long long>(now.tv_sec) * kNanosPerSecond + now.tv_nsec;
  }

  long long at_;  // nanoseconds since boot
};

}  // namespace cis2::pam_module

#endif  // CIS2_PAM_MODULE_DEADLINE_H_
