#include "broker/ctl/enable_checks.h"

#include "broker/base/json.h"
#include "broker/base/text.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/control_client.h"
#include "broker/ctl/doctor/gather.h"

#include <algorithm>
#include <unistd.h>

namespace cis2::ctl {
namespace {

Check CheckRoot() {
  return ::geteuid() == 0 ? Check{true, "run as root"} : Check{false, "this is for root: use sudo"};
}

Check CheckConfiguration(const std::string& path) {
  const auto problems = FindProblems(path);
  return problems.empty() ? Check{true, path + " has no problem"}
                          : Check{false, path + " has problems; see: sudo cis2ctl check-config"};
}

Check CheckModule() {
  return doctor::IsModuleInstalled()
             ? Check{true, "pam_cis2.so is installed"}
             : Check{false,
                     "pam_cis2.so is not installed, so PAM would refuse everybody: sudo "
                     "apt-get install libpam-cis2"};
}

Check CheckBroker(const config::Config& config) {
  const auto status = Ask(config.host.control_socket, "status");
  if (!status) {
    return {false, status.error().message};
  }
  const base::Json* provider = base::Member(*status, "provider");
  return CheckProviderState(provider == nullptr ? "" : base::StringMember(*provider, "state").value_or(""));
}

}  // namespace

Check CheckProviderState(const std::string& state) {
  return state == "present"
             ? Check{true, "the broker answers, and reaches the provider"}
             : Check{false, "the broker does not reach the provider (" + base::Printable(state) +
                                "), so nobody could sign in; see: sudo cis2ctl status"};
}

Check CheckGrants(const config::Config& config, const std::string& family) {
  const auto count = std::ranges::count_if(config.grants, [&](const policy::Grant& grant) {
    return std::ranges::any_of(grant.services,
                               [&](const auto& service) { return policy::ServiceFamily(service) == family; });
  });
  return count > 0
             ? Check{true, std::to_string(count) + (count == 1 ? " grant names " : " grants name ") + family}
             : Check{false, "no grant names " + family +
                                ", so nobody could sign in: add it to services of a [[grant]]"};
}

Check CheckRescueGroup(const std::string& group, const std::optional<std::vector<RescueMember>>& members) {
  if (group.empty()) {
    return {true, "no rescue group: root alone signs in as before"};
  }
  if (const auto fault = FindRescueFault(group, members)) {
    return {false, fault->what + ": " + fault->mend +
                       (fault->needs_name ? " (or --rescue-group none: root alone)" : "")};
  }
  return {true, "members of " + group + ": " + ShownMembers(*members)};
}

std::vector<Check> RunChecks(const std::string& config_path, const config::Config& config,
                             const std::string& family, const std::string& rescue_group) {
  return {CheckRoot(),
          CheckConfiguration(config_path),
          CheckGrants(config, family),
          CheckModule(),
          CheckBroker(config),
          CheckRescueGroup(rescue_group, rescue_group.empty() ? std::nullopt : RescueMembers(rescue_group))};
}

bool AllOk(const std::vector<Check>& checks) { return std::ranges::all_of(checks, &Check::ok); }

}  // namespace cis2::ctl
