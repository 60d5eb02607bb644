#include "broker/ctl/doctor/check_pam.h"

#include "broker/base/documents.h"
#include "broker/base/text.h"
#include "pam_module/options.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string_view>

namespace cis2::ctl::doctor {
namespace {

using Rules = std::vector<PamRule>;

constexpr const char* kMakeGroup = "groupadd --system --force cis2-rescue";
constexpr const char* kFallback = "[success=done authinfo_unavail=ignore default=die]";
// What the module answers to a login that was refused or could not be judged (pam_module/outcome.h), besides
// authinfo_unavail.
constexpr std::array<std::string_view, 7> kRefusals = {"maxtries", "auth_err", "perm_denied", "service_err",
                                                       "abort",    "conv_err", "buf_err"};
constexpr std::array<std::string_view, 5> kPasswordModules = {"pam_unix.so", "pam_sss.so", "pam_krb5.so",
                                                              "pam_ldap.so", "pam_winbind.so"};
constexpr std::array<std::string_view, 3> kLockingModules = {"pam_faillock.so", "pam_tally2.so",
                                                             "pam_tally.so"};
// They ask for nothing: they say who somebody is, or which account it is about.
constexpr std::array<std::string_view, 5> kTellingModules = {
    "pam_succeed_if.so", "pam_localuser.so", "pam_rootok.so", "pam_listfile.so", "pam_wheel.so"};

template <class List>
bool Has(const List& list, std::string_view word) {
  return std::ranges::find(list, word) != std::ranges::end(list);
}

bool IsOurs(const PamRule& rule) { return rule.module_name() == kModule; }

std::string Place(const PamPlace& place) { return place.file + ", line " + std::to_string(place.number); }

std::string RuleText(const std::string& type, const std::string& control, const PamRule& rule) {
  std::string text = type + "\t" + control + "\t" + rule.module;
  for (const std::string& argument : rule.arguments) {
    text += " " + (argument.find(' ') == std::string::npos ? argument : "[" + argument + "]");
  }
  return text;
}

Mend CommentOut(const PamPlace& place) { return Replace(place.file, place.number, "#" + place.text); }

bool FallsBack(const PamRule& rule) { return PamAction(rule.control, "authinfo_unavail") == "ignore"; }

// The index of the module's rule; rules.size() without one.
std::size_t OurIndex(const Rules& rules) {
  return static_cast<std::size_t>(std::ranges::find_if(rules, IsOurs) - rules.begin());
}

bool AsksForPasswordFrom(const Rules& rules, std::size_t from) {
  return std::any_of(rules.begin() + static_cast<std::ptrdiff_t>(from), rules.end(),
                     [](const PamRule& rule) { return Has(kPasswordModules, rule.module_name()); });
}

// Programs that run as root, where pam_rootok.so says yes to everybody.
constexpr std::array<std::string_view, 4> kRunAsRoot = {"sshd", "login", "sudo", "sudo-i"};

// Whether a rule before the module lets people in past it when it succeeds. Who is only told apart, and then
// asked for a password, is not let in; root may become somebody else (su).
bool LetsPast(const Rules& rules, std::size_t at, std::size_t ours, std::string_view service) {
  const std::size_t next = NextAfterSuccess(rules, at);
  if (next <= ours) {
    return false;
  }
  const std::string_view module = rules[at].module_name();
  if (module == "pam_rootok.so") {
    return Has(kRunAsRoot, service);
  }
  const bool ends = PamAction(rules[at].control, "success") == "done";
  return !Has(kTellingModules, module) || ends || (next < rules.size() && !AsksForPasswordFrom(rules, next));
}

// The module's line with a jump over it: members of the rescue group go on to a password.
Mend RescueLines(const Rules& rules, std::size_t ours) {
  const PamRule& rule = rules[ours];
  std::string lines = "auth\t[success=1 default=ignore]\tpam_succeed_if.so quiet user ingroup cis2-rescue\n" +
                      RuleText("auth", FallsBack(rule) ? kFallback : "[success=done default=die]", rule);
  if (!AsksForPasswordFrom(rules, ours + 1)) {
    lines += "\n@include common-auth";
  }
  return Replace(rule.place.file, rule.place.number, std::move(lines), kMakeGroup);
}

// Some accounts are led past the module, to a password.
bool HasRescueJump(const Rules& rules, std::size_t ours) {
  for (std::size_t i = 0; i < ours; ++i) {
    const std::size_t next = NextAfterSuccess(rules, i);
    const bool ends = PamAction(rules[i].control, "success") == "done";
    if (Has(kTellingModules, rules[i].module_name()) && next > ours && !ends &&
        AsksForPasswordFrom(rules, next)) {
      return true;
    }
  }
  return false;
}

class Service {
 public:
  Service(const Tree& tree, std::string name, std::string socket)
      : name_(std::move(name)),
        socket_(std::move(socket)),
        auth_(ReadPamStack(tree, name_, "auth")),
        account_(ReadPamStack(tree, name_, "account")),
        ours_(OurIndex(auth_.rules)) {}

