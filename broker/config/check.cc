#include "broker/config/check.h"

#include "broker/base/text.h"
#include "broker/config/values.h"
#include "broker/jose/key_uri.h"

#include <algorithm>
#include <set>

namespace cis2::config {
namespace {

using policy::Grant;

// Design section 6: how old a sign-in may be in profile cis2 (NHS CIA Ses Req 003).
constexpr seconds kFreshest{300};
// A version 3 QR code holds 77 alphanumeric characters; "/L/BCDF-GHJK" takes 12.
constexpr std::size_t kMaxPublicUrl = 65;
constexpr std::string_view kQrAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

bool Contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Collects what is wrong; every rule is one method or part of one.
class Rules {
 public:
  explicit Rules(const Config& config) : c_(config) {}

  std::vector<Problem> Check() {
    CheckIssuer();
    CheckProfile();
    CheckClient();
    CheckScopesAndLevels();
    CheckProxy();
    CheckPublicUrl();
    CheckListen();
    CheckHost();
    CheckAudit();
    for (std::size_t i = 0; i < c_.grants.size(); ++i) {
      CheckGrant(c_.grants[i], "grant[" + std::to_string(i) + "]");
    }
    return std::move(problems_);
  }

 private:
  void Add(const std::string& key, std::string message) {
    problems_.push_back(ProblemAt(c_, key, std::move(message)));
  }

  void CheckIssuer() {
    const Provider& p = c_.provider;
    if (p.issuer.empty()) {
      Add("provider.issuer", "provider.issuer is not set" +
                                 (ForCis2() ? std::string("; CIS2's Live issuer is ") + kLiveIssuer : ""));
      return;
    }
    const auto url = ParseUrl(p.issuer);
    // OIDC Discovery 3: https, without query and fragment.
    if (!url || url->scheme != "https" || url->has_query_or_fragment) {
      Add("provider.issuer", "provider.issuer: expected an https URL without user name, query and fragment");
    } else if (ForCis2() && p.issuer != kLiveIssuer && !p.allow_test_provider) {
      Add("provider.issuer",
          std::string("provider.issuer is not CIS2's Live issuer, ") + kLiveIssuer +
              "; a test provider (Integration, the simulator) needs provider.allow_test_provider = true");
    }
  }

  // What one profile alone knows.
  void CheckProfile() {
    const Provider& p = c_.provider;
    if (!ForCis2()) {
      if (p.allow_test_provider) {
        Add("provider.allow_test_provider",
            "provider.allow_test_provider has no use with profile = \"oidc\"");
      }
      CheckEndpointHosts();
      CheckLevelValues("aal", p.aal_claim, p.aal_values);
      CheckLevelValues("ial", p.ial_claim, p.ial_values);
      return;
    }
    const Provider standard;
    for (const auto& [key, changed] : {std::pair{"endpoint_hosts", !p.endpoint_hosts.empty()},
                                       {"aal_claim", p.aal_claim != standard.aal_claim},
                                       {"ial_claim", p.ial_claim != standard.ial_claim},
                                       {"aal_values", !p.aal_values.empty()},
                                       {"ial_values", !p.ial_values.empty()},
                                       {"roles_claim", !p.roles_claim.empty()},
                                       {"orgs_claim", !p.orgs_claim.empty()}}) {
      if (changed) {
        const std::string name = std::string("provider.") + key;
        Add(name,
            name + " may only be set with profile = \"oidc\": what CIS2 sends, and from where, is known");
      }
    }
    CheckFreshness();
  }

  void CheckEndpointHosts() {
    for (const std::string& host : c_.provider.endpoint_hosts) {
      const auto url = ParseUrl("https://" + host);
      if (!url || url->has_query_or_fragment || !url->path.empty()) {
        Add("provider.endpoint_hosts", "provider.endpoint_hosts: \"" + base::Printable(host) +
                                           "\" is no HOST or HOST:PORT, such as \"login.example\"");
      }
    }
  }

  void CheckLevelValues(const std::string& level, const std::string& claim, const LevelValues& values) {
    if (claim.empty() && !values.empty()) {
      Add("provider." + level + "_values",
          "provider." + level + "_values has no use while provider." + level + "_claim is empty");
    }
  }

