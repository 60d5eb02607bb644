// The command line of cis2ctl.
#ifndef CIS2_BROKER_CTL_CLI_H_
#define CIS2_BROKER_CTL_CLI_H_

#include "broker/ctl/commands.h"

#include <string>
#include <vector>

namespace cis2::ctl {

// Runs the command that `arguments` (without the program's name) say. The exit status: commands.h.
int Run(const std::vector<std::string>& arguments, const Streams& streams);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_CLI_H_
