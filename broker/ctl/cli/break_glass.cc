#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
Emergency codes let an account in while the sign-in service cannot be reached, once each. make shows new ones, this
once. list: which there are and when they were used, never the codes. revoke takes them back.
For root alone. The whole of it: )" CIS2_DOCUMENTS R"(break-glass.md

Examples:
  sudo cis2ctl break-glass make --account asmith
  sudo cis2ctl break-glass make --account asmith --count 2 --valid 30d
  sudo cis2ctl break-glass list
  sudo cis2ctl break-glass revoke 7K2QX
  sudo cis2ctl break-glass revoke --account asmith
  sudo cis2ctl break-glass revoke --all
)";

void AddSteps(CLI::App* command, BreakGlassOptions& options) {
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, BreakGlassStep step) {
    auto* sub = command->add_subcommand(name, what);
    sub->callback([&options, step] { options.step = step; });
    return sub;
  };
  auto* make = add("make", "Make codes, and show them this once", BreakGlassStep::kMake);
  make->add_option("--account", options.account, "the account that they let in")->required();
  make->add_option("--count", options.count, "how many (default 5)")->check(CLI::Range(1, 50));
  make->add_option("--valid", options.valid, "how long they are good, at most a year (default 90d)");
  make->add_flag("--system-account", options.system_account, "root, or an account with a uid below 1000");
  add("list", "List the codes", BreakGlassStep::kList)
      ->add_option("--account", options.account, "this account's alone");
  auto* revoke = add("revoke", "Take codes back", BreakGlassStep::kRevoke);
  revoke->add_option("ID", options.ids, "the first group of a code; may be repeated");
  revoke->add_option("--account", options.account, "every code of this account");
  revoke->add_flag("--all", options.all, "every code there is");
}

}  // namespace

void AddBreakGlass(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("break-glass", "Make, list and revoke emergency codes")->footer(kFooter);
  auto& options = RunsWith<BreakGlassOptions>(command, invocation, BreakGlass);
  command->fallthrough();
  AddSteps(command, options);
}

}  // namespace cis2::ctl::cli
