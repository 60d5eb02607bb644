#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
The operator's terminal says so at the next Enter, their page when it is loaded again; other logins go on. A login
whose digits were right a moment ago may have been let in. The audit has who ended it. Exit status: 0 ended, 1 there was
none to end.

Examples:
  sudo cis2ctl cancel 4G7K2-9QXD3
  sudo cis2ctl cancel --account op1
  sudo cis2ctl cancel --all --json
)";

void AddOptions(CLI::App* command, CancelOptions& which) {
  auto* one = command->add_option_group("which logins");
  one->add_option("reference", which.reference, "the login that has this reference (cis2ctl logins)");
  one->add_option("--account", which.account, "every login to this account");
  one->add_flag("--all", which.all, "every login");
  one->require_option(1);
}

}  // namespace

void AddCancel(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("cancel", "End pending logins")->footer(kFooter);
  const auto options = std::make_shared<ControlOptions>();
  const auto which = std::make_shared<CancelOptions>();
  AddSocket(command, *options);
  AddOptions(command, *which);
  Runs(command, invocation, [&invocation, options, which] {
    return Cancel(invocation.common, *options, *which, invocation.streams);
  });
}

}  // namespace cis2::ctl::cli
