#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
The reference is what the operator sees when a login ends, and what the log and the audit carry.

Examples:
  sudo cis2ctl logins
  sudo cis2ctl logins --json
)";

}  // namespace

void AddLogins(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("logins", "List the pending logins")->footer(kFooter);
  AddSocket(command, RunsWith<ControlOptions>(command, invocation, Logins));
}

}  // namespace cis2::ctl::cli