  void CheckFreshness() {
    if (c_.provider.prompt != "login" && c_.provider.max_age > kFreshest) {
      Add("provider.max_age",
          "provider.max_age: profile cis2 needs prompt = \"login\" or max_age of at most \"5m\", or an old "
          "sign-in would do");
    }
  }

  void CheckClient() {
    const Provider& p = c_.provider;
    if (p.client_id.empty()) {
      Add("provider.client_id",
          "provider.client_id is not set; it comes from the registration at the provider");
    }
    const bool by_key = p.client_auth == ClientAuth::kPrivateKeyJwt;
    if (by_key && !p.client_secret_file.empty()) {
      Add("provider.client_secret_file",
          "provider.client_secret_file has no use with client_auth = \"private_key_jwt\"; leave it out");
    }
    if (!by_key && p.client_secret_file.empty()) {
      Add("provider.client_auth", "provider.client_secret_file is not set; client_auth needs it");
    }
    if (by_key && p.client_key.empty()) {
      Add("provider.client_key",
          "provider.client_key is not set; client_auth = \"private_key_jwt\" needs it");
    }
    if (!by_key && !p.client_keys_published.empty()) {
      Add("provider.client_keys_published",
          "provider.client_keys_published: a client with a secret has no keys; leave it out");
    }
    CheckKeyUri("provider.client_key", p.client_key);
    for (const std::string& place : p.client_keys_published) {
      CheckKeyUri("provider.client_keys_published", place);
    }
  }

  void CheckKeyUri(const std::string& key, const std::string& place) {
    if (!jose::IsKeyUri(place)) {
      return;
    }
    if (const auto uri = jose::ParseKeyUri(place); !uri) {
      Add(key, key + ": " + uri.error().message);
    }
  }

  void CheckScopesAndLevels() {
    if (!Contains(c_.provider.scopes, "openid")) {
      Add("provider.scopes", "provider.scopes must have \"openid\" (OpenID Connect Core 3.1.2.1)");
    }
    if (ForCis2() && !HighestAal(c_.provider.acr_values)) {
      Add("provider.acr_values",
          "provider.acr_values: expected values of CIS2 such as \"AAL3_ANY\" or "
          "\"AAL2_OR_AAL3_ANY\", with one blank between them");
    }
  }

  void CheckProxy() {
    if (c_.provider.proxy.empty()) {
      return;
    }
    const auto url = ParseUrl(c_.provider.proxy);
    const bool known = url && (url->scheme == "http" || url->scheme == "https");
    if (!known || url->port == 0 || url->has_query_or_fragment || (!url->path.empty() && url->path != "/")) {
      Add("provider.proxy",
          "provider.proxy: expected a URL with a port and without user name, such as "
          "\"http://proxy.example.nhs.uk:3128\"");
    }
  }

  void CheckPublicUrl() {
    const std::string& text = c_.web.public_url;
    if (text.empty()) {
      Add("web.public_url",
          "web.public_url is not set; it is how browsers reach this server, such as "
          "\"https://server.example.nhs.uk:8443\"");
      return;
    }
    const auto url = ParseUrl(text);
    if (!url || url->scheme != "https" || url->has_query_or_fragment || !url->path.empty()) {
      Add("web.public_url",
          "web.public_url: expected https://HOST or https://HOST:PORT, without a path or a final slash");
      return;
    }
    if (text.size() > kMaxPublicUrl) {
      Add("web.public_url", "web.public_url has " + std::to_string(text.size()) + " characters; at most " +
                                std::to_string(kMaxPublicUrl) + " fit into the QR code");
    }
    // The QR code carries the link in capitals.
    const bool fits = std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || kQrAlphabet.find(c) != std::string_view::npos;
    });
    if (!fits) {
      Add("web.public_url", "web.public_url has a character that the QR code cannot hold; use a host name");
    }
    // Browsers write the origin in small letters and without the default port; what they send is compared.
    if (std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
      Add("web.public_url", "web.public_url: write it in small letters, as browsers do");
    }
    if (url->port == 443) {
      Add("web.public_url", "web.public_url: leave out \":443\", as browsers do");
    }
  }

