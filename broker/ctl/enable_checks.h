// What must be true before a service is enabled: else nobody could sign in, or nobody get back in.
#ifndef CIS2_BROKER_CTL_ENABLE_CHECKS_H_
#define CIS2_BROKER_CTL_ENABLE_CHECKS_H_

#include "broker/config/config.h"
#include "broker/ctl/rescue_group.h"

#include <optional>
#include <string>
#include <vector>

namespace cis2::ctl {

struct Check {
  bool ok = false;
  std::string text;  // what is so; where it is not ok, why it matters and what to do
};

// --- decisions, without asking anybody

Check CheckGrants(const config::Config& config, const std::string& family);
// `members` of `group`; "none" for the group is root alone.
Check CheckRescueGroup(const std::string& group, const std::optional<std::vector<RescueMember>>& members);
// What the broker says of itself; `state` is that of the provider.
Check CheckProviderState(const std::string& state);

// --- all of them, in the order in which they are mended

std::vector<Check> RunChecks(const std::string& config_path, const config::Config& config,
                             const std::string& family, const std::string& rescue_group);
bool AllOk(const std::vector<Check>& checks);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_ENABLE_CHECKS_H_
