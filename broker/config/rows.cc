#include "broker/config/rows.h"

#include "broker/base/text.h"
#include "broker/config/check.h"
#include "broker/config/values.h"
#include "broker/jose/key_uri.h"

#include <algorithm>
#include <cstdlib>
#include <expected>
#include <iterator>
#include <utility>

namespace cis2::config {
namespace {

constexpr std::size_t kMaxText = 2048;
constexpr std::size_t kMaxList = 10'000;
constexpr std::size_t kMaxSocketPath = 107;  // sun_path of unix(7) without its NUL
constexpr const char* kCredentials = "/run/credentials/cis2-broker.service";

// --- what a value may be

// Reads a node as a T. The error is the node that is wrong: the value itself, or one element of a list.
template <class T>
struct Reader {
  std::string expected;
  std::function<std::expected<T, const toml::node*>(const toml::node&)> read;
};

using TextRule = bool (*)(std::string_view);

bool IsPrintable(std::string_view s) {
  return s.size() <= kMaxText &&
         std::all_of(s.begin(), s.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}
bool IsWord(std::string_view s) {
  return !s.empty() && IsPrintable(s) && s.find(' ') == std::string_view::npos;
}
bool IsWordOrEmpty(std::string_view s) { return s.empty() || IsWord(s); }
bool IsEntry(std::string_view s) { return IsWord(s) && s != "*"; }
bool IsName(std::string_view s) { return !s.empty() && s.size() <= 64 && IsPrintable(s); }
bool IsPath(std::string_view s) { return s.starts_with('/') && IsPrintable(s) && !s.ends_with('/'); }
bool IsPathOrEmpty(std::string_view s) { return s.empty() || IsPath(s); }
bool IsSocketPath(std::string_view s) { return IsPath(s) && s.size() <= kMaxSocketPath; }
bool IsMetricsListener(std::string_view s) { return s.empty() || IsSocketPath(s) || IsLoopbackListener(s); }
bool IsHostLabel(std::string_view s) {
  return s.size() <= 64 && std::all_of(s.begin(), s.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
         });
}
bool IsService(std::string_view s) {
  return !s.empty() && s.size() <= 64 && std::all_of(s.begin(), s.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  });
}
// RFC 6749 section 3.3: scope-token.
bool IsScope(std::string_view s) { return IsWord(s) && s.find_first_of("\"\\") == std::string_view::npos; }
// RFC 6749 appendix A.1: client_id is printable; blanks would not survive a copy.
bool IsClientId(std::string_view s) { return IsWord(s) && s.size() <= 255; }

Reader<std::string> Text(std::string expected, TextRule rule) {
  return {std::move(expected),
          [rule](const toml::node& node) -> std::expected<std::string, const toml::node*> {
            const auto* text = node.as_string();
            return text != nullptr && rule(text->get())
                       ? std::expected<std::string, const toml::node*>(text->get())
                       : std::unexpected(&node);
          }};
}

// One of a few words, each with the value it stands for.
template <class T>
Reader<T> OneOf(std::vector<std::pair<std::string, T>> words) {
  std::string expected = words.size() == 1 ? "" : "one of ";
  for (const auto& [word, value] : words) {
    expected += (&word == &words.front().first ? "\"" : ", \"") + word + "\"";
  }
  return {std::move(expected),
          [words = std::move(words)](const toml::node& node) -> std::expected<T, const toml::node*> {
            const auto* text = node.as_string();
            for (const auto& [word, value] : words) {
              if (text != nullptr && text->get() == word) {
                return value;
              }
            }
            return std::unexpected(&node);
          }};
}

Reader<std::string> Words(const std::vector<std::string>& words) {
  std::vector<std::pair<std::string, std::string>> pairs;
  pairs.reserve(words.size());
  for (const std::string& word : words) {
    pairs.emplace_back(word, word);
  }
  return OneOf(std::move(pairs));
}

Reader<bool> Boolean() {
  return {"true or false", [](const toml::node& node) -> std::expected<bool, const toml::node*> {
            const auto* value = node.as_boolean();
            return value != nullptr ? std::expected<bool, const toml::node*>(value->get())
                                    : std::unexpected(&node);
          }};
}

Reader<int> Number(int min, int max) {
  return {"a whole number from " + std::to_string(min) + " to " + std::to_string(max),
          [min, max](const toml::node& node) -> std::expected<int, const toml::node*> {
            const auto* value = node.as_integer();
            if (value == nullptr || value->get() < min || value->get() > max) {
              return std::unexpected(&node);
            }
            return static_cast<int>(value->get());
          }};
}

Reader<seconds> Duration(seconds min, seconds max) {
  return {"a duration from \"" + FormatDuration(min) + "\" to \"" + FormatDuration(max) +
              R"(", such as "90s" or "5m")",
          [min, max](const toml::node& node) -> std::expected<seconds, const toml::node*> {
            const auto* text = node.as_string();
            const auto duration = text == nullptr ? std::nullopt : ParseDuration(text->get());
            return duration && *duration >= min && *duration <= max
                       ? std::expected<seconds, const toml::node*>(*duration)
                       : std::unexpected(&node);
          }};
}

