// What libpam and the modules in it write to syslog, kept in this process for the test to read.
//
// Linking host_log.cc into a test program replaces libc's function for the whole process: nothing reaches the
// machine's own log.
#ifndef CIS2_TESTS_SUPPORT_HOST_LOG_H_
#define CIS2_TESTS_SUPPORT_HOST_LOG_H_

#include <string>
#include <vector>

namespace cis2::testing {

struct HostLogLine {
  int priority;  // with its facility
  std::string text;
};

// What was logged since the last call.
std::vector<HostLogLine> TakeHostLog();

}  // namespace cis2::testing

#endif  // CIS2_TESTS_SUPPORT_HOST_LOG_H_
