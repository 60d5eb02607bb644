// The PAM socket: takes connections of root alone, speaks pam_module/wire/PROTOCOL.md, and hands whole
// requests to the host side. I/O thread only.
#ifndef CIS2_BROKER_IPC_PAM_SERVER_H_
#define CIS2_BROKER_IPC_PAM_SERVER_H_

#include "broker/ipc/acceptor.h"
#include "broker/login/host_side.h"

namespace cis2::ipc {

// Serves one connection. Returns at once; the connection lives until its peer or the login ends.
void ServePam(LocalSocket socket, const Peer& peer, login::HostSide& host_side);

}  // namespace cis2::ipc

#endif  // CIS2_BROKER_IPC_PAM_SERVER_H_
