// cis2ctl enable and disable: what is shown, and in which order things are done.
#include "broker/base/documents.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/config/load.h"
#include "broker/config/values.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/confirmation.h"
#include "broker/ctl/doctor/check_sshd.h"
#include "broker/ctl/doctor/gather.h"
#include "broker/ctl/doctor/report.h"
#include "broker/ctl/enable_checks.h"
#include "broker/ctl/enable_plan.h"
#include "broker/ctl/failure.h"
#include "broker/ctl/print_json.h"
#include "broker/ctl/roll_back.h"
#include "broker/ctl/sshd_files.h"
#include "broker/ctl/test_login_command.h"
#include "broker/ctl/unified_diff.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <unistd.h>

namespace cis2::ctl {
namespace {

using base::Result;
using nlohmann::ordered_json;
using std::chrono::seconds;

constexpr seconds kLeastConfirm{10};
constexpr seconds kMostConfirm{3600};

std::string UnknownService(const std::string& service) {
  const std::string nearest = config::Nearest(service, {"sshd", "sudo", "sudo-i", "su", "su-l", "login"});
  return "'" + base::Printable(service) + "' is none of sshd, sudo, su and login; " +
         (nearest.empty() ? "for another service put the lines in by hand: " CIS2_DOCUMENTS
                            "local-services.md"
                          : "did you mean " + nearest + "?");
}

Result<doctor::SshdFacts> AskSshd() {
  auto gathered = doctor::GatherSshd(Tree(), kSshdConfig, {});
  if (!gathered) {
    return base::Fail("there is no sshd on this host");
  }
  if (!*gathered) {
    return base::Fail("sshd does not like its configuration: " + gathered->error().message);
  }
  return std::move(**gathered);
}

// --- enable

struct Enabling {
  const CommonOptions& common;
  const EnableOptions& options;
  std::ostream& say;  // for people: standard error where --json has the output
  Family family;
  config::Config config;
  Places places;
  seconds confirm_within{0};
  Plan plan;
  std::vector<Check> checks;

