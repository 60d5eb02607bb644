// The configuration, the files of the broker and the running broker. Pure.
#ifndef CIS2_BROKER_CTL_DOCTOR_CHECK_BROKER_H_
#define CIS2_BROKER_CTL_DOCTOR_CHECK_BROKER_H_

#include "broker/base/json.h"
#include "broker/config/config.h"
#include "broker/config/load.h"
#include "broker/ctl/doctor/finding.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cis2::ctl::doctor {

// Of a path itself, not of what a symbolic link there names.
struct FileState {
  bool exists = false;
  std::uint32_t uid = 0;
  std::uint32_t mode = 0;  // the permissions alone
  long written = 0;        // seconds since 1970
};

// --- the configuration, as check-config sees it

Findings JudgeConfiguration(const std::vector<config::Problem>& problems,
                            const std::vector<std::string>& advice,
                            const std::vector<std::string>& missing_users);

// --- the running broker

struct BrokerFacts {
  std::optional<base::Json> status;  // what it answers
  std::string no_answer;             // why not
  std::string version;               // of this cis2ctl
  FileState pam_socket, control_socket, front_socket, folder;
  std::optional<std::uint32_t> front_uid;
  long configuration_written = 0;  // the newest file of the configuration
  long started = 0;                // when the broker was; 0: not known
};
Findings JudgeBroker(const config::Config& config, const BrokerFacts& facts);

// --- the client's key or secret

struct KeyFacts {
  bool is_file = true;  // not a URI, not a systemd credential
  FileState file;       // of the key or the secret
  std::string problem;  // why it cannot be used; empty: it can
  FileState next, previous;
  long now = 0;
};
Findings JudgeKey(const config::Config& config, const KeyFacts& facts);

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_CHECK_BROKER_H_
