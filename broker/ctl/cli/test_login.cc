#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
Signs you in as sshd would, in this terminal, without touching sshd or /etc/pam.d. Exit status: 0 you would be let in,
1 you would not, 2 it could not be tried. The broker decides, counts and records it as any other login.

Examples:
  sudo cis2ctl test-login --account asmith
  sudo cis2ctl test-login --account asmith --client-address 192.0.2.7 --key /home/asmith/.ssh/id_ed25519.pub
  sudo cis2ctl test-login --service sudo --account asmith
)";

}  // namespace

void AddTestLogin(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("test-login", "Sign in here, without touching sshd")->footer(kFooter);
  auto& options = RunsWith<TestLoginOptions>(command, invocation, TestLogin);
  command->add_option("--service", options.service, "the PAM service (default sshd)");
  AddTestLoginOptions(command, options);
}

}  // namespace cis2::ctl::cli
