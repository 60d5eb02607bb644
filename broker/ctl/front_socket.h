// The ports that systemd passes to the front: they win over [web] listen, so a difference is worth a word.
#ifndef CIS2_BROKER_CTL_FRONT_SOCKET_H_
#define CIS2_BROKER_CTL_FRONT_SOCKET_H_

#include <string>
#include <string_view>
#include <vector>

namespace cis2::ctl {

// What `systemctl show` says about cis2-front.socket; empty where systemd does not run.
std::string ShowFrontSocket();

// One sentence if the unit is in use and its ports are not `listen`; else empty. `shown` has the properties
// Listen, ActiveState and UnitFileState, each on a line of its own.
std::string AdviceOnPorts(const std::vector<std::string>& listen, std::string_view shown);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_FRONT_SOCKET_H_
