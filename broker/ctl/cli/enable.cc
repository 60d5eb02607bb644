#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
SERVICE is sshd, sudo (and sudo-i), su (and su-l) or login. Without --apply it changes nothing: it shows what it would
change, and what is still missing. With --apply it makes a test login first, with the new lines, before they are
anywhere; then it makes the change, starts the way back, and asks you to try it in another window. Unless you
confirm in time, everything goes back by itself, also when your session ends.
root and the members of the rescue group keep the way in that they have, also with the broker stopped.

Examples:
  sudo cis2ctl enable sshd
  sudo cis2ctl enable sshd --account asmith --apply
  sudo cis2ctl enable sshd --confirm
  sudo cis2ctl enable login --fallback --account asmith --apply
  sudo cis2ctl enable su --account pacs-admin --ruser asmith --apply
)";

void AddOptions(CLI::App* command, EnableOptions& options) {
  command->add_option("service", options.login.service, "sshd, sudo, su or login")->required();
  command->add_flag("--apply", options.apply, "do it, with a test login first");
  command->add_flag("--confirm", options.confirm, "the change that waits works, and stays");
  command->add_option("--rescue-group", options.rescue_group,
                      "a group that keeps the old way in (default cis2-rescue); none: root alone");
  command
      ->add_option("--others", options.others,
                   "logins by other means, such as ssh keys: allow (default) or refuse")
      ->check(CLI::IsMember({"allow", "refuse"}));
  command->add_flag("--fallback", options.fallback,
                    "the old way in for all, while broker or provider cannot be reached");
  command->add_option("--confirm-within", options.confirm_within, "how long it waits (default 5m)");
  AddTestLoginOptions(command, options.login);
}

}  // namespace

void AddEnable(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("enable", "Have a service ask for CIS2")->footer(kFooter);
  AddOptions(command, RunsWith<EnableOptions>(command, invocation, Enable));
}

}  // namespace cis2::ctl::cli
