#include "broker/ctl/doctor/doctor.h"

#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
Checks everything around a login: configuration, broker, provider, clock, client key, pages, sshd, PAM stacks,
console and sudo. Each finding says what is wrong, why it matters, and the line that mends it. Changes nothing. For
root alone. Every finding: )" CIS2_DOCUMENTS R"(doctor.md
Exit status: 0 no problem, 1 problems, 2 something could not be told.

Examples:
  sudo cis2ctl doctor
  sudo cis2ctl doctor --service sshd --service sudo
  sudo cis2ctl doctor --account op1 --client-address 192.0.2.7
  sudo cis2ctl doctor --json
)";

void AddOptions(CLI::App* command, doctor::DoctorOptions& options) {
  command->add_option("--service", options.services,
                      "a PAM service to look at; may be repeated (default: all that name the module)");
  command->add_option("--account", options.account,
                      "look at sshd's Match blocks for a login to this account");
  command->add_option("--client-address", options.address, "where that login comes from (default 127.0.0.1)");
  command->add_option("--address", options.address)->group("");  // the name that it had first
  command->add_option("--sshd-config", options.sshd_config,
                      std::string("the configuration of sshd (default ") + kSshdConfig + ")");
}

}  // namespace

void AddDoctor(CLI::App& app, Invocation& invocation) {
  auto* command =
      app.add_subcommand("doctor", "Find what is wrong around a login, and what mends it")->footer(kFooter);
  AddOptions(command, RunsWith<doctor::DoctorOptions>(command, invocation, doctor::Doctor));
}

}  // namespace cis2::ctl::cli
