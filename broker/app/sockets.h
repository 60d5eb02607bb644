// The listening sockets of the pages, and what systemd passed on.
#ifndef CIS2_BROKER_APP_SOCKETS_H_
#define CIS2_BROKER_APP_SOCKETS_H_

#include "broker/base/fd.h"
#include "broker/base/result.h"

#include <string>
#include <vector>

namespace cis2::app {

// "[::]:8443", "0.0.0.0:8443": a listening TCP socket; IPv6 ones with IPV6_V6ONLY. The error says which
// address of which setting ("[web] listen") is in use.
base::Result<base::UniqueFd> ListenTcp(const std::string& setting, const std::string& address);

// Sockets from systemd's socket units, by FileDescriptorName (sd_listen_fds_with_names(3)). Invalid where
// none was passed.
struct PassedSockets {
  base::UniqueFd pam, control, front;
  base::UniqueFd metrics;  // may be missing: who wants it enables its unit
};
// Nothing at all when systemd passed none.
base::Result<PassedSockets> TakePassedSockets();

}  // namespace cis2::app

#endif  // CIS2_BROKER_APP_SOCKETS_H_
