// sshd: what `sshd -T` says, and where in its files it comes from. Pure.
//
// Sources: sshd_config(5), sshd's auth-pam.c (each final refusal is one failure, PAM_MAXTRIES ends the
// method), and for the numbers CHANGELOG and docs/clients.md.
#ifndef CIS2_BROKER_CTL_DOCTOR_CHECK_SSHD_H_
#define CIS2_BROKER_CTL_DOCTOR_CHECK_SSHD_H_

#include "broker/config/config.h"
#include "broker/ctl/doctor/finding.h"
#include "broker/ctl/sshd_files.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cis2::ctl::doctor {

struct SshdFacts {
  std::string config = kSshdConfig;
  std::map<std::string, std::string> settings;  // of `sshd -T`
  std::vector<SshdLine> lines;
  std::optional<long> newest;  // when the newest of its files was written
  std::optional<long> loaded;  // when the running sshd read them; nothing if that cannot be told
};

// Whether a sign-in comes through at all: UsePAM, the methods, the grace time. Each problem keeps operators out.
Findings JudgeSshdSignIn(const config::Config& config, const SshdFacts& facts);
// These, and everything else.
Findings JudgeSshd(const config::Config& config, const SshdFacts& facts);

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_CHECK_SSHD_H_
