#include "broker/base/text.h"
#include "broker/config/check.h"
#include "broker/config/values.h"

#include <algorithm>

namespace cis2::config {
namespace {

using policy::Grant;

// A login ends this long before sshd's grace time does (design section 3a).
constexpr seconds kGraceMargin{5};

bool Has(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// facts/cis2.md 2.3: which scope brings which claim. Empty if none is missing.
std::string MissingScope(const Grant& grant, const std::vector<std::string>& scopes) {
  if (Has(scopes, "nationalrbacaccess")) {
    return "";
  }
  if (!grant.roles.empty() || !grant.activities.empty()) {
    return "\"nationalrbacaccess\"";
  }
  return grant.orgs.empty() || Has(scopes, "associatedorgs") ? ""
                                                             : "\"nationalrbacaccess\" or \"associatedorgs\"";
}

bool IsRoleCode(std::string_view code) {
  return std::count(code.begin(), code.end(), ':') == 2 && code.starts_with('S');
}

bool OnlyLocal(const Grant& grant) {
  return std::all_of(grant.services.begin(), grant.services.end(), [](const auto& service) {
    const auto family = policy::ServiceFamily(service);
    return family == "sudo" || family == "su" || family == "login";
  });
}

void AdviseOnGrant(const Config& config, const Grant& grant, std::vector<std::string>& advice) {
  const std::string who = "grant \"" + base::Printable(grant.name) + "\" ";
  const bool by_role = !grant.roles.empty() || !grant.orgs.empty() || !grant.activities.empty();
  const bool for_cis2 = config.provider.profile == Profile::kCis2;
  if (const std::string scope = MissingScope(grant, config.provider.scopes); for_cis2 && !scope.empty()) {
    advice.push_back(who + "needs the scope " + scope +
                     " in provider.scopes, and can match nobody without it");
  }
  if (by_role && !config.provider.userinfo) {
    advice.push_back(who +
                     "needs roles or organisations, which come from userinfo; provider.userinfo is false");
  }
  for (const std::string& role : grant.roles) {
    if (for_cis2 && !IsRoleCode(role)) {
      advice.push_back(who + "names the role " + base::Printable(role) +
                       "; role codes of CIS2 have three parts, such as S8001:G8002:R8008");
    }
  }
  if (OnlyLocal(grant) && (grant.require_key || grant.allow_system_account)) {
    advice.push_back(who + "needs a public key" +
                     (grant.allow_system_account ? " (allow_system_account implies it)" : "") +
                     ", which only sshd can accept, and is for none of its services; it can never match");
  }
  if (OnlyLocal(grant) && !grant.client_networks.empty()) {
    advice.push_back(
        who + "has client_networks, but logins by its services come from no client; it can never match");
  }
}

// facts/cis2.md 4: "12-digit NHS unique user id".
bool IsCis2Sub(std::string_view sub) {
  return sub.size() == 12 && sub.find_first_not_of("0123456789") == std::string_view::npos;
}

// Names that are compared exactly, and look as if they were meant otherwise.
void AdviseOnNames(const Config& config, const Grant& grant, std::vector<std::string>& advice) {
  const std::string who = "grant \"" + base::Printable(grant.name) + "\" ";
  for (const std::string& account : grant.accounts) {
    if (account.find_first_of("*?") != std::string::npos) {
      advice.push_back(
          who + "names the account " + base::Printable(account) +
          "; accounts are compared exactly, * and ? stand for nothing else, and it can never match");
    }
  }
  for (const std::string& sub : grant.operators) {
    if (config.provider.profile == Profile::kCis2 && !IsCis2Sub(sub)) {
      advice.push_back(
          who + "names the operator " + base::Printable(sub) +
          "; a sub of CIS2 has 12 digits, such as 656005750104: the audit has that of a sign-in");
    }
  }
}

void AdviseOnLifetimes(const Host& host, std::vector<std::string>& advice) {
  if (host.sshd_login_grace == seconds{0}) {
    return;
  }
  const auto own = host.lifetimes.find("sshd");
  const seconds lifetime = own == host.lifetimes.end() ? host.login_lifetime : own->second;
  if (lifetime > host.sshd_login_grace - kGraceMargin) {
    advice.push_back("logins by sshd get " +
                     FormatDuration(std::max(host.sshd_login_grace - kGraceMargin, seconds{0})) +
                     " and not the " + FormatDuration(lifetime) + " of " +
                     (own == host.lifetimes.end() ? "host.login_lifetime" : "host.lifetimes") +
                     ": sshd_login_grace = \"" + FormatDuration(host.sshd_login_grace) +
                     "\" runs out. Raise LoginGraceTime in sshd_config and sshd_login_grace with it");
  }
}

}  // namespace

std::vector<std::string> Advice(const Config& config) {
  std::vector<std::string> advice;
  if (config.grants.empty()) {
    advice.emplace_back("there is no [[grant]]: nobody can log in");
  }
  for (const Grant& grant : config.grants) {
    AdviseOnGrant(config, grant, advice);
    AdviseOnNames(config, grant, advice);
  }
  AdviseOnLifetimes(config.host, advice);
  if (config.provider.profile == Profile::kCis2 && config.provider.allow_test_provider &&
      config.provider.issuer != kLiveIssuer) {
    advice.emplace_back("provider.issuer is a test provider: whoever can sign in there can log in here");
  }
  if (!config.audit.durable) {
    advice.emplace_back("audit.durable is false: a login can be allowed and its record lost with the power");
  }
  return advice;
}

}  // namespace cis2::config
