#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
Makes every check that cis2-brokerd makes when it starts, and gives advice. Problems go to standard error
as FILE:LINE:COLUMN: text. Exit status: 0 no problem, 1 problems.

Examples:
  cis2ctl check-config
  cis2ctl check-config --config ./broker.toml --json
)";

}  // namespace

void AddCheckConfig(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("check-config", "Find mistakes in the configuration")->footer(kFooter);
  auto& options = RunsWith<CheckConfigOptions>(command, invocation, CheckConfig);
  command->add_flag_callback(
      "--no-files", [&options] { options.files = false; },
      "leave keys and certificates out: what a reload of the grants needs");
}

}  // namespace cis2::ctl::cli
