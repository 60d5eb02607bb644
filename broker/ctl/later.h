// Runs a command of this program later, whatever becomes of the session that asked for it.
//
// Under systemd by a transient timer of the system manager, so that ending a login with all its processes does not end
// it; elsewhere by a process of a session of its own. Neither outlives a restart of the machine
// (cis2-roll-back.service).
#ifndef CIS2_BROKER_CTL_LATER_H_
#define CIS2_BROKER_CTL_LATER_H_

#include "broker/base/result.h"

#include <chrono>
#include <string>
#include <vector>

namespace cis2::ctl {

// Runs this program with `arguments` after `delay`. `name` is that of the timer.
base::Result<void> RunLater(const std::string& name, std::chrono::seconds delay,
                            const std::vector<std::string>& arguments);

// Stops the timer. The process, where there is no systemd, goes on: what it runs must know that it is not wanted.
void StopLater(const std::string& name);

// Whether systemd runs this machine.
bool HasSystemd();

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_LATER_H_
