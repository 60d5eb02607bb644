#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
Takes out the lines that enable put in, and nothing else. Without --apply it only shows them.

Examples:
  sudo cis2ctl disable sshd
  sudo cis2ctl disable sshd --apply
)";

void AddOptions(CLI::App* command, DisableOptions& options) {
  command->add_option("service", options.service, "sshd, sudo, su or login")->required();
  command->add_flag("--apply", options.apply, "do it");
  command->add_option("--unless-confirmed", options.unless_confirmed)->group("");  // for the way back itself
}

}  // namespace

void AddDisable(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("disable", "Undo what enable did")->footer(kFooter);
  AddOptions(command, RunsWith<DisableOptions>(command, invocation, Disable));
}

}  // namespace cis2::ctl::cli
