#include "broker/base/fd.h"
#include "broker/base/json.h"
#include "broker/base/text.h"
#include "broker/config/check.h"
#include "broker/config/load.h"
#include "broker/config/values.h"
#include "broker/ctl/accounts.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/failure.h"
#include "broker/ctl/print_json.h"
#include "broker/ctl/table.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace cis2::ctl {
namespace {

using base::Json;
using identity::Identity;
using nlohmann::ordered_json;

constexpr std::size_t kMaxIdentityFile = 256UL * 1024;

// --- the identity

// The members of `object` if it has no others than `known`.
bool OnlyHas(const Json& object, std::initializer_list<std::string_view> known) {
  return object.is_object() &&
         std::all_of(object.items().begin(), object.items().end(), [&](const auto& item) {
           return std::find(known.begin(), known.end(), item.key()) != known.end();
         });
}

bool ReadText(const Json& object, std::string_view name, std::string& text) {
  if (base::Member(object, name) == nullptr) {
    return true;
  }
  auto value = base::StringMember(object, name);
  text = value.value_or("");
  return value.has_value();
}

bool ReadNumber(const Json& object, std::string_view name, std::int64_t& number) {
  if (base::Member(object, name) == nullptr) {
    return true;
  }
  const auto value = base::IntegerMember(object, name);
  number = value.value_or(0);
  return value && *value >= 0 && *value <= INT32_MAX;
}

bool ReadList(const Json& object, std::string_view name, std::vector<std::string>& list) {
  const Json* array = base::Member(object, name);
  if (array == nullptr) {
    return true;
  }
  for (const Json& item : *array) {
    const auto* text = item.get_ptr<const std::string*>();
    if (text == nullptr) {
      return false;
    }
    list.push_back(*text);
  }
  return array->is_array();
}

bool ReadRoles(const Json& object, std::vector<identity::Role>& roles) {
  const Json* array = base::Member(object, "roles");
  if (array == nullptr) {
    return true;
  }
  for (const Json& item : *array) {
    identity::Role role;
    if (!OnlyHas(item, {"person_roleid", "org_code", "role_code", "activity_codes"}) ||
        !ReadText(item, "person_roleid", role.person_roleid) || !ReadText(item, "org_code", role.org_code) ||
        !ReadText(item, "role_code", role.role_code) ||
        !ReadList(item, "activity_codes", role.activity_codes)) {
      return false;
    }
    roles.push_back(std::move(role));
  }
  return array->is_array();
}

base::Result<Identity> ReadIdentityFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxIdentityFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  if (text.empty() || text.size() > kMaxIdentityFile) {
    return base::Fail("cannot read the identity from " + path);
  }
  auto identity = ParseIdentity(text);
  if (!identity) {
    return base::Fail(path + " is not an identity; cis2ctl explain --help shows one");
  }
  return *std::move(identity);
}

base::Result<Identity> TheIdentity(ExplainOptions& options) {
  if (!options.identity_file.empty()) {
    return ReadIdentityFile(options.identity_file);
  }
  Identity identity = std::move(options.identity);
  const auto age = config::ParseDuration(options.auth_age);
  if (!age) {
    return base::Fail("--auth-age: expected a duration such as \"90s\" or \"5m\"");
  }
  identity.auth_age = *age;
  for (const std::string& text : options.roles) {
    auto role = ParseRole(text);
    if (!role) {
      return base::Fail(
          "--role: expected CODE@ORG or CODE@ORG:ACTIVITY,..., such as S8001:G8002:R8008@RX1:B0062");
    }
    identity.roles.push_back(*std::move(role));
  }
  if (identity.sub.empty() && identity.roles.empty() && identity.orgs.empty()) {
    return base::Fail("who signs in? Name them by --sub or --identity, or what they are by --role or --org");
  }
  return identity;
}

// --- the target

policy::Target TheTarget(const ExplainOptions& options) {
  policy::Target target = options.target;
  target.uid = options.uid ? options.uid : UidOf(target.account);
  target.ruser_uid = options.ruser_uid ? options.ruser_uid : UidOf(target.ruser);
  return target;
}

// --- what is printed

struct Answer {
  const policy::Target& target;
  const Identity& identity;
  std::vector<policy::Explanation> explanations;
  policy::Decision decision;
};

ordered_json ToJson(const Answer& a) {
  ordered_json grants = ordered_json::array();
  for (const policy::Explanation& e : a.explanations) {
    ordered_json conditions = ordered_json::array();
    for (const policy::Condition& c : e.conditions) {
      conditions.push_back({{"name", c.name}, {"met", c.met}, {"why", c.why}});
    }
    grants.push_back(
        {{"grant", e.grant}, {"account", e.account}, {"matches", e.matches}, {"conditions", conditions}});
  }
  const reasons::Refusal& refusal = a.decision.refusal;
  return {{"allow", a.decision.allow},
          {"grant", a.decision.allow ? ordered_json(a.decision.grant) : ordered_json()},
          {"reason", reasons::Id(refusal.reason)},
          {"operator_text", reasons::OperatorText(refusal.reason, refusal.args)},
          {"administrator_text", reasons::AdministratorText(refusal.reason)},
          {"grants", grants}};
}

std::string Or(const std::string& text, const char* otherwise) {
  return text.empty() ? otherwise : base::Printable(text, 256);
}

std::string ShowAccount(const std::string& account, const std::optional<std::uint32_t>& uid) {
  return Or(account, "none") +
         (uid ? " (uid " + std::to_string(*uid) + ")" : ", which this host does not know");
}

