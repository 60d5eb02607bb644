// The PAM stacks around pam_cis2.so. Pure but for the reading of a tree.
//
// Sources: pam.conf(5) for what a control does, docs/local-services.md and README for the lines that are
// shipped, pam_module/outcome.h for what the module answers.
#ifndef CIS2_BROKER_CTL_DOCTOR_CHECK_PAM_H_
#define CIS2_BROKER_CTL_DOCTOR_CHECK_PAM_H_

#include "broker/ctl/doctor/finding.h"
#include "broker/ctl/pam_stack.h"
#include "broker/ctl/rescue_group.h"

#include <optional>
#include <string>
#include <vector>

namespace cis2::ctl::doctor {

inline constexpr std::string_view kModule = "pam_cis2.so";

// The services whose auth or account stack names the module.
std::vector<std::string> ServicesOfOurs(const Tree& tree);
bool UsesModule(const Tree& tree, const std::string& service, std::string_view type);

// Whether people get in by `service` while the broker is away: by a fallback, or by a jump over the module.
bool HasOtherWay(const Tree& tree, const std::string& service);

// How somebody gets in who does not sign in with CIS2, and while nobody can.
struct WaysIn {
  bool keys = false;     // sshd takes keys, and the account phase lets them pass
  bool ssh = false;      // sshd's stack has a fallback or a jump
  bool console = false;  // login(1) does without the module, or has one of those
  Mend mend;             // where there is none of them
};
// `takes_keys`: PubkeyAuthentication of sshd.
WaysIn FindWaysIn(const Tree& tree, bool takes_keys);
Findings JudgeWaysIn(const WaysIn& ways);

// A group whose members a jump before the module leads to a password.
struct RescueGroup {
  std::string name;
  std::vector<std::string> services;
};
std::vector<RescueGroup> RescueGroups(const Tree& tree);
Findings JudgeRescueGroup(const RescueGroup& group, const std::optional<std::vector<RescueMember>>& members);

// One service. `socket` is [host] socket of the configuration.
Findings JudgePamService(const Tree& tree, const std::string& service, const std::string& socket);
// What is about no single service: the stacks that all share, the file of the module, no service at all.
Findings JudgePamHost(const Tree& tree, bool module_installed);

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_CHECK_PAM_H_
