#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
Writes a private key, mode 0600, and prints its key id and its public half. Never overwrites. RSA keys have 3072 bits.

Examples:
  sudo cis2ctl keygen
  sudo cis2ctl keygen --alg ES256 --out /etc/cis2-broker/client-key.pem --json
)";

void AddOptions(CLI::App* command, KeygenOptions& options) {
  command->add_option("--alg", options.alg, "what the key is for (default: [provider] client_assertion_alg)")
      ->check(CLI::IsMember({"RS256", "RS512", "PS256", "PS512", "ES256", "EdDSA"}));
  command->add_option("--out", options.out, "the file to make (default: [provider] client_key)");
}

}  // namespace

void AddKeygen(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("keygen", "Make a private key for the client")->footer(kFooter);
  AddOptions(command, RunsWith<KeygenOptions>(command, invocation, Keygen));
}

}  // namespace cis2::ctl::cli
