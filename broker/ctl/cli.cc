#include "broker/ctl/cli.h"

#include "broker/ctl/doctor/doctor.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace cis2::ctl {
namespace {

constexpr const char* kFooter = R"(
Examples:
  cis2ctl check-config
  cis2ctl status
  cis2ctl doctor
  cis2ctl explain --account op1 --sub 656005750104

cis2ctl COMMAND --help tells more about a command. Exit status: 0 yes, 1 no, 2 cannot tell.
)";

constexpr const char* kCheckConfigFooter = R"(
Makes every check that cis2-brokerd makes when it starts, and gives advice. Problems go to standard error
as FILE:LINE:COLUMN: text. Exit status: 0 no problem, 1 problems.

Examples:
  cis2ctl check-config
  cis2ctl check-config --config ./broker.toml --json
)";

constexpr const char* kStatusFooter = R"(
Asks the running broker. For root alone.

Examples:
  sudo cis2ctl status
  sudo cis2ctl status --json
  sudo cis2ctl status --socket /run/cis2-broker/control.sock
)";

constexpr const char* kLoginsFooter = R"(
The reference is what the operator sees when a login ends, and what the log and the audit carry.

Examples:
  sudo cis2ctl logins
  sudo cis2ctl logins --json
)";

constexpr const char* kCancelFooter = R"(
The operator's terminal says so at the next Enter, their page when it is loaded again; other logins go on. A login
whose digits were right a moment ago may have been let in. The audit has who ended it. Exit status: 0 ended, 1 there was
none to end.

Examples:
  sudo cis2ctl cancel 4G7K2-9QXD3
  sudo cis2ctl cancel --account op1
  sudo cis2ctl cancel --all --json
)";

constexpr const char* kReloadFooter = R"(
The running broker reads the grants again, and the pages get their certificate as it is on disk, without a login
being lost. Other settings take a restart. Exit status: 0 done, 1 a mistake, which is said. A certificate that cannot
be used does not keep the grants from being read.

Examples:
  sudo cis2ctl reload
  sudo systemctl reload cis2-broker
)";

constexpr const char* kExplainFooter = R"(
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

constexpr const char* kJwksFooter = R"(
Prints the public half of [provider] client_key, with its key id, for the provider to fetch from a static host,
and those of a rotation under way and of client_keys_published.
Needs to read the key: for root alone.

Example:
  sudo cis2ctl jwks > jwks.json
)";

constexpr const char* kKeygenFooter = R"(
Writes a private key, mode 0600, and prints its key id and its public half. Never overwrites. RSA keys have 3072 bits.

Examples:
  sudo cis2ctl keygen
  sudo cis2ctl keygen --alg ES256 --out /etc/cis2-broker/client-key.pem --json
)";

constexpr const char* kRotateFooter = R"(
Replaces a key file while logins go on. prepare: makes the next key beside it, and publishes both. switch: the next key
becomes the current one; the broker signs with it once it is restarted. finish: removes the previous key. status: which
keys there are, and which step comes next. docs/keys.md has the whole of it.

Examples:
  sudo cis2ctl rotate status
  sudo cis2ctl rotate prepare
  sudo cis2ctl rotate switch
  sudo cis2ctl rotate finish --yes
)";

constexpr const char* kDoctorFooter = R"(
Checks everything around a login: configuration, broker, provider, clock, client key, pages, sshd, PAM stacks,
console and sudo. Each finding says what is wrong, why it matters, and the line that mends it. Changes nothing. For
root alone. docs/doctor.md has every finding. Exit status: 0 no problem, 1 problems, 2 something could not be told.

Examples:
  sudo cis2ctl doctor
  sudo cis2ctl doctor --service sshd --service sudo
  sudo cis2ctl doctor --account op1 --address 192.0.2.7
  sudo cis2ctl doctor --json
)";

void AddDoctorOptions(CLI::App* command, doctor::DoctorOptions& options) {
  command->add_option("--service", options.services,
                      "a PAM service to look at; may be repeated (default: all that name the module)");
  command->add_option("--account", options.account,
                      "look at sshd's Match blocks for a login to this account");
  command->add_option("--address", options.address, "where that login comes from (default 127.0.0.1)");
  command->add_option("--sshd-config", options.sshd_config,
                      std::string("the configuration of sshd (default ") + kSshdConfig + ")");
}

constexpr const char* kBreakGlassFooter = R"(
Emergency codes let an account in while the sign-in service cannot be reached, once each. make shows new ones, this
once. list: which there are and when they were used, never the codes. revoke takes them back. docs/break-glass.md has
the whole of it. For root alone.

Examples:
  sudo cis2ctl break-glass make --account asmith
  sudo cis2ctl break-glass make --account asmith --count 2 --valid 30d
  sudo cis2ctl break-glass list
  sudo cis2ctl break-glass revoke 7K2QX
  sudo cis2ctl break-glass revoke --account asmith
  sudo cis2ctl break-glass revoke --all
)";

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

constexpr const char* kEnableFooter = R"(
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

constexpr const char* kDisableFooter = R"(
Takes out the lines that enable put in, and nothing else. Without --apply it only shows them.

Examples:
  sudo cis2ctl disable sshd
  sudo cis2ctl disable sshd --apply
)";

constexpr const char* kTestLoginFooter = R"(
Signs you in as sshd would, in this terminal, without touching sshd or /etc/pam.d. Exit status: 0 you would be let in,
1 you would not, 2 it could not be tried. The broker decides, counts and records it as any other login.

Examples:
  sudo cis2ctl test-login --account asmith
  sudo cis2ctl test-login --account asmith --client-address 192.0.2.7 --key /home/asmith/.ssh/id_ed25519.pub
  sudo cis2ctl test-login --service sudo --account asmith
)";

void AddTestLoginOptions(CLI::App* command, TestLoginOptions& options) {
  command->add_option("--account", options.account, "who signs in (default: who called sudo)");
  command->add_option("--client-address", options.client_address,
                      "sshd: where the client would be (default: where this session comes from)");
  command->add_option("--key", options.key_file,
                      "sshd: the file of a public key that it would have accepted before");
  command->add_option("--ruser", options.ruser, "su: who calls it (default: who called sudo)");
}

void AddEnableOptions(CLI::App* command, EnableOptions& options) {
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

void AddDisableOptions(CLI::App* command, DisableOptions& options) {
  command->add_option("service", options.service, "sshd, sudo, su or login")->required();
  command->add_flag("--apply", options.apply, "do it");
  command->add_option("--unless-confirmed", options.unless_confirmed)->group("");  // for the way back itself
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
  TestLoginOptions test_login;
  EnableOptions enable;
  DisableOptions disable;
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

  auto* testing =
      app.add_subcommand("test-login", "Sign in here, without touching sshd")->footer(kTestLoginFooter);
  testing->add_option("--service", test_login.service, "the PAM service (default sshd)");
  AddTestLoginOptions(testing, test_login);
  auto* enabling = app.add_subcommand("enable", "Have a service ask for CIS2")->footer(kEnableFooter);
  AddEnableOptions(enabling, enable);
  auto* disabling = app.add_subcommand("disable", "Undo what enable did")->footer(kDisableFooter);
  AddDisableOptions(disabling, disable);

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
  if (testing->parsed()) {
    return TestLogin(common, test_login, streams);
  }
  if (enabling->parsed()) {
    return Enable(common, enable, streams);
  }
  if (disabling->parsed()) {
    return Disable(common, disable, streams);
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
