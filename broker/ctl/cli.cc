#include "broker/ctl/cli.h"

#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

#include <array>

namespace cis2::ctl {
namespace {

// In the order of --help.
constexpr std::array kCommands = {cli::AddCheckConfig, cli::AddStatus, cli::AddLogins,     cli::AddExplain,
                                  cli::AddJwks,        cli::AddCancel, cli::AddReload,     cli::AddKeygen,
                                  cli::AddRotate,      cli::AddDoctor, cli::AddBreakGlass, cli::AddTestLogin,
                                  cli::AddEnable,      cli::AddDisable};

constexpr const char* kFooter = R"(
Examples:
  cis2ctl check-config
  cis2ctl status
  cis2ctl doctor
  cis2ctl explain --account op1 --sub 656005750104

cis2ctl COMMAND --help tells more about a command. Exit status: 0 yes, 1 no, 2 cannot tell.
)";

}  // namespace

int Run(const std::vector<std::string>& arguments, const Streams& streams) {
  cli::Invocation invocation{.streams = streams};
  CLI::App app("Administers cis2-brokerd, which signs operators in with NHS CIS2 Authentication.", "cis2ctl");
  app.footer(kFooter);
  app.set_version_flag("--version", "cis2ctl " CIS2_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // --config and --json may stand before and after the command
  app.add_option("--config", invocation.common.config,
                 std::string("the configuration (default ") + kDefaultConfig + ")");
  app.add_flag("--json", invocation.common.json, "print JSON");
  for (const cli::AddCommand add : kCommands) {
    add(app, invocation);
  }
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, streams.out, streams.err) == 0 ? kExitOk : kExitUsage;
  }
  return invocation.run();
}

}  // namespace cis2::ctl