  Findings Judge() {
    if (!auth_.faults.empty() && auth_.faults.front().place.number == 0) {
      return {Problem("pam.service_unused", "there is no PAM service " + base::Printable(name_),
                      "libpam takes /etc/pam.d/other for it, which asks nobody to sign in with CIS2.",
                      Elsewhere("the services are the files of /etc/pam.d"))};
    }
    CheckFaults();
    if (ours_ == auth_.rules.size()) {
      CheckUnused();
      CheckArguments(account_.rules, "account");
      return std::move(findings_);
    }
    CheckControl();
    CheckBefore();
    CheckSecondPassword();
    CheckEmptyPasswords();
    CheckRescue();
    CheckAccount();
    CheckArguments(auth_.rules, "auth");
    CheckArguments(account_.rules, "account");
    return std::move(findings_);
  }

 private:
  void Add(Finding finding) { findings_.push_back(std::move(finding)); }
  [[nodiscard]] const PamRule& Ours() const { return auth_.rules[ours_]; }
  [[nodiscard]] Mend OurLine(const std::string& control) const {
    return Replace(Ours().place.file, Ours().place.number, RuleText("auth", control, Ours()));
  }

  void CheckFaults() {
    for (const PamStack* stack : {&auth_, &account_}) {
      for (const PamFault& fault : stack->faults) {
        Add(Problem("pam.broken", Place(fault.place) + ": " + base::Printable(fault.what, 200),
                    "libpam refuses every login by " + name_ + " then.", CommentOut(fault.place)));
      }
    }
  }

  // It was asked for by name, or has the module in its account phase alone.
  void CheckUnused() {
    if (OurIndex(account_.rules) != account_.rules.size() || auth_.rules.empty()) {
      return;
    }
    const PamPlace& first = auth_.rules.front().top;
    const auto shared = std::ranges::find_if(auth_.rules, [](const PamRule& rule) {
      return rule.top.text.find("common-auth") != std::string::npos;
    });
    const std::string line = "auth\trequisite\t" + std::string(kModule);
    Add(Problem("pam.service_unused", "the PAM service " + name_ + " does not use pam_cis2.so",
                "Logins by it ask nobody to sign in with CIS2.",
                shared == auth_.rules.end() ? InsertAbove(first.file, first.number, line)
                                            : Replace(shared->top.file, shared->top.number, line)));
  }

