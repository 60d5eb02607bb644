// cis2ctl doctor: checks everything around a login, and says what mends it. docs/doctor.md.
#ifndef CIS2_BROKER_CTL_DOCTOR_DOCTOR_H_
#define CIS2_BROKER_CTL_DOCTOR_DOCTOR_H_

#include "broker/ctl/commands.h"
#include "broker/ctl/sshd_files.h"

#include <string>
#include <vector>

namespace cis2::ctl::doctor {

struct DoctorOptions {
  std::vector<std::string> services;  // empty: every service whose stack names the module
  std::string sshd_config = kSshdConfig;
  std::string account;                // for Match blocks; empty: without
  std::string address = "127.0.0.1";  // where that login comes from
};

// 0 without a problem, 1 with one, 2 when something could not be told. As root.
int Doctor(const CommonOptions& common, const DoctorOptions& options, const Streams& streams);

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_DOCTOR_H_
