#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

#include <memory>

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
  const auto options = std::make_shared<ControlOptions>();
  AddSocket(command, *options);
  Runs(command, invocation,
       [&invocation, options] { return Logins(invocation.common, *options, invocation.streams); });
}

}  // namespace cis2::ctl::cli
