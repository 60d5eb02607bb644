#include "broker/base/fd.h"
#include "broker/base/text.h"
#include "broker/config/check.h"
#include "broker/config/load.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/control_client.h"
#include "broker/ctl/failure.h"
#include "broker/ctl/print_json.h"
#include "broker/ctl/table.h"

#include <cstdlib>
#include <expected>
#include <optional>
#include <vector>

namespace cis2::ctl {
namespace {

using base::Json;

constexpr std::size_t kMaxShown = 256;

// A member as text, whatever its type; "-" if it is absent or empty.
std::string Show(const Json& object, std::string_view name) {
  if (const auto text = base::StringMember(object, name); text && !text->empty()) {
    return base::Printable(*text, kMaxShown);
  }
  const auto number = base::IntegerMember(object, name);
  return number ? std::to_string(*number) : "-";
}

// The error is the exit status, after what is wrong was said.
template <class T>
using Said = std::expected<T, int>;

Said<std::string> SocketPath(const CommonOptions& common, const ControlOptions& options,
                             const Streams& streams) {
  if (!options.socket.empty()) {
    return options.socket;
  }
  const std::string unreadable = WhyUnreadable(common.config);
  const auto config = config::LoadFile(common.config);
  if (!config) {
    return std::unexpected(
        GiveUp(common, streams, unreadable.empty() ? kExitNo : kExitUsage,
               (unreadable.empty() ? ProblemLines(config.error()) : unreadable) +
                   "\ncannot learn the control socket from this configuration; name it with --socket PATH"));
  }
  return config->host.control_socket;
}

Said<Json> AskBroker(const std::string& command, const Json& members, const CommonOptions& common,
                     const ControlOptions& options, const Streams& streams) {
  const auto socket = SocketPath(common, options, streams);
  if (!socket) {
    return std::unexpected(socket.error());
  }
  auto result = Ask(*socket, command, members);
  if (!result) {
    return std::unexpected(GiveUp(common, streams, kExitNo, result.error().message));
  }
  return *std::move(result);
}

// Asks, and prints the answer as it is or with `print`.
int AskAndPrint(const std::string& command, const CommonOptions& common, const ControlOptions& options,
                const Streams& streams, void (*print)(const Json&, std::ostream&)) {
  const auto result = AskBroker(command, Json::object(), common, options, streams);
  if (!result) {
    return result.error();
  }
  if (common.json) {
    PrintJson(streams.out, *result);
  } else {
    print(*result, streams.out);
  }
  return kExitOk;
}

void PrintStatus(const Json& status, std::ostream& out) {
  static const Json kNone = Json::object();
  const Json* found = base::Member(status, "provider");
  const Json& provider = found == nullptr ? kNone : *found;
  PrintTable(out, {{"host", Show(status, "host")},
                   {"version", Show(status, "version")},
                   {"started", Show(status, "started")},
                   {"pending logins", Show(status, "pending")},
                   {"grants", Show(status, "grants")},
                   {"provider", Show(provider, "issuer")},
                   {"", Show(provider, "state") + ", " + Show(provider, "keys") + " usable keys"},
                   {"front", Show(status, "front")}});
}

void PrintLogins(const Json& result, std::ostream& out) {
  const Json* logins = base::Member(result, "logins");
  if (logins == nullptr || !logins->is_array() || logins->empty()) {
    out << "No login is pending.\n";
    return;
  }
  std::vector<std::vector<std::string>> rows = {
      {"REFERENCE", "ACCOUNT", "SERVICE", "FROM", "STATE", "STARTED", "LEFT", "BROWSER"}};
  for (const Json& login : *logins) {
    rows.push_back({Show(login, "reference"), Show(login, "account"), Show(login, "service"),
                    Show(login, "from"), Show(login, "state"), Show(login, "started"),
                    Show(login, "seconds_left") + " s", Show(login, "browser_addr")});
  }
  PrintTable(out, rows);
}

// Which logins are to end, for the broker.
Json Cancellation(const CancelOptions& which) {
  Json request = Json::object();
  if (which.all) {
    request["all"] = true;
  } else if (!which.account.empty()) {
    request["account"] = which.account;
  } else {
    request["reference"] = which.reference;
  }
  // A hint for the audit; the broker takes the uid from the kernel.
  // NOLINTNEXTLINE(concurrency-mt-unsafe): cis2ctl has one thread
  if (const char* sudo_user = std::getenv("SUDO_USER"); sudo_user != nullptr) {
    request["sudo_user"] = base::Printable(sudo_user, kMaxShown);
  }
  return request;
}

// Why nothing was ended.
std::string NothingToCancel(const CancelOptions& which) {
  if (which.all) {
    return "No login is pending.";
  }
  const std::string which_one = which.account.empty()
                                    ? "with the reference " + base::Printable(which.reference, kMaxShown)
                                    : "for the account " + base::Printable(which.account, kMaxShown);
  return "No pending login " + which_one + ". See: cis2ctl logins. It may have ended; the audit says how.";
}

void PrintCancelled(const Json& logins, std::ostream& out) {
  for (const Json& login : logins) {
    out << "Ended " << Show(login, "reference") << ": " << Show(login, "account") << " by "
        << Show(login, "service") << " from " << Show(login, "from") << "\n";
  }
}

// The page certificate and its key, for the broker; nothing after what is wrong with them was said.
std::optional<Json> PageFiles(const config::Config& config, const Streams& streams) {
  std::vector<config::Problem> problems = config::CheckPageFiles(config);
  for (const config::Problem& problem : problems) {
    streams.err << "cis2ctl: " << config::Format(problem) << "\n";
  }
  const auto certificate =
      base::ReadTrustedFile(config.web.certificate, base::Privacy::kPublic, config::kMaxPageFile);
  const auto key =
      base::ReadTrustedFile(config.web.certificate_key, base::Privacy::kPrivate, config::kMaxPageFile);
  if (!problems.empty() || !certificate || !key) {
    return std::nullopt;
  }
  return Json{{"certificate", *certificate}, {"key", *key}};
}

void PrintReloaded(const Json& result, std::ostream& out) {
  const Json* renewed = base::Member(result, "certificate");
  out << "Grants in force: " << Show(result, "grants") << ". The pages "
      << (renewed != nullptr && *renewed == Json(true) ? "have their certificate as it is now.\n"
                                                       : "keep the certificate that they have.\n");
}

}  // namespace

int Status(const CommonOptions& common, const ControlOptions& options, const Streams& streams) {
  return AskAndPrint("status", common, options, streams, PrintStatus);
}

int Logins(const CommonOptions& common, const ControlOptions& options, const Streams& streams) {
  return AskAndPrint("logins", common, options, streams, PrintLogins);
}

int Cancel(const CommonOptions& common, const ControlOptions& options, const CancelOptions& which,
           const Streams& streams) {
  const auto result = AskBroker("cancel", Cancellation(which), common, options, streams);
  if (!result) {
    return result.error();
  }
  const Json* logins = base::Member(*result, "cancelled");
  const bool none = logins == nullptr || !logins->is_array() || logins->empty();
  if (common.json) {
    PrintJson(streams.out, *result);
  } else if (none) {
    streams.err << "cis2ctl: " << NothingToCancel(which) << "\n";
  } else {
    PrintCancelled(*logins, streams.out);
  }
  return none ? kExitNo : kExitOk;
}

int Reload(const CommonOptions& common, const ControlOptions& options, const Streams& streams) {
  static constexpr const char* kNothing = "\nnothing was reloaded; the broker goes on with what it has";
  if (const std::string unreadable = WhyUnreadable(common.config); !unreadable.empty()) {
    return GiveUp(common, streams, kExitUsage, unreadable + kNothing);
  }
  const auto config = config::LoadFile(common.config);
  const std::vector<config::Problem> problems = config ? config::CheckRules(*config) : config.error();
  if (!problems.empty()) {
    return GiveUp(common, streams, kExitNo, ProblemLines(problems) + kNothing);
  }
  const auto files = PageFiles(*config, streams);
  const auto result = AskBroker("reload", files.value_or(Json::object()), common, options, streams);
  if (!result) {
    return result.error();
  }
  if (common.json) {
    PrintJson(streams.out, *result);
  } else {
    PrintReloaded(*result, streams.out);
  }
  return files ? kExitOk : kExitNo;
}

}  // namespace cis2::ctl
