// Who is at the other end of a local socket, as the kernel says.
#ifndef CIS2_BROKER_IPC_PEER_H_
#define CIS2_BROKER_IPC_PEER_H_

#include "broker/base/clock.h"

#include <optional>
#include <sys/types.h>

namespace cis2::ipc {

struct Peer {
  pid_t pid = 0;
  uid_t uid = 0;
};

// SO_PEERCRED of a connected Unix socket: the process that called connect(). Nothing when the kernel does not
// say.
std::optional<Peer> ReadPeer(int fd);

// When the parent of `pid` started, from /proc: for the PAM child of sshd, the monitor process. Nothing when
// /proc does not tell.
std::optional<base::TimePoint> ParentStarted(pid_t pid);

}  // namespace cis2::ipc

#endif  // CIS2_BROKER_IPC_PEER_H_
