#include "broker/base/clock.h"
#include "broker/base/documents.h"
#include "broker/base/random.h"
#include "broker/base/text.h"
#include "broker/breakglass/store.h"
#include "broker/config/load.h"
#include "broker/config/values.h"
#include "broker/ctl/accounts.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/failure.h"
#include "broker/ctl/print_json.h"
#include "broker/ctl/table.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <unistd.h>
#include <utility>

namespace cis2::ctl {
namespace {

using base::Fail;
using base::Result;
using breakglass::Code;
using breakglass::Entry;
using breakglass::Ledger;
using breakglass::State;
using breakglass::Time;
using nlohmann::ordered_json;

constexpr std::chrono::hours kLongest{24 * 366};

Time Now() { return std::chrono::floor<std::chrono::seconds>(base::SystemClock().WallNow()); }

std::string Iso(Time time) { return base::FormatWallTime(time).substr(0, 19) + "Z"; }
std::string Iso(const std::optional<Time>& time) { return time ? Iso(*time) : "-"; }

// "90d", or a duration as the settings have it.
std::optional<std::chrono::seconds> ParseValidity(const std::string& text) {
  const bool days = text.ends_with('d');
  const auto parsed = config::ParseDuration(days ? text.substr(0, text.size() - 1) + "h" : text);
  const auto validity = parsed ? std::optional(days ? *parsed * 24 : *parsed) : std::nullopt;
  return validity && *validity > std::chrono::seconds{0} && *validity <= kLongest ? validity : std::nullopt;
}

Result<breakglass::Store> OpenStore(const config::Config& config) {
  if (config.break_glass.file.empty()) {
    return Fail(
        "break_glass.file is empty, so this server takes no emergency codes; set it, and restart "
        "cis2-broker");
  }
  const auto owner = UidOf(config.host.user);
  if (!owner) {
    return Fail("the user " + config.host.user + " does not exist; the package cis2-broker makes it");
  }
  return breakglass::Store(config.break_glass.file, *owner);
}

// --- make

Result<void> CheckAccount(const BreakGlassOptions& options) {
  const auto uid = UidOf(options.account);
  if (!uid) {
    return Fail("this host knows no account " + base::ShownName(options.account) +
                "; a code for it could never be used");
  }
  if (*uid < kFirstOrdinaryUid && !options.system_account) {
    return Fail(
        options.account + " is root or a system account (uid " + std::to_string(*uid) +
        "), and a code alone would open it. Better: a code for your own account, and sudo. If it must be: "
        "cis2ctl break-glass make --account " +
        options.account + " --system-account");
  }
  return {};
}

struct Made {
  std::vector<Code> codes;
  Time valid_until;
};

Result<Made> MakeCodes(const breakglass::Store& store, const BreakGlassOptions& options) {
  CIS2_CHECK(CheckAccount(options));
  const auto validity = ParseValidity(options.valid);
  if (!validity) {
    return Fail("--valid " + base::Printable(options.valid) +
                " is no time up to a year; write it as 90d, 12h or 30m");
  }
  base::SystemRandom random;
  const Time now = Now();
  Made made{.codes = {}, .valid_until = now + *validity};
  Ledger entries;
  for (int i = 0; i < options.count; ++i) {  // before the lock: each takes a while
    made.codes.push_back(breakglass::NewCode(random));
    CIS2_TRY(breakglass::Hash hash, breakglass::HashSecret(made.codes.back().secret, random));
    entries.push_back({.id = made.codes.back().id,
                       .account = options.account,
                       .made = now,
                       .valid_until = made.valid_until,
                       .hash = std::move(hash),
                       .used = {},
                       .revoked = {}});
  }
  CIS2_CHECK(store.Change([&](Ledger& ledger) -> Result<void> {
    breakglass::Forget(ledger, now);
    if (ledger.size() + entries.size() > breakglass::kMaxEntries) {
      return Fail("there are " + std::to_string(ledger.size()) + " codes already, and at most " +
                  std::to_string(breakglass::kMaxEntries) +
                  " are kept; codes are forgotten a year after their end, so make fewer");
    }
    for (const Entry& entry : entries) {
      if (std::ranges::find(ledger, entry.id, &Entry::id) != ledger.end()) {
        return Fail("an id came twice, by chance; run it again");
      }
      ledger.push_back(entry);
    }
    return {};
  }));
  return made;
}

void PrintMade(const Made& made, const BreakGlassOptions& options, bool json, std::ostream& out) {
  if (json) {
    ordered_json codes = ordered_json::array();
    for (const Code& code : made.codes) {
      codes.push_back({{"id", code.id}, {"code", breakglass::FormatCode(code).Reveal()}});
    }
    PrintJson(
        out,
        ordered_json{{"account", options.account}, {"valid_until", Iso(made.valid_until)}, {"codes", codes}});
    return;
  }
  out << "Emergency codes for " << options.account << ", valid until " << Iso(made.valid_until) << ":\n\n";
  for (const Code& code : made.codes) {
    out << "  " << breakglass::FormatCode(code).Reveal() << "\n";
  }
  out << "\nThey are shown this once. Each lets whoever holds it into " << options.account
      << " once, while the sign-in\n"
         "service cannot be reached and at no other time, and raises an alarm.\n"
         "\n"
         "  - Write each on a sheet of its own, in an envelope that is sealed, signed and dated.\n"
         "  - Keep the envelopes where it takes two people to get at them. Keep no file and no picture.\n"
         "  - Clear this terminal and its scrollback.\n"
         "  - Use one in a drill, and make a new one for it: " CIS2_DOCUMENTS
         "break-glass.md.\n"
         "\n"
         "To take them back: cis2ctl break-glass revoke --account "
      << options.account << "\n";
}

Result<void> Make(const breakglass::Store& store, const BreakGlassOptions& options, bool json,
                  std::ostream& out) {
  CIS2_TRY(const Made made, MakeCodes(store, options));
  PrintMade(made, options, json, out);
  return {};
}

// --- list

Result<void> List(const breakglass::Store& store, const BreakGlassOptions& options, bool json,
                  std::ostream& out) {
  CIS2_TRY(Ledger ledger, store.Load());
  std::erase_if(ledger, [&](const Entry& entry) {
    return !options.account.empty() && entry.account != options.account;
  });
  std::ranges::stable_sort(ledger, {}, &Entry::account);
  const Time now = Now();
  if (json) {
    ordered_json codes = ordered_json::array();
    for (const Entry& entry : ledger) {
      codes.push_back({{"id", entry.id},
                       {"account", entry.account},
                       {"state", breakglass::Name(breakglass::StateOf(entry, now))},
                       {"made", Iso(entry.made)},
                       {"valid_until", Iso(entry.valid_until)},
                       {"used", entry.used ? ordered_json(Iso(entry.used)) : ordered_json()},
                       {"revoked", entry.revoked ? ordered_json(Iso(entry.revoked)) : ordered_json()}});
    }
    PrintJson(out, ordered_json{{"codes", codes}});
    return {};
  }
  if (ledger.empty()) {
    out << "There are no emergency codes.\n";
    return {};
  }
  std::vector<std::vector<std::string>> rows = {
      {"ACCOUNT", "CODE", "STATE", "MADE", "VALID UNTIL", "USED", "REVOKED"}};
  for (const Entry& entry : ledger) {
    rows.push_back({base::ShownName(entry.account), entry.id,
                    std::string(breakglass::Name(breakglass::StateOf(entry, now))), Iso(entry.made),
                    Iso(entry.valid_until), Iso(entry.used), Iso(entry.revoked)});
  }
  PrintTable(out, rows);
  return {};
}

// --- revoke

Result<std::vector<std::string>> RevokeIn(Ledger& ledger, const BreakGlassOptions& options) {
  for (const std::string& text : options.ids) {
    if (std::ranges::find(ledger, text, &Entry::id) == ledger.end()) {
      return Fail("there is no code " + base::Printable(text) +
                  "; its five letters and digits are in: cis2ctl break-glass list");
    }
  }
  std::vector<std::string> revoked;
  const Time now = Now();
  for (Entry& entry : ledger) {
    const bool meant = options.all || entry.account == options.account ||
                       std::ranges::find(options.ids, entry.id) != options.ids.end();
    if (meant && breakglass::StateOf(entry, now) == State::kReady) {
      entry.revoked = now;
      revoked.push_back(entry.id);
    }
  }
  return revoked;
}

Result<void> Revoke(const breakglass::Store& store, const BreakGlassOptions& options, bool json,
                    std::ostream& out) {
  const int ways = (options.ids.empty() ? 0 : 1) + (options.account.empty() ? 0 : 1) + (options.all ? 1 : 0);
  if (ways != 1) {
    return Fail("say which codes: their ids, or --account NAME, or --all");
  }
  std::vector<std::string> revoked;
  CIS2_CHECK(store.Change([&](Ledger& ledger) -> Result<void> {
    CIS2_TRY(revoked, RevokeIn(ledger, options));
    return {};
  }));
  if (json) {
    PrintJson(out, ordered_json{{"revoked", revoked}});
    return {};
  }
  out << (revoked.size() == 1 ? "1 code" : std::to_string(revoked.size()) + " codes")
      << " revoked; codes that were used or over stay as they were.\n";
  return {};
}

Result<void> RunStep(const config::Config& config, const BreakGlassOptions& options, bool json,
                     std::ostream& out) {
  CIS2_TRY(const breakglass::Store store, OpenStore(config));
  switch (options.step) {
    case BreakGlassStep::kMake:
      return Make(store, options, json, out);
    case BreakGlassStep::kList:
      return List(store, options, json, out);
    case BreakGlassStep::kRevoke:
      break;
  }
  return Revoke(store, options, json, out);
}

}  // namespace

int BreakGlass(const CommonOptions& common, const BreakGlassOptions& options, const Streams& streams) {
  const auto config = LoadConfig(common, streams);
  if (!config) {
    return config.error();
  }
  if (const auto done = RunStep(*config, options, common.json, streams.out); !done) {
    return GiveUp(common, streams, kExitNo,
                  done.error().message + (::geteuid() == 0 ? "" : " (this is for root)"));
  }
  return kExitOk;
}

}  // namespace cis2::ctl
