// Asks the broker over its control socket: docs/cis2ctl.md.
#ifndef CIS2_BROKER_CTL_CONTROL_CLIENT_H_
#define CIS2_BROKER_CTL_CONTROL_CLIENT_H_

#include "broker/base/json.h"
#include "broker/base/result.h"

#include <chrono>
#include <string>

namespace cis2::ctl {

// The result of `command`. The error is a sentence that helps: the broker does not run, we are not root, the
// broker refused. Each step waits `timeout` at most; an answer is at most 1 MiB.
base::Result<base::Json> Ask(const std::string& socket_path, const std::string& command,
                             std::chrono::milliseconds timeout = std::chrono::seconds{5});
// Likewise, with `members` of the request besides its command.
base::Result<base::Json> Ask(const std::string& socket_path, const std::string& command, base::Json members,
                             std::chrono::milliseconds timeout = std::chrono::seconds{5});

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_CONTROL_CLIENT_H_
