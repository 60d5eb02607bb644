// Runs a program of the host and hears it out: no shell, an environment of two variables, nothing on its
// standard input.
//
// Limits: 10 s, 256 KiB of output. A program that takes longer is killed. Status 127: it could not be started.
#ifndef CIS2_BROKER_CTL_RUN_COMMAND_H_
#define CIS2_BROKER_CTL_RUN_COMMAND_H_

#include <string>
#include <vector>

namespace cis2::ctl {

struct CommandResult {
  int status = 127;
  std::string output, errors;
};

// `command` is not empty; its first word is the path of the program.
CommandResult RunCommand(const std::vector<std::string>& command);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_RUN_COMMAND_H_
