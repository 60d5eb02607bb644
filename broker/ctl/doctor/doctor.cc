#include "broker/ctl/doctor/doctor.h"

#include "broker/base/text.h"
#include "broker/config/check.h"
#include "broker/config/load.h"
#include "broker/ctl/doctor/check_pam.h"
#include "broker/ctl/doctor/gather.h"
#include "broker/ctl/doctor/report.h"
#include "broker/ctl/doctor/rescue_drill.h"
#include "broker/ctl/failure.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <tuple>
#include <unistd.h>

namespace cis2::ctl::doctor {
namespace {

using config::Config;

// Which file of the configuration a problem is about decides which check tells it.
struct FileProblems {
  std::vector<config::Problem> others;
  std::vector<std::string> pages;
};

FileProblems SortFileProblems(const Config& config) {
  FileProblems sorted;
  for (const config::Problem& problem : config::CheckFiles(config)) {
    if (problem.key.starts_with("web.")) {
      sorted.pages.push_back(problem.message);
    } else if (problem.key != "provider.client_key" && problem.key != "provider.client_secret_file") {
      sorted.others.push_back(problem);  // the client's key has a check of its own
    }
  }
  return sorted;
}

class Examination {
 public:
  Examination(Config config, const DoctorOptions& options, Report& report)
      : c_(std::move(config)), options_(options), report_(report), files_(SortFileProblems(c_)) {}

  void Run() {
    CheckConfiguration();
    CheckConfinement();
    CheckBroker();
    CheckProvider();
    CheckKey();
    CheckCodes();
    CheckPages();
    CheckSshd();
    CheckPam();
    CheckLocal();
    CheckWaysIn();
    CheckDrill();
  }

 private:
  void Add(const std::string& name, Findings findings, std::string note, std::string compare = {}) {
    report_.Add({.name = name,
                 .findings = std::move(findings),
                 .note = std::move(note),
                 .compare = std::move(compare),
                 .skipped = {},
                 .unknown = {}});
  }
  void Skip(const std::string& name, std::string why) {
    report_.Add(
        {.name = name, .findings = {}, .note = {}, .compare = {}, .skipped = std::move(why), .unknown = {}});
  }

  void CheckConfiguration() {
    std::vector<config::Problem> problems = config::CheckRules(c_);
    std::ranges::copy(files_.others, std::back_inserter(problems));
    Add("configuration", JudgeConfiguration(problems, config::Advice(c_), MissingUsers(c_.host)),
        std::to_string(c_.grants.size()) + " grants");
  }

  void CheckConfinement() {
    const auto refused = GatherRefused(tree_, c_);
    if (!refused) {
      Skip("confinement", "no AppArmor profile of the broker is enforced here");
      return;
    }
    Add("confinement", JudgeConfinement(*refused), "AppArmor lets the broker at its files");
  }

  void CheckBroker() {
    const BrokerFacts facts = GatherBroker(c_);
    const auto pending = facts.status ? base::IntegerMember(*facts.status, "pending") : std::nullopt;
    Add("broker", JudgeBroker(c_, facts),
        "version " + facts.version + ", " + std::to_string(pending.value_or(0)) + " logins pending");
  }

  void CheckProvider() {
    if (c_.provider.issuer.empty()) {
      Skip("provider", "[provider] issuer is not set");
      return;
    }
    const ProviderLook look = GatherProvider(c_);
    const TlsFacts& tls = look.facts.tls;
    Add("provider", JudgeProvider(c_, look.facts),
        (tls.protocol.empty() ? "" : tls.protocol + " " + tls.cipher + ", ") + "the issuer is the same, " +
            std::to_string(look.keys) + " usable keys");
    Add("clock", JudgeClock(c_, look.clock),
        look.clock.behind ? std::to_string(std::abs(*look.clock.behind)) + " s from the provider's"
                          : "the provider gave no date");
  }

  void CheckKey() {
    const std::vector<std::string> ids = KeyIds(c_.provider);
    Add("client key", JudgeKey(c_, GatherKey(c_.provider)), ids.empty() ? "a secret" : "it signs",
        ids.empty() ? ""
                    : "the provider must have: key id " + Joined(ids) + " (cis2ctl jwks prints the keys)");
  }

  void CheckCodes() {
    if (c_.break_glass.file.empty()) {
      Skip("codes", "[break_glass] file is empty: no codes are taken");
      return;
    }
    const CodesFacts facts = GatherCodes(c_);
    const auto ready = std::ranges::count_if(facts.ledger, [&](const breakglass::Entry& entry) {
      return breakglass::StateOf(entry, facts.now) == breakglass::State::kReady;
    });
    Add("codes", JudgeCodes(c_, facts), std::to_string(ready) + " emergency codes are good");
  }

  void CheckPages() {
    if (c_.web.public_url.empty()) {
      Skip("pages", "[web] public_url is not set");
      return;
    }
    Add("pages", JudgePages(c_, GatherPages(c_, files_.pages)), "served at " + c_.web.public_url,
        "the provider must have: redirect URI " + RedirectUri(c_.web));
  }