  void CheckListen() {
    std::set<std::string> seen;
    for (const std::string& text : c_.web.listen) {
      if (!ParseListenAddress(text)) {
        Add("web.listen", "web.listen: \"" + base::Printable(text) +
                              "\" is no numeric address and port, such as \"0.0.0.0:8443\" or \"[::]:8443\"");
      }
      if (!seen.insert(text).second) {
        Add("web.listen", "web.listen names " + base::Printable(text) + " twice");
      }
    }
    if (c_.web.listen.empty()) {
      Add("web.listen", "web.listen is empty; browsers could not reach the pages");
    }
    if (c_.web.trusted_proxies.size() > kMaxTrustedProxies) {
      Add("web.trusted_proxies", "web.trusted_proxies has " + std::to_string(c_.web.trusted_proxies.size()) +
                                     " entries; at most " + std::to_string(kMaxTrustedProxies) +
                                     " are possible: name networks in place of addresses");
    }
    for (const std::string& text : c_.web.trusted_proxies) {
      if (!policy::Network::Parse(text)) {
        Add("web.trusted_proxies",
            "web.trusted_proxies: \"" + base::Printable(text) +
                "\" is no address or network without bits behind the prefix, such as \"192.0.2.0/24\"");
      }
    }
  }

  void CheckHost() {
    const Host& h = c_.host;
    if (h.user == h.front_user) {
      Add("host.front_user", "host.front_user is host.user; the pages must run as a user of their own");
    }
    for (const auto& [key, user] : {std::pair{"host.user", &h.user}, {"host.front_user", &h.front_user}}) {
      if (*user == "root") {
        Add(key, std::string(key) + " may not be root");
      }
    }
    if (std::set<std::string>{h.socket, h.control_socket, h.front_socket}.size() != 3) {
      Add("host.socket", "host.socket, host.control_socket and host.front_socket must be three paths");
    }
  }

  void CheckAudit() {
    if (c_.audit.durable && c_.audit.file.empty()) {
      Add("audit.file", "audit.file is not set; audit.durable = true needs it");
    }
  }

  void CheckGrant(const Grant& grant, const std::string& place) {
    const std::string who =
        grant.name.empty() ? "this grant" : "grant \"" + base::Printable(grant.name) + "\"";
    if (grant.name.empty()) {
      Add(place, "grant.name is not set; the audit names grants");
    } else if (!names_.insert(grant.name).second) {
      Add(place + ".name", "another grant is called \"" + base::Printable(grant.name) + "\" already");
    }
    if (grant.services.empty()) {
      Add(place, who + " has no services");
    }
    CheckWho(grant, place, who);
    if (grant.same_network && grant.networks.empty()) {
      Add(place + ".same_network", who + " has same_network, and host.networks names no networks to compare");
    }
    const bool for_su = std::any_of(grant.services.begin(), grant.services.end(), [](const auto& service) {
      return policy::ServiceFamily(service) == "su";
    });
    if (!grant.callers.empty() && !for_su) {
      Add(place + ".callers",
          who + " has callers, which only say who may call su, and su is not among its services");
    }
    if (ForCis2()) {
      CheckFloors(grant, place, who);
    } else {
      CheckMappedLevel(who, place + ".min_aal", grant.min_aal, "aal", c_.provider.aal_claim,
                       c_.provider.aal_values);
      CheckMappedLevel(who, place + ".min_ial", grant.min_ial, "ial", c_.provider.ial_claim,
                       c_.provider.ial_values);
      CheckMappedRoles(grant, place, who);
    }
  }

  // What CIS2's conformance asks for, and what it can give.
  void CheckFloors(const Grant& grant, const std::string& place, const std::string& who) {
    if (grant.max_auth_age > kFreshest) {
      Add(place + ".max_auth_age", who + ": max_auth_age is at most \"5m\" in profile cis2");
    }
    for (const auto& [key, level] : {std::pair{"min_aal", grant.min_aal}, {"min_ial", grant.min_ial}}) {
      if (level < 1) {
        Add(place + "." + key, who + ": " + key + " is at least 1 in profile cis2");
      }
    }
    const auto highest = HighestAal(c_.provider.acr_values);
    if (highest && grant.min_aal > *highest) {
      Add(place + ".min_aal", who + " needs min_aal " + std::to_string(grant.min_aal) +
                                  ", but provider.acr_values = \"" + base::Printable(c_.provider.acr_values) +
                                  "\" gives level " + std::to_string(*highest) + " at most");
    }
  }

