#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
Asks nobody: reads the configuration and decides as the broker would. Exit status: 0 allowed, 1 refused, 2 the
configuration or the options cannot be used.

An identity file:
  {"sub": "656005750104", "ial": 3, "aal": 3, "auth_age": 20, "selected_roleid": "656014452101",
   "roles": [{"person_roleid": "656014452101", "org_code": "RX1", "role_code": "S8001:G8002:R8008",
              "activity_codes": ["B0062"]}],
   "orgs": ["RX1"]}

Examples:
  cis2ctl explain --account op1 --sub 656005750104
  cis2ctl explain --account op1 --sub 656005750104 --aal 2 --client-address 192.0.2.7 --key
  cis2ctl explain --account pacs-admin --sub 656005750104 --role S8001:G8002:R8008@RX1:B0062
  cis2ctl explain --service sudo --ruser op1 --account op1 --identity person.json
)";

void AddOptions(CLI::App* command, ExplainOptions& o) {
  o.target.service = "sshd";
  o.identity.ial = 3;
  o.identity.aal = 3;
  command->add_option("--account", o.target.account, "the account asked for (PAM_USER)")->required();
  command->add_option("--service", o.target.service, "the PAM service (default sshd)");
  command->add_option("--ruser", o.target.ruser, "who calls sudo or su (PAM_RUSER)");
  command->add_option("--uid", o.uid, "the uid of the account (default: what this host knows)");
  command->add_option("--ruser-uid", o.ruser_uid, "the uid of the caller (default: what this host knows)");
  command->add_option("--client-address", o.target.client_address, "where the ssh client is");
  command->add_flag("--key", o.target.key_accepted, "sshd had accepted a public key before");
  command->add_option("--browser-address", o.browser_address, "where the browser is");
  auto* file =
      command->add_option("--identity", o.identity_file, "a file with the operator's identity in JSON");
  for (CLI::Option* option :
       {command->add_option("--sub", o.identity.sub, "the operator's sub"),
        command->add_option("--ial", o.identity.ial, "identity assurance level (default 3)")
            ->check(CLI::Range(0, 3)),
        command->add_option("--aal", o.identity.aal, "authentication assurance level (default 3)")
            ->check(CLI::Range(0, 3)),
        command->add_option("--auth-age", o.auth_age, "how long ago the sign-in was (default 0s)"),
        command->add_option("--role", o.roles,
                            "a role entry, CODE@ORG or CODE@ORG:ACTIVITY,...; may be repeated"),
        command->add_option("--org", o.identity.orgs, "an organisation of the operator; may be repeated")}) {
    option->excludes(file);
  }
}

}  // namespace

void AddExplain(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("explain", "Show which grants match a login, and why")->footer(kFooter);
  AddOptions(command, RunsWith<ExplainOptions>(command, invocation, Explain));
}

}  // namespace cis2::ctl::cli