  // A refusal must end the login: what stands below must not be able to turn it into a yes.
  void CheckControl() {
    const std::string& control = Ours().control;
    const std::string right = FallsBack(Ours()) && control.starts_with('[') ? kFallback : "requisite";
    if (control == "sufficient") {
      Add(Problem("pam.sufficient", Place(Ours().place) + ": pam_cis2.so is \"sufficient\" for " + name_,
                  "When the broker refuses, PAM goes on to the next line, so a local password lets in whom "
                  "CIS2 did not.",
                  OurLine("requisite")));
      return;
    }
    const auto ends = [&](std::string_view value) { return PamAction(control, value) == "die"; };
    const std::string away = PamAction(control, "authinfo_unavail");
    const bool closed = away == "die" || away == "bad" || away == "ignore";
    if (closed && std::ranges::all_of(kRefusals, ends)) {
      return;
    }
    const auto refuses = [&](std::string_view value) {
      return ends(value) || PamAction(control, value) == "bad";
    };
    if (closed && std::ranges::all_of(kRefusals, refuses)) {
      Add(Advice("pam.required", Place(Ours().place) + ": a refusal does not end the login at once",
                 "The lines below still ask for a password, in vain.", OurLine(right)));
      return;
    }
    Add(Problem("pam.control",
                Place(Ours().place) + ": the control \"" + base::Printable(control, 120) +
                    "\" lets a refusal pass for " + name_,
                "PAM goes on to the next line when the broker refuses, so something else can let people in.",
                OurLine(right)));
  }

  void CheckBefore() {
    for (std::size_t i = 0; i < ours_; ++i) {
      const PamRule& rule = auth_.rules[i];
      if (Has(kLockingModules, rule.module_name())) {
        Add(Advice("pam.lockout",
                   Place(rule.place) + ": " + std::string(rule.module_name()) + " stands before pam_cis2.so",
                   "A sign-in that somebody gives up counts as a failure, and after a few the account is "
                   "locked; strangers can lock it so.",
                   CommentOut(rule.top)));
      } else if (LetsPast(auth_.rules, i, ours_, name_)) {
        Add(Problem("pam.way_around",
                    Place(rule.place) + ": " + base::Printable(std::string(rule.module_name())) +
                        " lets people in by " + name_ + " before CIS2 is asked",
                    "Whoever it accepts never signs in.", CommentOut(rule.top)));
      }
    }
  }

  void CheckSecondPassword() {
    const std::size_t next = NextAfterSuccess(auth_.rules, ours_);
    const auto asks = std::find_if(auth_.rules.begin() + static_cast<std::ptrdiff_t>(next), auth_.rules.end(),
                                   [](const PamRule& r) { return Has(kPasswordModules, r.module_name()); });
    if (asks == auth_.rules.end()) {
      return;
    }
    Add(Advice("pam.second_password",
               Place(Ours().place) + ": after the sign-in " + std::string(asks->module_name()) +
                   " asks for a password as well",
               "It comes from " + Place(asks->top) + ". Leave it so only if you want both.",
               FallsBack(Ours()) ? OurLine(kFallback) : CommentOut(asks->top)));
  }

  void CheckEmptyPasswords() {
    for (const PamRule& rule : auth_.rules) {
      const auto lax = std::ranges::find_if(
          rule.arguments, [](const std::string& a) { return a == "nullok" || a == "nullok_secure"; });
      if (rule.module_name() != "pam_unix.so" || lax == rule.arguments.end()) {
        continue;
      }
      PamRule strict = rule;
      std::erase(strict.arguments, *lax);
      Add(Advice("pam.nullok", Place(rule.place) + ": pam_unix.so takes an empty password (" + *lax + ")",
                 "An account without a password gets in by " + name_ +
                     " without being asked anything, wherever this line is reached.",
                 Replace(rule.place.file, rule.place.number, RuleText("auth", rule.control, strict))));
      return;
    }
  }

  void CheckRescue() {
    const bool falls_back = FallsBack(Ours()) && AsksForPasswordFrom(auth_.rules, ours_ + 1);
    if (falls_back || HasRescueJump(auth_.rules, ours_)) {
      return;
    }
    Add(Advice("pam.no_rescue", "nobody gets in by " + name_ + " while the broker or CIS2 is away",
               "There is neither a fallback nor an account that is left out by a jump before pam_cis2.so "
               "(pam_succeed_if, pam_localuser).",
               RescueLines(auth_.rules, ours_)));
  }

