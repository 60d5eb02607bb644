#include "tests/support/host_log.h"

#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <utility>

namespace cis2::testing {
namespace {

std::mutex mutex;
std::vector<HostLogLine> lines;

void Keep(int priority, const char* format, std::va_list arguments) {
  char text[4096];
  std::vsnprintf(text, sizeof(text), format, arguments);
  const std::lock_guard lock(mutex);
  lines.push_back({priority, text});
}

}  // namespace

std::vector<HostLogLine> TakeHostLog() {
  const std::lock_guard lock(mutex);
  return std::exchange(lines, {});
}

}  // namespace cis2::testing

// libpam calls the one or the other, depending on how it was built. <syslog.h> is not included: with
// _FORTIFY_SOURCE it defines syslog itself.
extern "C" {

void syslog(int priority, const char* format, ...);
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): libc's own name is the point
void __syslog_chk(int priority, int flag, const char* format, ...);

void syslog(int priority, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  cis2::testing::Keep(priority, format, arguments);
  va_end(arguments);
}

// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): as above
void __syslog_chk(int priority, int /*flag*/, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  cis2::testing::Keep(priority, format, arguments);
  va_end(arguments);
}
}
