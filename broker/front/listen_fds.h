// The listening sockets that systemd, or the broker without systemd, hands over: sd_listen_fds(3).
//
// Descriptors 3 and up, as many as LISTEN_FDS says; LISTEN_PID, if set, must be our own. The variables are
// removed from the environment and the descriptors made close-on-exec. Call once, before any thread.
#ifndef CIS2_BROKER_FRONT_LISTEN_FDS_H_
#define CIS2_BROKER_FRONT_LISTEN_FDS_H_

#include "broker/base/fd.h"
#include "broker/base/result.h"

#include <vector>

namespace cis2::front {

// At least one; each is a listening TCP socket.
base::Result<std::vector<base::UniqueFd>> TakeListeningSockets();

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_LISTEN_FDS_H_
