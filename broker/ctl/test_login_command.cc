#include "broker/ctl/test_login_command.h"

#include "broker/base/fd.h"
#include "broker/base/text.h"
#include "broker/config/load.h"
#include "broker/ctl/accounts.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/enable_plan.h"
#include "broker/ctl/failure.h"
#include "broker/ctl/print_json.h"
#include "broker/reasons/reasons.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <unistd.h>

namespace cis2::ctl {
namespace {

using base::Fail;
using base::Result;

constexpr std::size_t kMaxKey = 16UL * 1024;
constexpr const char* kBareStack =
    "auth requisite pam_cis2.so\naccount required pam_cis2.so\n@include common-account\n";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): cis2ctl has one thread
  return value == nullptr ? "" : value;
}

std::string ThisClient() {
  const std::string connection = Environment("SSH_CONNECTION");
  const std::string address = connection.substr(0, connection.find(' '));
  return base::IsNumericAddress(address) ? address : "127.0.0.1";
}

// su and sudo run with the caller's uid beside root's.
Result<void> SetCaller(const TestLoginOptions& options, const std::string& family, TestLoginAsk& ask) {
  ask.ruser = !options.ruser.empty() ? options.ruser : Environment("SUDO_USER");
  if (family == "sudo") {
    ask.ruser = ask.account;
  }
  if (ask.ruser.empty()) {
    ask.ruser = "root";
  }
  if (family != "su" && family != "sudo") {
    return {};
  }
  ask.uid = UidOf(ask.ruser);
  if (family == "su" && ask.uid.value_or(0) == 0) {
    return Fail("su asks root for nothing; name an account that calls it: --ruser NAME");
  }
  return {};
}

// The lines that count: what is installed if it has our module, else what `enable` would install.
Result<std::string> StackText(const Places& places, const std::string& service, const std::string& socket) {
  const std::string path = places.pam + "/" + service;
  CIS2_TRY(std::string text, ReadIfThere(path));
  if (text.empty()) {
    return std::string(kBareStack);
  }
  // What su-l takes from su is what counts; libpam of Debian 12 looks for includes in /etc/pam.d alone.
  const auto family = FamilyOf(service);
  if (family && family->name != service && TakesAuthFrom(text, family->name)) {
    return StackText(places, family->name, socket);
  }
  if (NamesOurModule(text)) {
    return text;
  }
  return WithPamBlock(text, {.service = service, .socket = socket}, path);
}

}  // namespace

std::string ModuleSocket(const config::Config& config) {
  return config.host.socket == config::Host{}.socket ? "" : config.host.socket;
}

Result<TestLoginAsk> MakeAsk(const TestLoginOptions& options, const config::Config& config) {
  TestLoginAsk ask{.service = options.service,
                   .account = options.account.empty() ? Environment("SUDO_USER") : options.account,
                   .ruser = "",
                   .uid = std::nullopt,
                   .client_address = options.client_address.empty() ? ThisClient() : options.client_address,
                   .accepted_key = "",
                   .link_start = config.web.public_url + "/l/",
                   .audit_file = config.audit.file};
  const std::string family(policy::ServiceFamily(ask.service));
  if (!base::IsAccountName(ask.account) || !base::IsAccountName(ask.service)) {
    return Fail("whose login? Name an account that a grant for " + base::ShownName(family) +
                " names: --account NAME");
  }
  const auto uid = UidOf(ask.account);
  if (!uid) {
    return Fail("there is no account " + ask.account + " on this host");
  }
  if (*uid == 0) {
    return Fail("root signs in as before; name an operator's account: --account NAME");
  }
  if (!base::IsNumericAddress(ask.client_address)) {
    return Fail("--client-address is a numeric address, such as 192.0.2.7");
  }
  if (!options.key_file.empty()) {
    CIS2_TRY(const std::string key, base::ReadTrustedFile(options.key_file, base::Privacy::kPublic, kMaxKey));
    const auto line = AcceptedKeyLine(key);
    if (!line) {
      return Fail(options.key_file + " is no public key of ssh: the path of a .pub file is expected");
    }
    ask.accepted_key = *line;
  }
  CIS2_CHECK(SetCaller(options, family, ask));
  return ask;
}

void PrintTestLogin(const TestLoginAsk& ask, const TestLoginEnd& end, std::ostream& out) {
  if (end.allowed) {
    out << "Test login: " << ask.account << " would be let in by " << ask.service << ".\n";
    if (!end.grant.empty()) {
      out << "  grant " << end.grant << ", operator " << end.sub << ", reference " << end.reference << "\n";
    }
    return;
  }
  out << "Test login: " << ask.account << " would NOT be let in by " << ask.service << " (" << end.what
      << ").\n";
  if (!end.saw_link) {
    out << "  Nobody was asked to sign in with CIS2. The broker may be away (sudo cis2ctl status), or a line "
           "above "
           "ours decides.\n  The log says more: journalctl -t cis2ctl -n 20\n";
  }
  if (const auto reason = reasons::FromId(end.reason)) {
    out << "  " << end.reason << ": " << reasons::AdministratorText(*reason) << "\n";
  }
  if (!end.reference.empty()) {
    out << "  reference " << end.reference << "; the audit has the whole of it: sudo grep " << end.reference
        << " " << ask.audit_file << "\n";
  }
  if (!end.sub.empty()) {
    out << "  Which grants match, and why: sudo cis2ctl explain --service " << ask.service << " --account "
        << ask.account << " --sub " << end.sub << "\n";
  }
}

nlohmann::ordered_json TestLoginJson(const TestLoginAsk& ask, const TestLoginEnd& end) {
  return {{"service", ask.service}, {"account", ask.account},
          {"allowed", end.allowed}, {"asked_to_sign_in", end.saw_link},
          {"pam", end.what},        {"reference", end.reference},
          {"reason", end.reason},   {"grant", end.grant},
          {"sub", end.sub}};
}

int TestLogin(const CommonOptions& common, const TestLoginOptions& options, const Streams& streams) {
  const auto give_up = [&](const std::string& why) { return GiveUp(common, streams, kExitUsage, why); };
  if (::geteuid() != 0) {
    return give_up("test-login is for root, as sshd and sudo are: use sudo");
  }
  const auto config = LoadConfig(common, streams);
  if (!config) {
    return config.error();
  }
  const auto ask = MakeAsk(options, *config);
  if (!ask) {
    return give_up(ask.error().message);
  }
  const Places places;
  const auto text = StackText(places, ask->service, ModuleSocket(*config));
  if (!text) {
    return give_up(text.error().message);
  }
  const auto end = RunTestLogin(*ask, places.pam, {{ask->service, *text}});
  if (!end) {
    return give_up(end.error().message);
  }
  if (common.json) {
    PrintJson(streams.out, TestLoginJson(*ask, *end));
  } else {
    PrintTestLogin(*ask, *end, streams.out);
  }
  return end->allowed ? kExitOk : kExitNo;
}

}  // namespace cis2::ctl