template <class T>
Reader<std::vector<T>> ListOf(const std::string& what, Reader<T> element, std::size_t min = 0) {
  return {(min > 0 ? "a list of at least one string: " : "a list of strings: ") + what,
          [element = std::move(element),
           min](const toml::node& node) -> std::expected<std::vector<T>, const toml::node*> {
            const auto* array = node.as_array();
            if (array == nullptr || array->size() < min || array->size() > kMaxList) {
              return std::unexpected(&node);
            }
            std::vector<T> list;
            for (const toml::node& item : *array) {
              auto value = element.read(item);
              if (!value) {
                return std::unexpected(value.error());
              }
              list.push_back(*std::move(value));
            }
            return list;
          }};
}

Reader<std::vector<std::string>> List(const std::string& what, TextRule rule, std::size_t min = 0) {
  return ListOf(what, Text(what, rule), min);
}

Reader<policy::Network> OneNetwork() {
  return {"", [](const toml::node& node) -> std::expected<policy::Network, const toml::node*> {
            const auto* text = node.as_string();
            const auto network = text == nullptr ? std::nullopt : policy::Network::Parse(text->get());
            return network ? std::expected<policy::Network, const toml::node*>(*network)
                           : std::unexpected(&node);
          }};
}

Reader<std::vector<policy::Network>> Networks() {
  return ListOf("networks such as \"192.0.2.0/24\" without bits behind the prefix, or addresses",
                OneNetwork());
}

Reader<policy::NamedNetworks> NamedNetworks() {
  const auto one = Networks();
  return {"a table of names, each with " + one.expected,
          [one](const toml::node& node) -> std::expected<policy::NamedNetworks, const toml::node*> {
            policy::NamedNetworks networks;
            const auto* table = node.as_table();
            if (table == nullptr || table->size() > kMaxList) {
              return std::unexpected(&node);
            }
            for (const auto& [name, value] : *table) {
              auto list = one.read(value);
              if (!list || !IsName(name.str())) {
                return std::unexpected(list ? &value : list.error());
              }
              networks[std::string(name.str())] = *std::move(list);
            }
            return networks;
          }};
}

// A path, or the name of a systemd credential, which becomes its path.
Reader<std::string> SecretPath(bool may_be_empty) {
  return {R"(an absolute path or "credential:NAME")",
          [may_be_empty](const toml::node& node) -> std::expected<std::string, const toml::node*> {
            static constexpr std::string_view kPrefix = "credential:";
            const auto* text = node.as_string();
            if (text == nullptr) {
              return std::unexpected(&node);
            }
            if (text->get().starts_with(kPrefix) && IsService(text->get().substr(kPrefix.size()))) {
              const char* folder = ::secure_getenv("CREDENTIALS_DIRECTORY");
              return std::string(folder != nullptr ? folder : kCredentials) + "/" +
                     text->get().substr(kPrefix.size());
            }
            return IsPath(text->get()) || (may_be_empty && text->get().empty())
                       ? std::expected<std::string, const toml::node*>(text->get())
                       : std::unexpected(&node);
          }};
}

// Values of a claim with the level that each stands for.
Reader<LevelValues> Levels() {
  const Reader<int> one = Number(0, 3);
  return {"a table of values, each with " + one.expected + ", such as { \"urn:example:strong\" = 3 }",
          [one](const toml::node& node) -> std::expected<LevelValues, const toml::node*> {
            LevelValues levels;
            const auto* table = node.as_table();
            if (table == nullptr || table->size() > kMaxList) {
              return std::unexpected(&node);
            }
            for (const auto& [value, level] : *table) {
              const auto number = one.read(level);
              if (!number || value.str().empty() || !IsPrintable(value.str())) {
                return std::unexpected(&level);
              }
              levels[std::string(value.str())] = *number;
            }
            return levels;
          }};
}

