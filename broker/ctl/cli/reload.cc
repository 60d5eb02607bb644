#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
The running broker reads the grants again, and the pages get their certificate as it is on disk, without a login
being lost. Other settings take a restart. Exit status: 0 done, 1 a mistake, which is said. A certificate that cannot
be used does not keep the grants from being read.

Examples:
  sudo cis2ctl reload
  sudo systemctl reload cis2-broker
)";

}  // namespace

void AddReload(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("reload", "Read grants and page certificate again")->footer(kFooter);
  AddSocket(command, RunsWith<ControlOptions>(command, invocation, Reload));
}

}  // namespace cis2::ctl::cli
