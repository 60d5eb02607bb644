#include "broker/audit/last_resort.h"

#include <fcntl.h>
#include <string>
#include <syslog.h>
#include <unistd.h>

namespace cis2::audit {
namespace {

constexpr const char* kIdentifier = "cis2-brokerd";
constexpr std::size_t kMaxKernelLine = 900;  // the kernel refuses a line of 1 KiB

}  // namespace

base::UniqueFd OpenKernelLog() {
  return base::UniqueFd(::open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY));
}

void TellLogs(const Event& event, int kernel_log) {
  const std::string sentence = Sentence(event);
  ::openlog(kIdentifier, LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
  ::syslog(LOG_AUTHPRIV | LOG_ALERT, "%s: %s", sentence.c_str(), ToJson(event).c_str());
  ::closelog();
  if (kernel_log >= 0) {
    const std::string line = "<" + std::to_string(LOG_AUTHPRIV | LOG_ALERT) + ">" + kIdentifier + ": " +
                             sentence.substr(0, kMaxKernelLine) + "\n";
    // One write is one line. Nothing is left to tell a failure to.
    [[maybe_unused]] const ssize_t ignored = ::write(kernel_log, line.data(), line.size());
  }
}

}  // namespace cis2::audit
