// How a command of cis2ctl says that it could not do what it was asked.
#ifndef CIS2_BROKER_CTL_FAILURE_H_
#define CIS2_BROKER_CTL_FAILURE_H_

#include "broker/config/load.h"
#include "broker/ctl/commands.h"

#include <expected>
#include <string>
#include <string_view>

namespace cis2::ctl {

// Says `why` on standard error, each line after "cis2ctl: ", and with --json {"ok": false, "error": why} on standard output.
// Returns `status`.
int GiveUp(const CommonOptions& common, const Streams& streams, int status, const std::string& why);

// Why nothing of the configuration can be read, and what next; empty where it can be read, whatever it says.
std::string WhyUnreadable(const std::string& path);
// Each on a line of its own.
std::string ProblemLines(const std::vector<config::Problem>& problems);

// The configuration. The error is the exit status, after what is wrong was said.
std::expected<config::Config, int> LoadConfig(const CommonOptions& common, const Streams& streams);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_FAILURE_H_