  // A level that the provider's claim can never reach.
  void CheckMappedLevel(const std::string& who, const std::string& place, int needed,
                        const std::string& level, const std::string& claim, const LevelValues& values) {
    const std::string needs =
        who + " needs min_" + level + " " + std::to_string(needed) + ", but provider." + level;
    if (claim.empty() && needed > 0) {
      Add(place, needs + "_claim is empty: no sign-in has a level above 0");
    }
    const bool reached =
        std::any_of(values.begin(), values.end(), [&](const auto& v) { return v.second >= needed; });
    if (!claim.empty() && !values.empty() && !reached) {
      Add(place, needs + "_values has no value for it");
    }
  }

  void CheckMappedRoles(const Grant& grant, const std::string& place, const std::string& who) {
    const bool by_role = !grant.roles.empty();
    if (!grant.activities.empty() || (by_role && !grant.orgs.empty())) {
      Add(place, who +
                     ": in profile oidc a role comes alone, without organisation and activities; name roles "
                     "or orgs");
    }
    if (by_role && c_.provider.roles_claim.empty()) {
      Add(place + ".roles", who + " names roles, but provider.roles_claim is empty");
    }
    if (!grant.orgs.empty() && c_.provider.orgs_claim.empty()) {
      Add(place + ".orgs", who + " names orgs, but provider.orgs_claim is empty");
    }
  }

  [[nodiscard]] bool ForCis2() const { return c_.provider.profile == Profile::kCis2; }

  // Whom a grant lets in, and where.
  void CheckWho(const Grant& grant, const std::string& place, const std::string& who) {
    const bool by_map = !grant.map_file.empty();
    if (by_map && (!grant.accounts.empty() || !grant.operators.empty())) {
      Add(place + ".map", who + " has map, which stands in place of accounts and operators; leave those out");
    }
    if (!by_map && grant.accounts.empty()) {
      Add(place, who + " has neither accounts nor map");
    }
    if (!by_map && grant.operators.empty() && grant.roles.empty() && grant.orgs.empty() &&
        grant.activities.empty()) {
      Add(place, who + " names nobody; give it map, operators, roles, orgs or activities");
    }
  }

  const Config& c_;
  std::set<std::string> names_;
  std::vector<Problem> problems_;
};

// The level of one value of acr_values.
std::optional<int> AalOf(std::string_view value) {
  const bool form = value.size() > 5 && value.starts_with("AAL") && value[3] >= '1' && value[3] <= '3' &&
                    value[4] == '_' && std::all_of(value.begin(), value.end(), [](char c) {
                      return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
                    });
  if (!form) {
    return std::nullopt;
  }
  return value == "AAL2_OR_AAL3_ANY" ? 3 : value[3] - '0';
}

}  // namespace

std::optional<int> HighestAal(std::string_view acr_values) {
  if (acr_values.empty()) {
    return 3;
  }
  int highest = 0;
  while (true) {
    const auto value = acr_values.substr(0, acr_values.find(' '));
    const auto level = AalOf(value);
    if (!level) {
      return std::nullopt;
    }
    highest = std::max(highest, *level);
    if (value.size() == acr_values.size()) {
      return highest;
    }
    acr_values.remove_prefix(value.size() + 1);
  }
}

Problem ProblemAt(const Config& config, const std::string& key, std::string message) {
  for (const std::string& candidate : {key, key.substr(0, key.find('.')), std::string()}) {
    if (const auto place = config.places.find(candidate); place != config.places.end()) {
      return {place->second, std::move(message), key};
    }
  }
  return {Place{}, std::move(message), key};
}

std::vector<Problem> CheckRules(const Config& config) { return Rules(config).Check(); }

}  // namespace cis2::config
