#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
Asks the running broker. For root alone.

Examples:
  sudo cis2ctl status
  sudo cis2ctl status --json
  sudo cis2ctl status --socket /run/cis2-broker/control.sock
)";

}  // namespace

void AddStatus(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("status", "Show how the broker is")->footer(kFooter);
  AddSocket(command, RunsWith<ControlOptions>(command, invocation, Status));
}

}  // namespace cis2::ctl::cli