void PrintQuestion(const Answer& a, const std::string& browser_address, std::ostream& out) {
  const policy::Target& t = a.target;
  std::vector<std::vector<std::string>> rows = {{"service", Or(t.service, "none")},
                                                {"account", ShowAccount(t.account, t.uid)}};
  if (!t.ruser.empty()) {
    rows.push_back({"called by", ShowAccount(t.ruser, t.ruser_uid)});
  }
  rows.push_back({"client", Or(t.client_address, "none") +
                                (t.key_accepted ? ", with an accepted key" : ", without a key")});
  rows.push_back({"browser", Or(browser_address, "none")});
  rows.push_back({"operator", Or(a.identity.sub, "none") + ", identity level " +
                                  std::to_string(a.identity.ial) + ", authentication level " +
                                  std::to_string(a.identity.aal) + ", signed in " +
                                  std::to_string(a.identity.auth_age.count()) + " s before"});
  PrintTable(out, rows);
}

void PrintExplanation(const policy::Explanation& e, bool name_account, std::ostream& out) {
  out << "\ngrant \"" << base::Printable(e.grant, 256) << "\"";
  if (name_account) {
    out << " for the account " << base::Printable(e.account);
  }
  out << (e.matches ? ": matches\n" : ": does not match\n");
  std::vector<std::vector<std::string>> rows;
  for (const policy::Condition& c : e.conditions) {
    rows.push_back({c.met ? "yes" : "NO", c.name, c.why});
  }
  PrintTable(out, rows, "  ");
}

void PrintDecision(const policy::Decision& decision, std::ostream& out) {
  if (decision.allow) {
    out << "\nDecision: allow, by grant \"" << base::Printable(decision.grant, 256) << "\"\n";
    return;
  }
  const reasons::Refusal& refusal = decision.refusal;
  out << "\nDecision: refuse, " << reasons::Id(refusal.reason) << "\n"
      << "  The operator reads: " << reasons::OperatorText(refusal.reason, refusal.args) << "\n"
      << "  It means: " << reasons::AdministratorText(refusal.reason) << "\n";
}

void Print(const Answer& a, const std::string& browser_address, std::ostream& out) {
  PrintQuestion(a, browser_address, out);
  if (a.explanations.empty()) {
    out << "\nThere is no grant.\n";
  }
  const bool two_accounts =
      !a.explanations.empty() && a.explanations.front().account != a.explanations.back().account;
  for (const policy::Explanation& explanation : a.explanations) {
    PrintExplanation(explanation, two_accounts, out);
  }
  PrintDecision(a.decision, out);
}

}  // namespace

std::optional<identity::Role> ParseRole(std::string_view text) {
  const auto at = text.find('@');
  if (at == 0 || at == std::string_view::npos) {
    return std::nullopt;
  }
  identity::Role role;
  role.role_code = text.substr(0, at);
  text.remove_prefix(at + 1);
  const auto colon = text.find(':');
  role.org_code = text.substr(0, colon);
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  bool more = colon != std::string_view::npos;
  while (more) {
    const auto comma = rest.find(',');
    role.activity_codes.emplace_back(rest.substr(0, comma));
    more = comma != std::string_view::npos;
    rest.remove_prefix(more ? comma + 1 : rest.size());
    if (role.activity_codes.back().empty()) {
      return std::nullopt;
    }
  }
  return role.org_code.empty() ? std::nullopt : std::optional(std::move(role));
}

std::optional<Identity> ParseIdentity(std::string_view json) {
  const auto object = base::ParseJson(json);
  Identity identity;
  std::int64_t ial = 0;
  std::int64_t aal = 0;
  std::int64_t age = 0;
  if (!object ||
      !OnlyHas(*object,
               {"iss", "sub", "ial", "aal", "acr", "amr", "auth_age", "selected_roleid", "roles", "orgs"}) ||
      !ReadText(*object, "iss", identity.iss) || !ReadText(*object, "sub", identity.sub) ||
      !ReadText(*object, "acr", identity.acr) ||
      !ReadText(*object, "selected_roleid", identity.selected_roleid) || !ReadNumber(*object, "ial", ial) ||
      !ReadNumber(*object, "aal", aal) || !ReadNumber(*object, "auth_age", age) ||
      !ReadList(*object, "amr", identity.amr) || !ReadList(*object, "orgs", identity.orgs) ||
      !ReadRoles(*object, identity.roles)) {
    return std::nullopt;
  }
  identity.ial = static_cast<int>(ial);
  identity.aal = static_cast<int>(aal);
  identity.auth_age = std::chrono::seconds{age};
  return identity;
}

int Explain(const CommonOptions& common, ExplainOptions options, const Streams& streams) {
  const auto config = LoadConfig(common, streams);
  if (!config) {
    return config.error();
  }
  if (!config::CheckRules(*config).empty()) {
    streams.err << "cis2ctl: the broker would not start with this configuration; see cis2ctl check-config\n";
  }
  const auto identity = TheIdentity(options);
  if (!identity) {
    return GiveUp(common, streams, kExitUsage, identity.error().message);
  }
  const policy::Target target = TheTarget(options);
  const Answer answer{
      .target = target,
      .identity = *identity,
      .explanations = policy::Explain(config->grants, target, *identity, options.browser_address),
      .decision = policy::Decide(config->grants, target, *identity, options.browser_address)};
  if (common.json) {
    PrintJson(streams.out, ToJson(answer));
  } else {
    Print(answer, options.browser_address, streams.out);
  }
  return answer.decision.allow ? kExitOk : kExitNo;
}

}  // namespace cis2::ctl