  void CheckSshd() {
    auto gathered =
        GatherSshd(tree_, options_.sshd_config, {.account = options_.account, .address = options_.address});
    if (!gathered) {
      Skip("sshd", "there is no sshd on this host");
      return;
    }
    if (!*gathered) {
      Add("sshd",
          {Problem("sshd.broken", "sshd cannot read its configuration: " + gathered->error().message,
                   "It does not start with it, and keeps its old one as long as it runs.",
                   Elsewhere("mend what sshd -t names"))},
          "");
      return;
    }
    SshdFacts& facts = **gathered;
    takes_keys_ = facts.settings["pubkeyauthentication"] == "yes";
    Add("sshd", JudgeSshd(c_, facts),
        "LoginGraceTime " + facts.settings["logingracetime"] + ", MaxStartups " +
            facts.settings["maxstartups"] +
            (facts.loaded ? "" : "; whether it was reloaded since is not known"));
  }

  void CheckPam() {
    Add("PAM", JudgePamHost(tree_, IsModuleInstalled()), Joined(ServicesOfOurs(tree_)));
    for (const std::string& service : Services()) {
      Add("PAM " + service, JudgePamService(tree_, service, c_.host.socket), "a refusal ends the login");
    }
  }

  // The clocks of the programs at the console.
  void CheckLocal() {
    if (UsesModule(tree_, "login", "auth")) {
      Add("console", JudgeConsole(c_, tree_.Read("/etc/login.defs").value_or("")),
          "login(1) waits long enough");
    } else {
      Skip("console", "login does not use the module");
    }
    const auto sudo = GatherSudo();
    if (!sudo || (!UsesModule(tree_, "sudo", "auth") && !UsesModule(tree_, "sudo-i", "auth"))) {
      Skip("sudo", sudo ? "sudo does not use the module" : "there is no sudo on this host");
      return;
    }
    Add("sudo", JudgeSudo(c_, ParseSudoDefaults(*sudo)), "waits long enough, and asks each time");
  }

  void CheckWaysIn() {
    const WaysIn ways = FindWaysIn(tree_, takes_keys_);
    std::vector<std::string> names;
    for (const auto& [open, name] :
         {std::pair{ways.keys, "ssh keys"}, std::pair{ways.ssh, "ssh past the module"},
          std::pair{ways.console, "the console"}}) {
      if (open) {
        names.emplace_back(name);
      }
    }
    Findings findings = JudgeWaysIn(ways);
    for (const RescueGroup& group : RescueGroups(tree_)) {
      std::ranges::copy(JudgeRescueGroup(group, RescueMembers(group.name)), std::back_inserter(findings));
    }
    Add("other ways in", std::move(findings), Joined(names));
  }

  // Root is let through by su, so that there is nothing to see there.
  void CheckDrill() {
    Findings findings;
    std::vector<std::string> tried;
    for (const RescueGroup& group : RescueGroups(tree_)) {
      const auto members = RescueMembers(group.name).value_or(std::vector<RescueMember>());
      const auto member = std::ranges::find_if(members, &RescueMember::has_password);
      for (const std::string& service : group.services) {
        if (member == members.end() || service == "su" || service == "su-l") {
          continue;
        }
        std::ranges::copy(JudgeDrill(service, group.name, member->account, Drill(service, member->account)),
                          std::back_inserter(findings));
        tried.push_back(service + " for " + base::ShownName(member->account));
      }
    }
    if (tried.empty()) {
      Skip("rescue drill", "no member of a group gets past the module by a password");
      return;
    }
    Add("rescue drill", std::move(findings), Joined(tried) + ": a password is asked for");
  }

  [[nodiscard]] std::vector<std::string> Services() const {
    return options_.services.empty() ? ServicesOfOurs(tree_) : options_.services;
  }

  const Config c_;
  const DoctorOptions& options_;
  Report& report_;
  const FileProblems files_;
  const Tree tree_;
  bool takes_keys_ = false;
};

}  // namespace

int Doctor(const CommonOptions& common, const DoctorOptions& options, const Streams& streams) {
  if (::geteuid() != 0) {
    return GiveUp(common, streams, kExitUsage,
                  "doctor reads keys, sockets and settings that are for root alone; use sudo");
  }
  if (const std::string unreadable = WhyUnreadable(common.config); !unreadable.empty()) {
    return GiveUp(common, streams, kExitUsage, unreadable);
  }
  std::ignore = std::signal(SIGPIPE, SIG_IGN);  // of the provider or a browser's port that hangs up
  Report report(streams.out, common.json);
  auto config = config::LoadFile(common.config);
  if (config) {
    Examination(*std::move(config), options, report).Run();
  } else {
    report.Add({.name = "configuration",
                .findings = JudgeConfiguration(config.error(), {}, {}),
                .note = {},
                .compare = {},
                .skipped = {},
                .unknown = {}});
    report.Add({.name = "all others",
                .findings = {},
                .note = {},
                .compare = {},
                .skipped = {},
                .unknown = "they need a configuration that can be read"});
  }
  return report.Finish();
}

}  // namespace cis2::ctl::doctor