// Where a key is: a path, a credential, or a URI, whose form is a rule of its own (check.h): its message must
// not quote the value, which may hold a PIN.
Reader<std::string> KeyPlace() {
  const Reader<std::string> path = SecretPath(/*may_be_empty=*/false);
  return {path.expected + R"(, "pkcs11:..." or "handle:0x81...")",
          [read = path.read](const toml::node& node) -> std::expected<std::string, const toml::node*> {
            const auto* text = node.as_string();
            return text != nullptr && jose::IsKeyUri(text->get())
                       ? std::expected<std::string, const toml::node*>(text->get())
                       : read(node);
          }};
}

// Services with their lifetimes; what is not named keeps what it had.
Reader<std::map<std::string, seconds>> Lifetimes(seconds min, seconds max) {
  const Reader<seconds> one = Duration(min, max);
  return {"a table of services, each with " + one.expected,
          [one](const toml::node& node) -> std::expected<std::map<std::string, seconds>, const toml::node*> {
            std::map<std::string, seconds> lifetimes;
            const auto* table = node.as_table();
            if (table == nullptr) {
              return std::unexpected(&node);
            }
            for (const auto& [service, value] : *table) {
              const auto duration = one.read(value);
              if (!IsService(service.str()) || !duration) {
                return std::unexpected(&value);
              }
              lifetimes[std::string(service.str())] = *duration;
            }
            return lifetimes;
          }};
}

// --- how a key is read into its place

template <class T>
void Store(T& destination, T value) {
  destination = std::move(value);
}
void Store(std::map<std::string, seconds>& destination, std::map<std::string, seconds> value) {
  value.merge(destination);
  destination = std::move(value);
}

template <class Section, class T>
Row<Config> Key(std::string name, Section Config::* section, T Section::* member, Reader<T> reader) {
  return {std::move(name), reader.expected,
          [section, member, read = std::move(reader.read)](const toml::node& node,
                                                           Config& config) -> const toml::node* {
            auto value = read(node);
            if (!value) {
              return value.error();
            }
            Store(config.*section.*member, *std::move(value));
            return nullptr;
          }};
}

template <class T>
Row<policy::Grant> Key(std::string name, T policy::Grant::* member, Reader<T> reader) {
  return {std::move(name), reader.expected,
          [member, read = std::move(reader.read)](const toml::node& node,
                                                  policy::Grant& grant) -> const toml::node* {
            auto value = read(node);
            if (!value) {
              return value.error();
            }
            grant.*member = *std::move(value);
            return nullptr;
          }};
}

constexpr seconds kMinute{60};
constexpr seconds kHour{3600};

