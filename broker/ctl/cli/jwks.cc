#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
Prints the public half of [provider] client_key, with its key id, for the provider to fetch from a static host,
and those of a rotation under way and of client_keys_published.
Needs to read the key: for root alone.

Example:
  sudo cis2ctl jwks > jwks.json
)";

}  // namespace

void AddJwks(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("jwks", "Print the client's public keys")->footer(kFooter);
  Runs(command, invocation, [&invocation] { return Jwks(invocation.common, invocation.streams); });
}

}  // namespace cis2::ctl::cli