  void CheckAccount() {
    const std::size_t at = OurIndex(account_.rules);
    if (at == account_.rules.size()) {
      if (name_ == "sshd" && !account_.rules.empty()) {
        const PamRule& first = account_.rules.front();
        PamRule line = Ours();
        Add(Advice("pam.account_missing", "/etc/pam.d/sshd has no account line of pam_cis2.so",
                   "The broker cannot confirm that the login it allowed is the one that goes on.",
                   InsertAbove(first.top.file, first.top.number, RuleText("account", "required", line))));
      }
      return;
    }
    const std::string& control = account_.rules[at].control;
    const std::string refused = PamAction(control, "perm_denied");
    if ((refused != "bad" && refused != "die") || PamAction(control, "success") != "ok") {
      const PamPlace& place = account_.rules[at].place;
      Add(Problem(
          "pam.account_control",
          Place(place) + ": the account line of pam_cis2.so is \"" + base::Printable(control, 120) + "\"",
          "Either a refusal there does not count, or the checks below (locked and expired accounts) "
          "are left out.",
          Replace(place.file, place.number, RuleText("account", "required", account_.rules[at]))));
    }
  }

  void CheckArguments(const Rules& rules, const std::string& type) {
    for (const PamRule& rule : rules) {
      if (IsOurs(rule)) {
        CheckRuleArguments(rule, type);
      }
    }
  }

  void CheckRuleArguments(const PamRule& rule, const std::string& type) {
    std::vector<const char*> arguments;
    std::ranges::transform(rule.arguments, std::back_inserter(arguments), &std::string::c_str);
    pam_module::Options options;
    PamRule right = rule;
    if (const auto bad = pam_module::ParseOptions(arguments, options)) {
      right.arguments.erase(right.arguments.begin() +
                            (std::ranges::find(arguments, bad->argument) - arguments.begin()));
      Add(Problem("pam.argument",
                  Place(rule.place) + ": " + base::Printable(bad->argument) + ": " + bad->problem,
                  "The module refuses every login by " + name_ + " until its line is right.",
                  Replace(rule.place.file, rule.place.number, RuleText(type, rule.control, right))));
      return;
    }
    if (options.socket != socket_) {
      std::erase_if(right.arguments, [](const std::string& a) { return a.starts_with("socket="); });
      if (socket_ != pam_module::kDefaultSocket) {
        right.arguments.insert(right.arguments.begin(), "socket=" + socket_);
      }
      Add(Problem("pam.socket",
                  Place(rule.place) + ": the module asks at " + base::Printable(options.socket, 120) +
                      ", the broker listens at " + base::Printable(socket_, 120),
                  "The module does not find the broker, so nobody can sign in by " + name_ + ".",
                  Replace(rule.place.file, rule.place.number, RuleText(type, rule.control, right))));
    }
  }