std::vector<Row<Config>> ProviderRows() {
  constexpr auto kSection = &Config::provider;
  using P = Provider;
  return {
      Key("provider.profile", kSection, &P::profile,
          OneOf<Profile>({{"cis2", Profile::kCis2}, {"oidc", Profile::kOidc}})),
      Key("provider.issuer", kSection, &P::issuer, Text("an https URL", IsWord)),
      Key("provider.allow_test_provider", kSection, &P::allow_test_provider, Boolean()),
      Key("provider.endpoint_hosts", kSection, &P::endpoint_hosts,
          List("hosts such as \"login.example\" or \"login.example:8443\"", IsWord)),
      Key("provider.client_id", kSection, &P::client_id,
          Text("at most 255 printable characters without blanks", IsClientId)),
      Key("provider.client_auth", kSection, &P::client_auth,
          OneOf<ClientAuth>({{"private_key_jwt", ClientAuth::kPrivateKeyJwt},
                             {"client_secret_basic", ClientAuth::kClientSecretBasic},
                             {"client_secret_post", ClientAuth::kClientSecretPost}})),
      Key("provider.client_key", kSection, &P::client_key, KeyPlace()),
      Key("provider.client_key_id", kSection, &P::client_key_id,
          Text("printable characters without blanks, or nothing", IsWordOrEmpty)),
      Key("provider.client_assertion_alg", kSection, &P::client_assertion_alg,
          Words({"RS256", "RS512", "PS256", "PS512", "ES256", "EdDSA"})),
      Key("provider.client_secret_file", kSection, &P::client_secret_file, SecretPath(/*may_be_empty=*/true)),
      Key("provider.id_token_alg", kSection, &P::id_token_alg,
          Words({"RS256", "RS512", "PS256", "PS512", "ES256"})),
      Key("provider.scopes", kSection, &P::scopes, List("scopes such as \"openid\"", IsScope, 1)),
      Key("provider.acr_values", kSection, &P::acr_values,
          Text("words with one blank between, or nothing", IsPrintable)),
      Key("provider.prompt", kSection, &P::prompt, Words({"login", ""})),
      Key("provider.max_age", kSection, &P::max_age, Duration(seconds{10}, 12 * kHour)),
      Key("provider.pkce", kSection, &P::pkce, OneOf<bool>({{"S256", true}, {"off", false}})),
      Key("provider.userinfo", kSection, &P::userinfo, Boolean()),
      Key("provider.userinfo_signed", kSection, &P::userinfo_signed, Boolean()),
      Key("provider.aal_claim", kSection, &P::aal_claim,
          Text("the name of a claim, or nothing", IsWordOrEmpty)),
      Key("provider.aal_values", kSection, &P::aal_values, Levels()),
      Key("provider.ial_claim", kSection, &P::ial_claim,
          Text("the name of a claim, or nothing", IsWordOrEmpty)),
      Key("provider.ial_values", kSection, &P::ial_values, Levels()),
      Key("provider.roles_claim", kSection, &P::roles_claim,
          Text("the name of a claim, or nothing", IsWordOrEmpty)),
      Key("provider.orgs_claim", kSection, &P::orgs_claim,
          Text("the name of a claim, or nothing", IsWordOrEmpty)),
      Key("provider.clock_skew", kSection, &P::clock_skew, Duration(seconds{0}, 5 * kMinute)),
      Key("provider.ca_file", kSection, &P::ca_file, Text("an absolute path, or nothing", IsPathOrEmpty)),
      Key("provider.proxy", kSection, &P::proxy,
          Text("a URL such as \"http://proxy.example.nhs.uk:3128\", or nothing", IsWordOrEmpty)),
      Key("provider.timeout", kSection, &P::timeout, Duration(seconds{1}, kLongestProviderTimeout)),
      Key("provider.client_keys_published", kSection, &P::client_keys_published,
          ListOf(KeyPlace().expected, KeyPlace())),
  };
}

std::vector<Row<Config>> WebRows() {
  constexpr auto kSection = &Config::web;
  using W = Web;
  return {
      Key("web.public_url", kSection, &W::public_url, Text("an https URL without a path", IsWord)),
      Key("web.listen", kSection, &W::listen,
          List("addresses such as \"0.0.0.0:8443\" or \"[::]:8443\"", IsWord, 1)),
      Key("web.certificate", kSection, &W::certificate, Text("an absolute path", IsPath)),
      Key("web.certificate_key", kSection, &W::certificate_key, SecretPath(/*may_be_empty=*/false)),
      Key("web.trusted_proxies", kSection, &W::trusted_proxies,
          List("networks such as \"192.0.2.0/24\"", IsWord)),
      Key("web.serve_jwks", kSection, &W::serve_jwks, Boolean()),
      Key("web.hsts", kSection, &W::hsts, Boolean()),
  };
}

std::vector<Row<Config>> HostRows() {
  constexpr auto kSection = &Config::host;
  using H = Host;
  const std::string socket = "an absolute path of at most " + std::to_string(kMaxSocketPath) + " characters";
  return {
      Key("host.name", kSection, &H::name,
          Text("letters, digits, '.', '-' and '_', at most 64, or nothing", IsHostLabel)),
      Key("host.socket", kSection, &H::socket, Text(socket, IsSocketPath)),
      Key("host.control_socket", kSection, &H::control_socket, Text(socket, IsSocketPath)),
      Key("host.front_socket", kSection, &H::front_socket, Text(socket, IsSocketPath)),
      Key("host.user", kSection, &H::user, Text("the name of an account", base::IsAccountName)),
      Key("host.front_user", kSection, &H::front_user, Text("the name of an account", base::IsAccountName)),
      Key("host.login_lifetime", kSection, &H::login_lifetime, Duration(seconds{10}, 10 * kMinute)),
      Key("host.lifetimes", kSection, &H::lifetimes, Lifetimes(seconds{10}, 10 * kMinute)),
      Key("host.language", kSection, &H::language, Words({"en", "cy"})),
      Key("host.networks", kSection, &H::networks, NamedNetworks()),
      Key("host.sshd_login_grace", kSection, &H::sshd_login_grace, Duration(seconds{0}, kHour)),
  };
}

