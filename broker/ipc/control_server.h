// The control socket: cis2ctl asks, root alone. Frames of four bytes length and JSON (docs/cis2ctl.md); one
// request, one answer, as often as wanted. I/O thread only.
#ifndef CIS2_BROKER_IPC_CONTROL_SERVER_H_
#define CIS2_BROKER_IPC_CONTROL_SERVER_H_

#include "broker/base/json.h"
#include "broker/base/result.h"
#include "broker/ipc/acceptor.h"

#include <functional>
#include <string>

namespace cis2::ipc {

inline constexpr std::size_t kMaxControlFrame = 1024UL * 1024;

struct ControlRequest {
  std::string command;
  base::Json json;  // the whole of it: what a command needs besides its name
  Peer peer;
};
// Answers a command with its result. The error is a sentence for the person at cis2ctl.
using ControlHandler = std::function<base::Result<base::Json>(const ControlRequest&)>;

// Serves one connection until its peer ends it.
void ServeControl(LocalSocket socket, const Peer& peer, ControlHandler handler);

}  // namespace cis2::ipc

#endif  // CIS2_BROKER_IPC_CONTROL_SERVER_H_
