// What this process gives up for good before it reads the first byte of a browser.
//
// No privileges by exec, no core file, no ptrace and no /proc/self/mem for others of the same uid (the TLS
// key is in memory), and by Landlock, where the system has it, no file at all: everything it serves is in the
// program. From Linux 6.7 on Landlock also takes away to connect or bind a TCP socket, so that the provider cannot be
// reached; what is listened on already goes on. The systemd unit adds what needs root, and holds it to AF_UNIX with
// any kernel. Call after OpenSSL has read its configuration.
#ifndef CIS2_BROKER_FRONT_SANDBOX_H_
#define CIS2_BROKER_FRONT_SANDBOX_H_

#include "broker/base/result.h"

namespace cis2::front {

base::Result<void> EnterSandbox();

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_SANDBOX_H_