  [[nodiscard]] std::string rescue_group() const {
    return options.rescue_group == "none" ? "" : options.rescue_group;
  }
  [[nodiscard]] PamChange pam_change() const {
    return {.service = family.name,
            .rescue_group = rescue_group(),
            .fallback = options.fallback,
            .refuse_others = options.others == "refuse",
            .socket = ModuleSocket(config)};
  }
};

Result<void> MakePlan(Enabling& enabling) {
  const auto within = config::ParseDuration(enabling.options.confirm_within);
  if (!within || *within < kLeastConfirm || *within > kMostConfirm) {
    return base::Fail("--confirm-within is a duration from \"10s\" to \"1h\"");
  }
  enabling.confirm_within = *within;
  if (!enabling.rescue_group().empty() && !IsGroupName(enabling.rescue_group())) {
    return base::Fail("--rescue-group is the name of a group, or none");
  }
  std::optional<SshdWish> sshd;
  if (enabling.family.name == "sshd") {
    CIS2_TRY(doctor::SshdFacts now, AskSshd());
    sshd = {.now = std::move(now.settings), .login_grace = enabling.config.host.sshd_login_grace};
  }
  CIS2_TRY(enabling.plan, PlanEnable(enabling.places, enabling.family, enabling.pam_change(), sshd));
  enabling.checks =
      RunChecks(enabling.common.config, enabling.config, enabling.family.name, enabling.rescue_group());
  return {};
}

// What only the service's own ways make worth a word.
std::vector<std::string> NotesOn(const Enabling& enabling) {
  std::vector<std::string> notes = enabling.plan.notes;
  const std::string& service = enabling.family.name;
  if (service == "login") {
    notes.emplace_back(
        "auth lines below common-auth, such as pam_group.so, do not count for who signs in with CIS2");
    if (!enabling.options.fallback) {
      notes.emplace_back("without --fallback operators cannot use the console while the provider is away");
    }
  }
  if (service == "sudo" && enabling.options.others == "refuse") {
    notes.emplace_back(
        "a sudo that sudo remembers is refused; put 'Defaults timestamp_timeout=0' into sudoers");
  }
  if (service == "su") {
    notes.emplace_back(
        "su asks for the identity of the account it goes to: root and the rescue group are those");
  }
  if (service == "sshd" && enabling.config.host.sshd_login_grace <= seconds{120}) {
    notes.emplace_back(
        "two minutes are short for a first sign-in; for three put into [host] of broker.toml: "
        "sshd_login_grace = \"180s\" and "
        "login_lifetime = \"170s\", restart the broker, and enable again");
  }
  return notes;
}

void PrintWho(const Enabling& enabling) {
  const std::string group = enabling.rescue_group();
  const bool refuse = enabling.options.others == "refuse";
  enabling.say << "\nHow people get in by " << enabling.family.name << " then:\n"
               << "  root" << (group.empty() ? "" : ", members of " + group) << ": as before\n"
               << "  everybody else: with NHS CIS2"
               << (enabling.options.fallback ? "; as before while broker or provider cannot be reached" : "")
               << "\n";
  if (enabling.family.name == "sshd" || refuse) {
    enabling.say << "  by other means, such as ssh keys: "
                 << (refuse ? "refused, but for the above" : "as before") << "\n";
  }
}

void PrintPlan(const Enabling& enabling) {
  for (const FileChange& change : enabling.plan.changes) {
    enabling.say << UnifiedDiff(change.before, change.after, change.path);
  }
  PrintWho(enabling);
  for (const std::string& note : NotesOn(enabling)) {
    enabling.say << "note: " << note << "\n";
  }
  enabling.say << "\n";
  for (const Check& check : enabling.checks) {
    enabling.say << (check.ok ? "  ok  " : "  NO  ") << check.text << "\n";
  }
}

void PrintPlanJson(const Enabling& enabling, const std::string& state, std::ostream& out) {
  ordered_json files = ordered_json::array();
  for (const FileChange& change : enabling.plan.changes) {
    files.push_back({{"path", change.path}, {"diff", UnifiedDiff(change.before, change.after, change.path)}});
  }
  ordered_json checks = ordered_json::array();
  for (const Check& check : enabling.checks) {
    checks.push_back({{"ok", check.ok}, {"text", check.text}});
  }
  PrintJson(out, ordered_json{{"service", enabling.family.name},
                              {"state", state},
                              {"files", files},
                              {"checks", checks},
                              {"notes", NotesOn(enabling)}});
}

// The line to type, with the options that were given.
std::string CommandLine(const Enabling& enabling, const std::string& more) {
  const EnableOptions& o = enabling.options;
  return "sudo cis2ctl enable " + enabling.family.name +
         (o.rescue_group == EnableOptions{}.rescue_group ? "" : " --rescue-group " + o.rescue_group) +
         (o.others == "allow" ? "" : " --others " + o.others) + (o.fallback ? " --fallback" : "") +
         " --account " + (o.login.account.empty() ? "NAME" : base::ShownName(o.login.account)) +
         (enabling.common.config == kDefaultConfig ? "" : " --config " + enabling.common.config) + more;
}

Result<void> CheckOperator(const Enabling& enabling, const TestLoginAsk& ask) {
  const auto members =
      enabling.rescue_group().empty() ? std::nullopt : RescueMembers(enabling.rescue_group());
  if (members && std::ranges::find(*members, ask.account, &RescueMember::account) != members->end()) {
    return base::Fail(ask.account + " is in " + enabling.rescue_group() +
                      ", so nothing would be proved; name an operator's account: --account NAME");
  }
  return {};
}

// The new lines, tried before they are anywhere.
Result<bool> ProveByTestLogin(const Enabling& enabling) {
  TestLoginOptions options = enabling.options.login;
  options.service = enabling.family.name;
  CIS2_TRY(const TestLoginAsk ask, MakeAsk(options, enabling.config));
  CIS2_CHECK(CheckOperator(enabling, ask));
  std::map<std::string, std::string> files;
  for (const FileChange& change : enabling.plan.changes) {
    const std::filesystem::path path(change.path);
    if (path.parent_path() == enabling.places.pam) {
      files[path.filename()] = change.after;
    }
  }
  enabling.say << "\nNothing is changed yet. First a test login as " << ask.account
               << " with the lines above: sign in in a browser.\n"
               << std::flush;
  CIS2_TRY(const TestLoginEnd end, RunTestLogin(ask, enabling.places.pam, files));
  enabling.say << "\n";
  PrintTestLogin(ask, end, enabling.say);
  return end.allowed;
}

// sshd must like the drop-in, and have nothing before it that says otherwise.
Result<void> LetSshdKnow(const Enabling& enabling) {
  if (enabling.family.name != "sshd") {
    return {};
  }
  CIS2_TRY(const doctor::SshdFacts now, AskSshd());
  for (const doctor::Finding& finding : doctor::JudgeSshdSignIn(enabling.config, now)) {
    if (finding.severity == doctor::Severity::kProblem) {
      return base::Fail(finding.what + ". " + finding.why + " To mend it:\n" +
                        doctor::MendText(finding.mend, "  "));
    }
    enabling.say << "note: " << finding.what << ". " << finding.why << "\n";
  }
  if (const std::string by_hand = ReloadSshd(); !by_hand.empty()) {
    enabling.say << "note: " << by_hand << "\n";
  }
  return {};
}

void TakeBack(const Enabling& enabling, RollBack& roll_back) {
  const auto undone = roll_back.Undo();
  if (!undone) {
    enabling.say << "cis2ctl: NOT taken back: " << undone.error().message
                 << "\n  Do it: sudo cis2ctl disable " << enabling.family.name << " --apply\n";
    return;
  }
  if (enabling.family.name == "sshd") {
    (void)ReloadSshd();
  }
  enabling.say << "Taken back: everything is as it was before.\n";
}

// What becomes of a change that is in place: "confirmed" or "taken back".
std::string AskToConfirm(const Enabling& enabling, RollBack& roll_back) {
  enabling.say << "\n"
               << enabling.family.name << " is switched on, for "
               << config::FormatDuration(enabling.confirm_within)
               << ".\n  Try it in ANOTHER window now, and leave this one open. If it works, type yes here,\n "
                  " or there: sudo "
                  "cis2ctl enable "
               << enabling.family.name
               << " --confirm\n  Otherwise it is taken back by itself, also when this window is "
                  "closed.\nDoes it work? (yes or no) "
               << std::flush;
  switch (WaitForConfirmation(STDIN_FILENO, roll_back.Unconfirmed(), enabling.confirm_within, enabling.say)) {
    case Confirmation::kYes:
      if (roll_back.Confirm()) {
        enabling.say << "It stays. Back again: sudo cis2ctl disable " << enabling.family.name << " --apply\n";
        return "confirmed";
      }
      break;  // the timer was faster
    case Confirmation::kElsewhere:
      break;
    case Confirmation::kTooLate:
      enabling.say << "\nNobody said yes in time.\n";
      [[fallthrough]];
    case Confirmation::kNo:
      TakeBack(enabling, roll_back);
      return "taken back";
  }
  const auto now = PlanDisable(enabling.places, enabling.family);
  const bool stays = now && !now->changes.empty();
  enabling.say << (stays ? "\nConfirmed in another window: it stays.\n" : "\nIt was taken back meanwhile.\n");
  return stays ? "confirmed" : "taken back";
}

// "confirmed", "taken back" or "unchanged". The error: why nothing could be changed.
Result<std::string> Apply(const Enabling& enabling) {
  CIS2_TRY(const bool proved, ProveByTestLogin(enabling));
  if (!proved) {
    enabling.say << "Nothing was changed.\n";
    return std::string("unchanged");
  }
  RollBack roll_back(enabling.places, enabling.family);
  CIS2_CHECK(roll_back.MakeWithWayBack(enabling.plan, enabling.confirm_within));
  if (const auto known = LetSshdKnow(enabling); !known) {
    enabling.say << "cis2ctl: " << known.error().message << "\n";
    TakeBack(enabling, roll_back);
    return std::string("taken back");
  }
  return AskToConfirm(enabling, roll_back);
}

int ConfirmOnly(const Family& family, const CommonOptions& common, const Streams& streams) {
  const Places places;
  RollBack roll_back(places, family);
  if (const auto confirmed = roll_back.Confirm(); !confirmed) {
    return GiveUp(common, streams, kExitNo, confirmed.error().message);
  }
  if (common.json) {
    PrintJson(streams.out, ordered_json{{"service", family.name}, {"state", "confirmed"}});
    return kExitOk;
  }
  streams.out << family.name << " stays switched on. Back again: sudo cis2ctl disable " << family.name
              << " --apply\n";
  return kExitOk;
}

int DryRun(const Enabling& enabling, const Streams& streams) {
  const bool ready = AllOk(enabling.checks);
  if (enabling.common.json) {
    PrintPlanJson(enabling,
                  enabling.plan.changes.empty() ? "enabled"
                  : ready                       ? "ready"
                                                : "not ready",
                  streams.out);
    return ready ? kExitOk : kExitNo;
  }
  PrintPlan(enabling);
  if (enabling.plan.changes.empty()) {
    streams.out << "\n"
                << enabling.family.name << " is enabled like this already. Back again: sudo cis2ctl disable "
                << enabling.family.name << " --apply\n";
  } else if (ready) {
    streams.out << "\nNothing was changed. To do it, with a test login first: "
                << CommandLine(enabling, " --apply") << "\n";
  } else {
    streams.out << "\nNothing was changed. It cannot be done until every line says ok.\n";
  }
  return ready ? kExitOk : kExitNo;
}

int RunEnable(const Enabling& enabling, const Streams& streams) {
  if (!enabling.options.apply || enabling.plan.changes.empty()) {
    return DryRun(enabling, streams);
  }
  PrintPlan(enabling);
  if (!AllOk(enabling.checks)) {
    enabling.say << "\nNothing was changed. It cannot be done until every line says ok.\n";
    if (enabling.common.json) {
      PrintPlanJson(enabling, "not ready", streams.out);
    }
    return kExitNo;
  }
  const auto state = Apply(enabling);
  if (!state) {
    return GiveUp(enabling.common, streams, kExitNo, state.error().message + "\nNothing was changed.");
  }
  if (enabling.common.json) {
    PrintPlanJson(enabling, *state, streams.out);
  }
  return *state == "confirmed" ? kExitOk : kExitNo;
}

// --- disable

// Whether the file is then what it was before enable; nothing where no copy was kept.
std::string HowItIsThen(const RollBack& roll_back, const FileChange& change) {
  const auto copy = ReadIfThere(roll_back.CopyOf(change.path));
  if (change.after.empty()) {
    return "removed";
  }
  if (!copy || copy->empty()) {
    return "without our lines";
  }
  return *copy == change.after
             ? "as it was before enable, byte for byte"
             : "edited since enable: only our lines go; as it was then: " + roll_back.CopyOf(change.path);
}

// What the timer runs, and cis2-roll-back.service: nobody looks on.
int UndoUnlessConfirmed(const Family& family, const std::string& id) {
  const Places places;
  RollBack roll_back(places, family);
  const auto undone = roll_back.UndoUnlessConfirmed(id);
  if (!undone) {
    base::LogError("a change that nobody confirmed could not be taken back",
                   {{"SERVICE", family.name}, {"ERROR", undone.error().message}});
    return kExitNo;
  }
  if (undone->empty()) {
    return kExitOk;
  }
  if (family.name == "sshd" && id != RollBack::kWhichever) {  // else the machine starts, and sshd has not yet
    (void)ReloadSshd();
  }
  base::LogWarning("a change that nobody confirmed was taken back", {{"SERVICE", family.name}});
  return kExitOk;
}

void PrintDisablePlan(const Plan& plan, const RollBack& roll_back, std::ostream& out) {
  for (const FileChange& change : plan.changes) {
    out << UnifiedDiff(change.before, change.after, change.path);
  }
  out << "\n";
  for (const FileChange& change : plan.changes) {
    out << change.path << ": " << HowItIsThen(roll_back, change) << "\n";
  }
}

ordered_json DisableJson(const Family& family, const Plan& plan, const RollBack& roll_back, bool applied) {
  ordered_json files = ordered_json::array();
  for (const FileChange& change : plan.changes) {
    files.push_back({{"path", change.path},
                     {"diff", UnifiedDiff(change.before, change.after, change.path)},
                     {"then", HowItIsThen(roll_back, change)}});
  }
  return {{"service", family.name}, {"state", applied ? "disabled" : "unchanged"}, {"files", files}};
}

Result<void> ApplyDisable(const Family& family, RollBack& roll_back, const Streams& streams) {
  CIS2_TRY(const auto paths, roll_back.Undo());
  if (family.name == "sshd" && !paths.empty()) {
    if (const std::string by_hand = ReloadSshd(); !by_hand.empty()) {
      streams.err << "note: " << by_hand << "\n";
    }
  }
  return {};
}

Result<int> RunDisable(const CommonOptions& common, const DisableOptions& options, const Family& family,
                       const Streams& streams) {
  const Places places;
  RollBack roll_back(places, family);
  CIS2_TRY(const Plan plan, PlanDisable(places, family));
  if (common.json) {
    const ordered_json json = DisableJson(family, plan, roll_back, options.apply);
    if (options.apply) {
      CIS2_CHECK(ApplyDisable(family, roll_back, streams));
    }
    PrintJson(streams.out, json);
    return kExitOk;
  }
  if (plan.changes.empty()) {
    streams.out << family.name << " is not enabled by cis2ctl: there is nothing to take out.\n";
    return kExitOk;
  }
  PrintDisablePlan(plan, roll_back, streams.out);
  if (!options.apply) {
    streams.out << "\nNothing was changed. To do it: sudo cis2ctl disable " << family.name << " --apply\n";
    return kExitOk;
  }
  CIS2_CHECK(ApplyDisable(family, roll_back, streams));
  streams.out << "\n" << family.name << " is switched off: everybody gets in as before.\n";
  return kExitOk;
}

}  // namespace

int Enable(const CommonOptions& common, const EnableOptions& options, const Streams& streams) {
  const auto family = FamilyOf(options.login.service);
  if (!family) {
    return GiveUp(common, streams, kExitUsage, UnknownService(options.login.service));
  }
  if (options.confirm) {
    return ConfirmOnly(*family, common, streams);
  }
  auto config = LoadConfig(common, streams);
  if (!config) {
    return config.error();
  }
  Enabling enabling{.common = common,
                    .options = options,
                    .say = common.json ? streams.err : streams.out,
                    .family = *family,
                    .config = *std::move(config),
                    .places = {},
                    .plan = {},
                    .checks = {}};
  if (const auto planned = MakePlan(enabling); !planned) {
    return GiveUp(common, streams, kExitUsage, planned.error().message);
  }
  return RunEnable(enabling, streams);
}

int Disable(const CommonOptions& common, const DisableOptions& options, const Streams& streams) {
  const auto family = FamilyOf(options.service);
  if (!family) {
    return GiveUp(common, streams, kExitUsage, UnknownService(options.service));
  }
  if (!options.unless_confirmed.empty()) {
    return UndoUnlessConfirmed(*family, options.unless_confirmed);
  }
  const auto status = RunDisable(common, options, *family, streams);
  if (!status) {
    return GiveUp(common, streams, kExitNo, status.error().message);
  }
  return *status;
}

}  // namespace cis2::ctl
