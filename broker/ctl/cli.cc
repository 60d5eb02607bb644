#include "broker/ctl/cli.h"

#include "broker/ctl/doctor/doctor.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace cis2::ctl {
namespace {

constexpr const char* kFooter =
    "\nExamples:\n"
    "  cis2ctl check-config\n"
    "  cis2ctl status\n"
    "  cis2ctl doctor\n"
    "  cis2ctl explain --account op1 --sub 656005750104\n"
    "\n"
    "cis2ctl COMMAND --help tells more about a command. Exit status: 0 yes, 1 no, 2 cannot tell.\n";

constexpr const char* kCheckConfigFooter =
    "\nMakes every check that cis2-brokerd makes when it starts, and gives advice. Problems go to standard "
    "error\n"
    "as FILE:LINE:COLUMN: text. Exit status: 0 no problem, 1 problems.\n"
    "\nExamples:\n"
    "  cis2ctl check-config\n"
    "  cis2ctl check-config --config ./broker.toml --json\n";

constexpr const char* kStatusFooter =
    "\nAsks the running broker. For root alone.\n"
    "\nExamples:\n"
    "  sudo cis2ctl status\n"
    "  sudo cis2ctl status --json\n"
    "  sudo cis2ctl status --socket /run/cis2-broker/control.sock\n";

constexpr const char* kLoginsFooter =
    "\nThe reference is what the operator sees when a login ends, and what the log and the audit carry.\n"
    "\nExamples:\n"
    "  sudo cis2ctl logins\n"
    "  sudo cis2ctl logins --json\n";

constexpr const char* kCancelFooter =
    "\nThe operator's terminal says so at the next Enter, their page when it is loaded again; other logins "
    "go "
    "on. A login\n"
    "whose digits were right a moment ago may have been let in. The audit has who ended it. Exit status: 0 "
    "ended, 1 there was\n"
    "none to end.\n"
    "\nExamples:\n"
    "  sudo cis2ctl cancel 4G7K2-9QXD3\n"
    "  sudo cis2ctl cancel --account op1\n"
    "  sudo cis2ctl cancel --all --json\n";

constexpr const char* kReloadFooter =
    "\nThe running broker reads the grants again, and the pages get their certificate as it is on disk, "
    "without a login\n"
    "being lost. Other settings take a restart. Exit status: 0 done, 1 a mistake, which is said. A "
    "certificate "
    "that cannot\n"
    "be used does not keep the grants from being read.\n"
    "\nExamples:\n"
    "  sudo cis2ctl reload\n"
    "  sudo systemctl reload cis2-broker\n";

constexpr const char* kExplainFooter =
    "\nAsks nobody: reads the configuration and decides as the broker would. Exit status: 0 allowed, 1 "
    "refused, 2 the\n"
    "configuration or the options cannot be used.\n"
    "\nAn identity file:\n"
    "  {\"sub\": \"656005750104\", \"ial\": 3, \"aal\": 3, \"auth_age\": 20, \"selected_roleid\": "
    "\"656014452101\",\n"
    "   \"roles\": [{\"person_roleid\": \"656014452101\", \"org_code\": \"RX1\", \"role_code\": "
    "\"S8001:G8002:R8008\",\n"
    "              \"activity_codes\": [\"B0062\"]}],\n"
    "   \"orgs\": [\"RX1\"]}\n"
    "\nExamples:\n"
    "  cis2ctl explain --account op1 --sub 656005750104\n"
    "  cis2ctl explain --account op1 --sub 656005750104 --aal 2 --client-address 192.0.2.7 --key\n"
    "  cis2ctl explain --account pacs-admin --sub 656005750104 --role S8001:G8002:R8008@RX1:B0062\n"
    "  cis2ctl explain --service sudo --ruser op1 --account op1 --identity person.json\n";

constexpr const char* kJwksFooter =
    "\nPrints the public half of [provider] client_key, with its key id, for the provider to fetch from a "
    "static host,\n"
    "and those of a rotation under way and of client_keys_published.\n"
    "Needs to read the key: for root alone.\n"
    "\nExample:\n"
    "  sudo cis2ctl jwks > jwks.json\n";

constexpr const char* kKeygenFooter =
    "\nWrites a private key, mode 0600, and prints its key id and its public half. Never overwrites. RSA "
    "keys have 3072 "
    "bits.\n"
    "\nExamples:\n"
    "  sudo cis2ctl keygen\n"
    "  sudo cis2ctl keygen --alg ES256 --out /etc/cis2-broker/client-key.pem --json\n";

constexpr const char* kRotateFooter =
    "\nReplaces a key file while logins go on. prepare: makes the next key beside it, and publishes both. "
    "switch: the next "
    "key\n"
    "becomes the current one; the broker signs with it once it is restarted. finish: removes the previous "
    "key. status: "
    "which\n"
    "keys there are, and which step comes next. docs/keys.md has the whole of it.\n"
    "\nExamples:\n"
    "  sudo cis2ctl rotate status\n"
    "  sudo cis2ctl rotate prepare\n"
    "  sudo cis2ctl rotate switch\n"
    "  sudo cis2ctl rotate finish --yes\n";

constexpr const char* kDoctorFooter =
    "\nChecks everything around a login: configuration, broker, provider, clock, client key, pages, sshd, "
    "PAM "
    "stacks,\n"
    "console and sudo. Each finding says what is wrong, why it matters, and the line that mends it. Changes "
    "nothing. For\n"
    "root alone. docs/doctor.md has every finding. Exit status: 0 no problem, 1 problems, 2 something could "
    "not be told.\n"
    "\nExamples:\n"
    "  sudo cis2ctl doctor\n"
    "  sudo cis2ctl doctor --service sshd --service sudo\n"
    "  sudo cis2ctl doctor --account op1 --address 192.0.2.7\n"
    "  sudo cis2ctl doctor --json\n";

void AddDoctorOptions(CLI::App* command, doctor::DoctorOptions& options) {
  command->add_option("--service", options.services,
                      "a PAM service to look at; may be repeated (default: all that name the module)");
  command->add_option("--account", options.account,
                      "look at sshd's Match blocks for a login to this account");
  command->add_option("--address", options.address, "where that login comes from (default 127.0.0.1)");
  command->add_option("--sshd-config", options.sshd_config,
                      std::string("the configuration of sshd (default ") + kSshdConfig + ")");
}

constexpr const char* kBreakGlassFooter =
    "\nEmergency codes let an account in while the sign-in service cannot be reached, once each. make shows "
    "new ones, this\n"
    "once. list: which there are and when they were used, never the codes. revoke takes them back. "
    "docs/break-glass.md has\n"
    "the whole of it. For root alone.\n"
    "\nExamples:\n"
    "  sudo cis2ctl break-glass make --account asmith\n"
    "  sudo cis2ctl break-glass make --account asmith --count 2 --valid 30d\n"
    "  sudo cis2ctl break-glass list\n"
    "  sudo cis2ctl break-glass revoke 7K2QX\n"
    "  sudo cis2ctl break-glass revoke --account asmith\n"
    "  sudo cis2ctl break-glass revoke --all\n";

void AddBreakGlassSteps(CLI::App* command, BreakGlassOptions& options) {
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

void AddKeygenOptions(CLI::App* command, KeygenOptions& options) {
  command->add_option("--alg", options.alg, "what the key is for (default: [provider] client_assertion_alg)")
      ->check(CLI::IsMember({"RS256", "RS512", "PS256", "PS512", "ES256", "EdDSA"}));
  command->add_option("--out", options.out, "the file to make (default: [provider] client_key)");
}

void AddRotateSteps(CLI::App* command, RotateOptions& options) {
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, RotateStep step) {
    auto* sub = command->add_subcommand(name, what);
    sub->callback([&options, step] { options.step = step; });
    return sub;
  };
  add("status", "Show the key files and the next step", RotateStep::kStatus);
  add("prepare", "Make the next key", RotateStep::kPrepare);
  add("switch", "Make the next key the current one", RotateStep::kSwitch);
  add("finish", "Remove the previous key", RotateStep::kFinish)
      ->add_flag("--yes", options.yes, "the broker was restarted since the switch");
}

void AddSocket(CLI::App* command, ControlOptions& options) {
  command->add_option("--socket", options.socket, "the control socket (default: [host] control_socket)");
}

void AddCancelOptions(CLI::App* command, CancelOptions& which) {
  auto* one = command->add_option_group("which logins");
  one->add_option("reference", which.reference, "the login that has this reference (cis2ctl logins)");
  one->add_option("--account", which.account, "every login to this account");
  one->add_flag("--all", which.all, "every login");
  one->require_option(1);
}

void AddExplainOptions(CLI::App* command, ExplainOptions& o) {
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

int Run(const std::vector<std::string>& arguments, const Streams& streams) {
  CommonOptions common;
  CheckConfigOptions check;
  ControlOptions control;
  CancelOptions cancel;
  ExplainOptions explain;
  KeygenOptions keygen;
  RotateOptions rotate;
  doctor::DoctorOptions doctoring;
  BreakGlassOptions break_glass;
  CLI::App app("Administers cis2-brokerd, which signs operators in with NHS CIS2 Authentication.", "cis2ctl");
  app.footer(kFooter);
  app.set_version_flag("--version", "cis2ctl " CIS2_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // --config and --json may stand before and after the command
  app.add_option("--config", common.config,
                 std::string("the configuration (default ") + kDefaultConfig + ")");
  app.add_flag("--json", common.json, "print JSON");

  auto* check_config =
      app.add_subcommand("check-config", "Find mistakes in the configuration")->footer(kCheckConfigFooter);
  auto* status = app.add_subcommand("status", "Show how the broker is")->footer(kStatusFooter);
  auto* logins = app.add_subcommand("logins", "List the pending logins")->footer(kLoginsFooter);
  auto* explaining =
      app.add_subcommand("explain", "Show which grants match a login, and why")->footer(kExplainFooter);
  auto* jwks = app.add_subcommand("jwks", "Print the client's public keys")->footer(kJwksFooter);
  check_config->add_flag_callback(
      "--no-files", [&check] { check.files = false; },
      "leave keys and certificates out: what a reload of the grants needs");
  AddSocket(status, control);
  AddSocket(logins, control);
  AddExplainOptions(explaining, explain);
  auto* cancelling = app.add_subcommand("cancel", "End pending logins")->footer(kCancelFooter);
  AddSocket(cancelling, control);
  AddCancelOptions(cancelling, cancel);
  auto* reloading =
      app.add_subcommand("reload", "Read grants and page certificate again")->footer(kReloadFooter);
  AddSocket(reloading, control);
  auto* making = app.add_subcommand("keygen", "Make a private key for the client")->footer(kKeygenFooter);
  AddKeygenOptions(making, keygen);
  auto* rotating =
      app.add_subcommand("rotate", "Replace the client's key, step by step")->footer(kRotateFooter);
  rotating->fallthrough();
  AddRotateSteps(rotating, rotate);
  auto* examining = app.add_subcommand("doctor", "Find what is wrong around a login, and what mends it")
                        ->footer(kDoctorFooter);
  AddDoctorOptions(examining, doctoring);
  auto* emergency =
      app.add_subcommand("break-glass", "Make, list and revoke emergency codes")->footer(kBreakGlassFooter);
  emergency->fallthrough();
  AddBreakGlassSteps(emergency, break_glass);

  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, streams.out, streams.err) == 0 ? kExitOk : kExitUsage;
  }
  if (check_config->parsed()) {
    return CheckConfig(common, check, streams);
  }
  if (status->parsed()) {
    return Status(common, control, streams);
  }
  if (logins->parsed()) {
    return Logins(common, control, streams);
  }
  if (cancelling->parsed()) {
    return Cancel(common, control, cancel, streams);
  }
  if (reloading->parsed()) {
    return Reload(common, control, streams);
  }
  if (making->parsed()) {
    return Keygen(common, keygen, streams);
  }
  if (rotating->parsed()) {
    return Rotate(common, rotate, streams);
  }
  if (examining->parsed()) {
    return doctor::Doctor(common, doctoring, streams);
  }
  if (emergency->parsed()) {
    return BreakGlass(common, break_glass, streams);
  }
  return jwks->parsed() ? Jwks(common, streams) : Explain(common, explain, streams);
}

}  // namespace cis2::ctl