std::vector<Row<Config>> LimitRows() {
  constexpr auto kSection = &Config::limits;
  using L = Limits;
  return {
      Key("limits.pending_per_account_and_address", kSection, &L::pending_per_account_and_address,
          Number(1, 1000)),
      Key("limits.pending_per_uid", kSection, &L::pending_per_uid, Number(1, 1000)),
      Key("limits.pending_total", kSection, &L::pending_total, Number(1, 10'000)),
      Key("limits.unknown_codes_per_minute", kSection, &L::unknown_codes_per_minute, Number(1, 10'000)),
      Key("limits.token_requests_per_minute", kSection, &L::token_requests_per_minute, Number(1, 100'000)),
      Key("limits.token_requests_per_address_per_minute", kSection, &L::token_requests_per_address_per_minute,
          Number(1, 100'000)),
      // Two at least: half of them are kept for addresses without a recent failure.
      Key("limits.provider_workers", kSection, &L::provider_workers, Number(2, 64)),
  };
}

std::vector<Row<Config>> AuditRows() {
  constexpr auto kSection = &Config::audit;
  using A = Audit;
  return {
      Key("audit.file", kSection, &A::file, Text("an absolute path, or nothing", IsPathOrEmpty)),
      Key("audit.durable", kSection, &A::durable, Boolean()),
      Key("audit.rotate_megabytes", kSection, &A::rotate_megabytes, Number(1, 10'240)),
      Key("audit.keep_files", kSection, &A::keep_files, Number(1, 1000)),
  };
}

std::vector<Row<Config>> MetricsRows() {
  return {Key("metrics.listen", &Config::metrics, &Metrics::listen,
              Text("a loopback address and port such as \"127.0.0.1:9488\" or \"[::1]:9488\", the absolute "
                   "path of a socket, or nothing; no other address, since anybody could read there",
                   IsMetricsListener))};
}

std::vector<Row<Config>> BreakGlassRows() {
  return {Key("break_glass.file", &Config::break_glass, &BreakGlass::file,
              Text("an absolute path, or nothing", IsPathOrEmpty))};
}

}  // namespace

const std::vector<Row<Config>>& ConfigRows() {
  static const std::vector<Row<Config>> rows = [] {
    std::vector<Row<Config>> all = ProviderRows();
    for (auto more : {WebRows(), HostRows(), LimitRows(), AuditRows(), MetricsRows(), BreakGlassRows()}) {
      all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    return all;
  }();
  return rows;
}

const std::vector<Row<policy::Grant>>& GrantRows() {
  using G = policy::Grant;
  static const std::string exact = ", exact (\"*\" is no wildcard)";
  static const std::vector<Row<policy::Grant>> rows = {
      Key("grant.name", &G::name, Text("at most 64 printable ASCII characters", IsName)),
      Key("grant.services", &G::services, List("PAM services such as \"sshd\"", IsService, 1)),
      Key("grant.accounts", &G::accounts, List("accounts" + exact, IsEntry)),
      Key("grant.map", &G::map_file, Text("an absolute path, or nothing", IsPathOrEmpty)),
      Key("grant.callers", &G::callers, List("accounts" + exact, IsEntry)),
      Key("grant.operators", &G::operators, List("subs" + exact, IsEntry)),
      Key("grant.roles", &G::roles, List("role codes such as \"S8001:G8002:R8008\"" + exact, IsEntry)),
      Key("grant.orgs", &G::orgs, List("organisation codes such as \"RX1\"" + exact, IsEntry)),
      Key("grant.activities", &G::activities, List("activity codes such as \"B0062\"" + exact, IsEntry)),
      Key("grant.min_ial", &G::min_ial, Number(0, 3)),
      Key("grant.min_aal", &G::min_aal, Number(0, 3)),
      Key("grant.max_auth_age", &G::max_auth_age, Duration(seconds{10}, 12 * kHour)),
      Key("grant.require_key", &G::require_key, Boolean()),
      Key("grant.client_networks", &G::client_networks, Networks()),
      Key("grant.browser_networks", &G::browser_networks, Networks()),
      Key("grant.same_network", &G::same_network, Boolean()),
      Key("grant.allow_system_account", &G::allow_system_account, Boolean()),
  };
  return rows;
}

}  // namespace cis2::config
