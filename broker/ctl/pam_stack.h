// The whole stack of a PAM service, with everything that it includes, as libpam puts it together
// (pam.conf(5)): /etc/pam.d/SERVICE, else /usr/lib/pam.d/SERVICE; "@include FILE", "TYPE include FILE" and
// "TYPE substack FILE"; a backslash at the end of a line joins it to the next; a '-' before the type.
//
// Reads, changes nothing. Files beyond kMaxDepth of includes, or missing ones, are faults of the stack:
// libpam refuses every login then.
#ifndef CIS2_BROKER_CTL_PAM_STACK_H_
#define CIS2_BROKER_CTL_PAM_STACK_H_

#include "broker/ctl/tree.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::ctl {

// A line of a file.
struct PamPlace {
  std::string file;
  int number = 0;    // from 1
  std::string text;  // as it stands there
};

struct PamRule {
  PamPlace place;
  PamPlace top;  // the line of the service's own file that led to it; `place` where it stands there itself
  std::string control;                 // "requisite", "[success=1 default=ignore]"
  std::string module;                  // as written: "pam_unix.so", or a path
  std::vector<std::string> arguments;  // without the brackets of "[...]"
  int depth = 0;                       // in how many substacks: what ends a substack does not end the stack

  // "pam_unix.so" of a path too.
  [[nodiscard]] std::string_view module_name() const;
};

struct PamFault {
  PamPlace place;
  std::string what;
};

struct PamStack {
  std::vector<PamRule> rules;
  std::vector<PamFault> faults;
};

inline constexpr int kMaxPamDepth = 16;

// The rules of one type ("auth", "account") in the order in which libpam goes through them.
PamStack ReadPamStack(const Tree& tree, const std::string& service, std::string_view type);
// Where libpam finds the file of a service, or one that is included; nothing if there is none.
std::optional<std::string> PamFile(const Tree& tree, const std::string& name);
// The services that have a file, in order; "common-..." are none.
std::vector<std::string> PamServices(const Tree& tree);

// What libpam does when the module of `control` answers `value`, such as "success", "maxtries": "ok",
// "done", "bad", "die", "ignore", "reset", or the number of rules to jump over.
std::string PamAction(std::string_view control, std::string_view value);
// The index of the rule that comes next when rule `at` answers with success; rules.size() when the stack
// ends there.
std::size_t NextAfterSuccess(const std::vector<PamRule>& rules, std::size_t at);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_PAM_STACK_H_
