// Which files `cis2ctl enable` and `disable` change, and how. Reads, changes nothing.
#ifndef CIS2_BROKER_CTL_ENABLE_PLAN_H_
#define CIS2_BROKER_CTL_ENABLE_PLAN_H_

#include "broker/base/result.h"
#include "broker/ctl/file_change.h"
#include "broker/ctl/pam_file.h"
#include "broker/ctl/sshd_settings.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::ctl {

// Where things are; a test has its own.
struct Places {
  std::string pam = "/etc/pam.d";
  std::string sshd_drop_in = "/etc/ssh/sshd_config.d/10-cis2.conf";
  std::string state =
      "/var/lib/cis2ctl/enable";  // of root alone, unlike the broker's folder: what is there is believed
};

// Services that people take for one: sudo and sudo-i, su and su-l.
struct Family {
  std::string name;
  std::vector<std::string> services;  // the first one must be there
};
// Of "sshd", "sudo", "su", "login" and the others of their families. Nothing for any other service.
std::optional<Family> FamilyOf(std::string_view service);

struct Plan {
  std::vector<FileChange> changes;  // the files that change, PAM's first
  std::vector<std::string> notes;   // what an administrator should know of them
};

struct SshdWish {
  SshdSettings now;
  std::chrono::seconds login_grace{0};
};

// `change.service` is the family's name. `sshd` for that service alone. A block that is there already gives way to the
// new one.
base::Result<Plan> PlanEnable(const Places& places, const Family& family, const PamChange& change,
                              const std::optional<SshdWish>& sshd);
// The blocks out again.
base::Result<Plan> PlanDisable(const Places& places, const Family& family);

// Makes all changes, or none: where one cannot be made, those before it are taken back.
base::Result<void> MakeAll(const std::vector<FileChange>& changes);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_ENABLE_PLAN_H_
