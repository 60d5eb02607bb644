// The PAM socket: takes connections of root alone, speaks pam_module/wire/PROTOCOL.md, and hands whole
// requests to the host side. I/O thread only.
#ifndef CIS2_BROKER_IPC_PAM_SERVER_H_
#define CIS2_BROKER_IPC_PAM_SERVER_H_

#include "broker/ipc/acceptor.h"
#include "broker/login/host_side.h"

#include <chrono>

namespace cis2::ipc {

// How long a module may leave a verdict unread before its connection ends: a prompt that nobody answers must not keep a
// descriptor. It reads the verdict from its own end whenever it likes.
inline constexpr std::chrono::milliseconds kVerdictLinger{60'000};

// Serves one connection. Returns at once; the connection lives until its peer ends it, or `linger` after its verdict.
void ServePam(LocalSocket socket, const Peer& peer, login::HostSide& host_side,
              std::chrono::milliseconds linger = kVerdictLinger);

}  // namespace cis2::ipc

#endif  // CIS2_BROKER_IPC_PAM_SERVER_H_
