// The control socket: cis2ctl asks, root alone. Frames of four bytes length and JSON (docs/cis2ctl.md); one
// request, one answer, as often as wanted. I/O thread only.
#ifndef CIS2_BROKER_IPC_CONTROL_SERVER_H_
#define CIS2_BROKER_IPC_CONTROL_SERVER_H_

#include "broker/base/json.h"
#include "broker/ipc/acceptor.h"

#include <functional>
#include <string>

namespace cis2::ipc {

inline constexpr std::size_t kMaxControlFrame = 1024 * 1024;

// Answers a command with its result, or with nothing when there is no such command.
using ControlHandler = std::function<std::optional<base::Json>(const std::string& command)>;

// Serves one connection until its peer ends it.
void ServeControl(LocalSocket socket, ControlHandler handler);

}  // namespace cis2::ipc

#endif  // CIS2_BROKER_IPC_CONTROL_SERVER_H_
