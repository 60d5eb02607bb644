#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {

void Runs(CLI::App* command, Invocation& invocation, std::function<int()> run) {
  command->callback([&invocation, run = std::move(run)] { invocation.run = run; });
}

void AddSocket(CLI::App* command, ControlOptions& options) {
  command->add_option("--socket", options.socket, "the control socket (default: [host] control_socket)");
}

void AddTestLoginOptions(CLI::App* command, TestLoginOptions& options) {
  command->add_option("--account", options.account, "who signs in (default: who called sudo)");
  command->add_option("--client-address", options.client_address,
                      "sshd: where the client would be (default: where this session comes from)");
  command->add_option("--key", options.key_file,
                      "sshd: the file of a public key that it would have accepted before");
  command->add_option("--ruser", options.ruser, "su: who calls it (default: who called sudo)");
}

}  // namespace cis2::ctl::cli
