#include "broker/base/text.h"
#include "broker/policy/policy.h"

#include <algorithm>
#include <cstdint>

namespace cis2::policy {
namespace {

using reasons::Reason;

constexpr std::uint32_t kFirstOrdinaryUid = 1000;
constexpr std::size_t kListShown = 5;

// One account that must be granted, and everything a grant is judged by.
struct Question {
  const Target& target;
  std::string_view account;
  std::optional<std::uint32_t> uid;
  const identity::Identity& identity;
  std::string_view browser_address;
};

// A condition with what a refusal by it is told. A condition that selects the grant (service, account,
// operator) has no reason of its own: who fails it learns nothing but policy.no_grant.
struct Check {
  Condition condition;
  Reason reason = Reason::kPolicyNoGrant;
  reasons::Args args = {};
};

bool Has(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool HasAny(const std::vector<std::string>& wanted, const std::vector<std::string>& present) {
  return std::any_of(present.begin(), present.end(), [&](const auto& p) { return Has(wanted, p); });
}

std::string Show(std::string_view s) { return s.empty() ? "nothing" : base::Printable(s); }

std::string ShowList(const std::vector<std::string>& list) {
  std::string text;
  for (std::size_t i = 0; i < std::min(list.size(), kListShown); ++i) {
    text += (i == 0 ? "" : ", ") + base::Printable(list[i]);
  }
  return list.size() <= kListShown ? text
                                   : text + " and " + std::to_string(list.size() - kListShown) + " more";
}

Check ListCheck(std::string name, const std::vector<std::string>& list, std::string_view value) {
  const bool met = Has(list, value);
  std::string why =
      Show(value) + (met ? " is listed" : " is not among " + (list.empty() ? "none" : ShowList(list)));
  return {.condition = {std::move(name), met, std::move(why)}};
}

// --- which grants are for this service and account

Check ServiceCheck(const Grant& grant, const Question& q) {
  const auto family = ServiceFamily(q.target.service);
  const bool met = std::any_of(grant.services.begin(), grant.services.end(),
                               [&](const auto& service) { return ServiceFamily(service) == family; });
  return {.condition = {
              "services", met,
              Show(q.target.service) + (met ? " is listed" : " is not among " + ShowList(grant.services))}};
}

Check KnownAccountCheck(const Question& q) {
  return {.condition = {"account", q.uid.has_value(),
                        Show(q.account) +
                            (q.uid ? " has uid " + std::to_string(*q.uid) : " is not known to this host")}};
}

Check CallerCheck(const Grant& grant, const Question& q) {
  const std::string& caller = q.target.ruser;
  if (caller.empty()) {
    return {.condition = {"callers", false, "su did not say who calls it"}};
  }
  if (grant.callers.empty()) {
    return {.condition = {"callers", true, "anybody may call su"}};
  }
  return ListCheck("callers", grant.callers, caller);
}

// --- whether the operator is meant

Check MapCheck(const Grant& grant, const Question& q) {
  if (grant.map == nullptr) {
    return {.condition = {"map", false, "the file could not be read; the log says why"}};
  }
  const bool met = grant.map->Allows(q.account, q.identity.sub);
  std::string why = "the file gives " + Show(q.account);
  why += met ? " to " : " not to ";
  why += Show(q.identity.sub);
  if (!met && !grant.map->HasSub(q.identity.sub)) {
    why += ", who is not in it";
  }
  return {.condition = {"map", met, std::move(why)}};
}

bool EntrySatisfies(const Grant& grant, const identity::Role& role) {
  return (grant.roles.empty() || Has(grant.roles, role.role_code)) &&
         (grant.orgs.empty() || Has(grant.orgs, role.org_code)) &&
         (grant.activities.empty() || HasAny(grant.activities, role.activity_codes));
}

Check RoleCheck(const Grant& grant, const identity::Identity& identity) {
  std::string name;
  for (const auto& [key, list] :
       {std::pair{"roles", &grant.roles}, {"orgs", &grant.orgs}, {"activities", &grant.activities}}) {
    name += list->empty() ? "" : (name.empty() ? "" : ", ") + std::string(key);
  }
  const std::string& selected = identity.selected_roleid;
  for (const identity::Role& role : identity.roles) {
    // A selection binds: another role of the same person is not the one they act in.
    if ((selected.empty() || role.person_roleid == selected) && EntrySatisfies(grant, role)) {
      return {
          .condition = {name, true, "by the role " + Show(role.role_code) + " at " + Show(role.org_code)}};
    }
  }
  if (grant.roles.empty() && grant.activities.empty() && HasAny(grant.orgs, identity.orgs)) {
    return {.condition = {name, true, "by the operator's organisations"}};
  }
  return {.condition = {name, false,
                        selected.empty()
                            ? "none of the operator's " + std::to_string(identity.roles.size()) +
                                  " role entries has all of it"
                            : "the selected role entry " + Show(selected) + " does not have all of it"}};
}

void AddOperatorChecks(const Grant& grant, const Question& q, std::vector<Check>& checks) {
  const bool by_role = !grant.roles.empty() || !grant.orgs.empty() || !grant.activities.empty();
  const bool by_map = !grant.map_file.empty() || grant.map != nullptr;
  if (!grant.operators.empty() || (!by_role && !by_map)) {
    checks.push_back(ListCheck("operators", grant.operators, q.identity.sub));
  }
  if (by_role) {
    checks.push_back(RoleCheck(grant, q.identity));
  }
}

// --- how good the login is

Check SystemAccountCheck(const Grant& grant, const Question& q) {
  const bool system = !q.uid || *q.uid < kFirstOrdinaryUid;
  return {.condition = {"allow_system_account", !system || grant.allow_system_account,
                        !system                      ? "not needed"
                        : !q.uid                     ? "this host does not know the account"
                        : grant.allow_system_account ? "the account is a system account, and allowed"
                                                     : "the account is root or has a uid below 1000"},
          .reason = Reason::kPolicySystemAccount};
}

Check LevelCheck(std::string name, Reason reason, const std::string& suffix, int needed, int have) {
  return {.condition = {std::move(name), have >= needed,
                        "level " + std::to_string(have) + ", needed " + std::to_string(needed)},
          .reason = reason,
          .args = {{"server_" + suffix, std::to_string(needed)}, {"your_" + suffix, std::to_string(have)}}};
}

Check AuthAgeCheck(const Grant& grant, const identity::Identity& identity) {
  return {.condition = {"max_auth_age", identity.auth_age <= grant.max_auth_age,
                        "signed in " + std::to_string(identity.auth_age.count()) + " s before, at most " +
                            std::to_string(grant.max_auth_age.count()) + " s"},
          .reason = Reason::kPolicyAuthTooOld};
}

Check KeyCheck(const Grant& grant, const Question& q) {
  const bool needed = grant.require_key || grant.allow_system_account;
  return {.condition = {"require_key", !needed || q.target.key_accepted,
                        !needed                 ? "not needed"
                        : q.target.key_accepted ? "sshd had accepted a public key"
                                                : "sshd had accepted no public key"},
          .reason = Reason::kPolicyKeyRequired};
}

Check NetworkCheck(std::string name, Reason reason, const std::vector<Network>& networks,
                   std::string_view address) {
  const bool inside =
      std::any_of(networks.begin(), networks.end(), [&](const auto& n) { return n.Contains(address); });
  return {.condition = {std::move(name), networks.empty() || inside,
                        networks.empty() ? "any" : Show(address) + (inside ? " is inside" : " is outside")},
          .reason = reason};
}

std::string_view Show(Proximity proximity) {
  switch (proximity) {
    case Proximity::kNotCompared:
      return "there is no ssh client to compare with";
    case Proximity::kSame:
      return "terminal and browser are in one network";
    case Proximity::kDifferent:
      return "terminal and browser are in different networks";
    case Proximity::kUnknown:
      break;
  }
  return "neither terminal nor browser is in a network of host.networks";
}

// What is not known to be near is refused, not only what is known to be far.
Check SameNetworkCheck(const Grant& grant, const Question& q) {
  const Proximity proximity = Compare(grant.networks, q.target.client_address, q.browser_address);
  const bool near = proximity == Proximity::kSame || proximity == Proximity::kNotCompared;
  return {.condition = {"same_network", !grant.same_network || near,
                        grant.same_network ? std::string(Show(proximity)) : "not needed"},
          .reason = Reason::kPolicyOtherNetwork};
}

// Every condition of `grant`. The only copy of the rules: Decide and Explain both read what this returns.
std::vector<Check> Evaluate(const Grant& grant, const Question& q) {
  std::vector<Check> checks = {ServiceCheck(grant, q)};
  const bool by_map = !grant.map_file.empty() || grant.map != nullptr;
  if (!grant.accounts.empty() || !by_map) {
    checks.push_back(ListCheck("accounts", grant.accounts, q.account));
  }
  if (by_map) {
    checks.push_back(MapCheck(grant, q));
  }
  checks.push_back(KnownAccountCheck(q));
  if (ServiceFamily(q.target.service) == "su") {
    checks.push_back(CallerCheck(grant, q));
  }
  AddOperatorChecks(grant, q, checks);
  checks.push_back(SystemAccountCheck(grant, q));
  checks.push_back(LevelCheck("min_ial", Reason::kIalTooLow, "ial", grant.min_ial, q.identity.ial));
  checks.push_back(LevelCheck("min_aal", Reason::kAalTooLow, "aal", grant.min_aal, q.identity.aal));
  checks.push_back(AuthAgeCheck(grant, q.identity));
  checks.push_back(KeyCheck(grant, q));
  checks.push_back(NetworkCheck("client_networks", Reason::kPolicyClientNetwork, grant.client_networks,
                                q.target.client_address));
  checks.push_back(NetworkCheck("browser_networks", Reason::kPolicyBrowserNetwork, grant.browser_networks,
                                q.browser_address));
  checks.push_back(SameNetworkCheck(grant, q));
  return checks;
}

// The accounts that must be granted, as Target says.
std::vector<Question> Questions(const Target& target, const identity::Identity& identity,
                                std::string_view browser_address) {
  std::vector<Question> questions;
  if (ServiceFamily(target.service) == "sudo" && !target.ruser.empty() && target.ruser != target.account) {
    questions.push_back({target, target.ruser, target.ruser_uid, identity, browser_address});
  }
  questions.push_back({target, target.account, target.uid, identity, browser_address});
  return questions;
}

Decision DecideOne(const std::vector<Grant>& grants, const Question& q) {
  Decision decision;
  decision.refusal.reason = Reason::kPolicyNoGrant;
  std::size_t fewest = SIZE_MAX;
  for (const Grant& grant : grants) {
    const std::vector<Check> checks = Evaluate(grant, q);
    const auto unmet = [](const Check& check) { return !check.condition.met; };
    const auto missed = static_cast<std::size_t>(std::count_if(checks.begin(), checks.end(), unmet));
    if (missed == 0) {
      return {
          .allow = true, .grant = grant.name, .refusal = {.reason = Reason::kNone, .detail = {}, .args = {}}};
    }
    // The selecting conditions come first, so a first miss with a reason of its own means: this grant is
    // for this account and this operator.
    const Check& first = *std::find_if(checks.begin(), checks.end(), unmet);
    if (first.reason != Reason::kPolicyNoGrant && missed < fewest) {
      fewest = missed;
      decision.refusal = {first.reason, "grant " + base::Printable(grant.name) + ": " + first.condition.why,
                          first.args};
    }
  }
  return decision;
}

}  // namespace

std::string_view ServiceFamily(std::string_view service) {
  if (service == "sudo-i") {
    return "sudo";
  }
  return service == "su-l" ? "su" : service;
}

Decision Decide(const std::vector<Grant>& grants, const Target& target, const identity::Identity& identity,
                std::string_view browser_address) {
  std::vector<Decision> decisions;
  for (const Question& question : Questions(target, identity, browser_address)) {
    decisions.push_back(DecideOne(grants, question));
  }
  // A near miss on one account must not be told to somebody whom nothing grants the other.
  for (const Decision& decision : decisions) {
    if (!decision.allow && decision.refusal.reason == Reason::kPolicyNoGrant) {
      return decision;
    }
  }
  for (const Decision& decision : decisions) {
    if (!decision.allow) {
      return decision;
    }
  }
  Decision allowed = decisions.front();
  if (decisions.back().grant != allowed.grant) {
    allowed.grant += ", " + decisions.back().grant;
  }
  return allowed;
}

std::vector<Explanation> Explain(const std::vector<Grant>& grants, const Target& target,
                                 const identity::Identity& identity, std::string_view browser_address) {
  std::vector<Explanation> explanations;
  for (const Question& question : Questions(target, identity, browser_address)) {
    for (const Grant& grant : grants) {
      Explanation explanation{
          .grant = grant.name, .account = std::string(question.account), .matches = true, .conditions = {}};
      for (Check& check : Evaluate(grant, question)) {
        explanation.matches = explanation.matches && check.condition.met;
        explanation.conditions.push_back(std::move(check.condition));
      }
      explanations.push_back(std::move(explanation));
    }
  }
  return explanations;
}

}  // namespace cis2::policy