  const std::string name_, socket_;
  const PamStack auth_, account_;
  const std::size_t ours_;
  Findings findings_;
};

}  // namespace

bool UsesModule(const Tree& tree, const std::string& service, std::string_view type) {
  return std::ranges::any_of(ReadPamStack(tree, service, type).rules, IsOurs);
}

std::vector<std::string> ServicesOfOurs(const Tree& tree) {
  std::vector<std::string> services = PamServices(tree);
  std::erase_if(services, [&](const std::string& service) {
    return service == "cis2-auth" ||
           (!UsesModule(tree, service, "auth") && !UsesModule(tree, service, "account"));
  });
  return services;
}

bool HasOtherWay(const Tree& tree, const std::string& service) {
  const PamStack auth = ReadPamStack(tree, service, "auth");
  const std::size_t ours = OurIndex(auth.rules);
  if (auth.rules.empty()) {
    return false;  // there is no such service
  }
  return ours == auth.rules.size() || HasRescueJump(auth.rules, ours) ||
         (FallsBack(auth.rules[ours]) && AsksForPasswordFrom(auth.rules, ours + 1));
}

namespace {

// The console first: it needs no network.
Mend WayBack(const Tree& tree) {
  for (const char* service : {"login", "sshd"}) {
    const Rules rules = ReadPamStack(tree, service, "auth").rules;
    if (const std::size_t ours = OurIndex(rules); ours != rules.size()) {
      return RescueLines(rules, ours);
    }
  }
  return Elsewhere("see to it that somebody gets in at the console: " CIS2_DOCUMENTS "lock-out.md");
}

}  // namespace

std::vector<RescueGroup> RescueGroups(const Tree& tree) {
  std::vector<RescueGroup> groups;
  for (const std::string& service : ServicesOfOurs(tree)) {
    const Rules rules = ReadPamStack(tree, service, "auth").rules;
    for (std::size_t i = 0; i < OurIndex(rules); ++i) {
      const auto& words = rules[i].arguments;
      const auto ingroup = std::ranges::find(words, "ingroup");
      if (rules[i].module_name() == "pam_succeed_if.so" && ingroup != words.end() &&
          std::next(ingroup) != words.end() && NextAfterSuccess(rules, i) > OurIndex(rules)) {
        const auto known = std::ranges::find(groups, *std::next(ingroup), &RescueGroup::name);
        if (known == groups.end()) {
          groups.push_back({.name = *std::next(ingroup), .services = {service}});
        } else if (known->services.back() != service) {
          known->services.push_back(service);
        }
      }
    }
  }
  return groups;
}

Findings JudgeRescueGroup(const RescueGroup& group, const std::optional<std::vector<RescueMember>>& members) {
  const auto fault = FindRescueFault(group.name, members);
  if (!fault) {
    return {};
  }
  return {Advice("rescue.group", fault->what,
                 "It is to keep the old way in by " + Joined(group.services) +
                     " while broker or CIS2 is away, and nobody gets in by that.",
                 fault->needs_name ? Elsewhere("choose a NAME: " + fault->mend) : Command(fault->mend))};
}

WaysIn FindWaysIn(const Tree& tree, bool takes_keys) {
  const PamStack account = ReadPamStack(tree, "sshd", "account");
  const bool refused = std::ranges::any_of(account.rules, [](const PamRule& rule) {
    return IsOurs(rule) && Has(rule.arguments, "others=refuse");
  });
  return {.keys = takes_keys && !refused,
          .ssh = HasOtherWay(tree, "sshd"),
          .console = HasOtherWay(tree, "login"),
          .mend = WayBack(tree)};
}

Findings JudgeWaysIn(const WaysIn& ways) {
  if (ways.keys || ways.ssh || ways.console) {
    return {};
  }
  return {Advice("rescue.none", "without CIS2 nobody gets into this host, neither by ssh nor at the console",
                 "When the broker, CIS2 or the network is gone, nobody can repair it.", ways.mend)};
}

Findings JudgePamService(const Tree& tree, const std::string& service, const std::string& socket) {
  return Service(tree, service, socket).Judge();
}

Findings JudgePamHost(const Tree& tree, bool module_installed) {
  Findings findings;
  for (const std::string& name : tree.Names("/etc/pam.d")) {
    if (!name.starts_with("common-") && name != "other") {
      continue;
    }
    for (const char* type : {"auth", "account", "session", "password"}) {
      for (const PamRule& rule : ReadPamStack(tree, name, type).rules) {
        if (IsOurs(rule) && rule.place.file == "/etc/pam.d/" + name) {
          findings.push_back(Problem(
              "pam.common_stack",
              Place(rule.place) + ": pam_cis2.so stands in a stack that all services share",
              "cron, polkit and screen lockers use it too, which can show nobody a link; they stop working.",
              CommentOut(rule.place)));
        }
      }
    }
  }
  const std::vector<std::string> services = ServicesOfOurs(tree);
  if (services.empty()) {
    findings.push_back(Advice("pam.not_used", "no PAM service uses pam_cis2.so",
                              "Nobody is asked to sign in with CIS2 yet.", Command("cis2ctl enable sshd")));
  } else if (!module_installed) {
    findings.push_back(Problem(
        "pam.module_missing",
        "pam_cis2.so is not where libpam looks for modules, and " + services.front() + " uses it",
        "Nobody can log in by a service that names it.", Command("apt-get install --reinstall libpam-cis2")));
  }
  return findings;
}

}  // namespace cis2::ctl::doctor
