// The clocks and habits of login(1) and sudo around a sign-in. Pure.
//
// Sources: login.defs(5) LOGIN_TIMEOUT; sudoers(5) passwd_timeout, timestamp_timeout; docs/local-services.md.
#ifndef CIS2_BROKER_CTL_DOCTOR_CHECK_CLOCKS_H_
#define CIS2_BROKER_CTL_DOCTOR_CHECK_CLOCKS_H_

#include "broker/config/config.h"
#include "broker/ctl/doctor/finding.h"

#include <optional>
#include <string>

namespace cis2::ctl::doctor {

// login(1): `login_defs` is the content of /etc/login.defs.
Findings JudgeConsole(const config::Config& config, const std::string& login_defs);

// What `sudo -V`, run by root, says of its defaults.
struct SudoDefaults {
  std::optional<double> passwd_timeout, timestamp_timeout;  // minutes
};
SudoDefaults ParseSudoDefaults(const std::string& text);
Findings JudgeSudo(const config::Config& config, const SudoDefaults& sudo);

// What sets the clock of this host by others, as `timedatectl show` tells: "CanNTP=yes", "NTP=no".
enum class TimeClient {
  kUnknown,  // it cannot be asked
  kNone,     // none is installed
  kSwitchedOff,
  kRuns,
};
TimeClient ParseTimeClient(const std::string& shown);

// Our clock against the provider's: `behind` is by how much ours is behind, in seconds; nothing if its answer
// had no date. `synchronised` is what the kernel says.
struct ClockFacts {
  std::optional<long> behind;
  bool synchronised = true;
  TimeClient client = TimeClient::kUnknown;
};
Findings JudgeClock(const config::Config& config, const ClockFacts& facts);

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_CHECK_CLOCKS_H_
