// The files of the broker against its AppArmor profile. Pure; the kernel's answer is a fact.
//
// check-config runs unconfined and sees nothing of a profile. Sources: docs/confinement.md; conf/apparmor/cis2-brokerd;
// apparmor.d(5) for the form of a rule.
#ifndef CIS2_BROKER_CTL_DOCTOR_CHECK_CONFINEMENT_H_
#define CIS2_BROKER_CTL_DOCTOR_CHECK_CONFINEMENT_H_

#include "broker/config/config.h"
#include "broker/ctl/doctor/finding.h"

#include <string>
#include <vector>

namespace cis2::ctl::doctor {

inline constexpr const char* kBrokerProfile = "cis2-brokerd";

enum class FileUse {
  kRead,
  kMap,    // a library: read and executed
  kWrite,  // read and written
  kKeep,   // written anew beside the old file, with its folder locked
};

struct NeededFile {
  std::string path;
  FileUse use = FileUse::kRead;
  bool operator==(const NeededFile&) const = default;
};

// The files that the broker opens because the configuration names them, each once. Those that only root may read are among
// them; systemd hands these over.
std::vector<NeededFile> FilesOfBroker(const config::Config& config);

// `refused` are those of FilesOfBroker() that the profile in force does not let it use.
Findings JudgeConfinement(const std::vector<NeededFile>& refused);

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_CHECK_CONFINEMENT_H_
