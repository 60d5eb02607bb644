// The settings as plain values, each with its default. conf/broker.toml shows and explains every one of them;
// load.h reads them from TOML, check.h holds the rules across keys.
#ifndef CIS2_BROKER_CONFIG_CONFIG_H_
#define CIS2_BROKER_CONFIG_CONFIG_H_

#include "broker/policy/policy.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace cis2::config {

using std::chrono::seconds;

enum class ClientAuth { kPrivateKeyJwt, kClientSecretBasic, kClientSecretPost };

// "cis2" is NHS CIS2 Authentication with its conformance floors; "oidc" another OpenID provider, whose claims
// are mapped by the settings that end in _claim and _values.
enum class Profile { kCis2, kOidc };

// Which value of a claim stands for which assurance level.
using LevelValues = std::map<std::string, int>;

inline constexpr const char* kCis2AalClaim = "authentication_assurance_level";
inline constexpr const char* kCis2IalClaim = "id_assurance_level";

struct Provider {
  Profile profile = Profile::kCis2;
  std::string issuer;  // no default
  bool allow_test_provider = false;
  std::vector<std::string> endpoint_hosts;  // profile oidc: HOST or HOST:PORT besides the issuer's
  std::string client_id;                    // no default
  ClientAuth client_auth = ClientAuth::kPrivateKeyJwt;
  // A path or a URI (jose/key_uri.h); "credential:NAME" is resolved by load.h.
  std::string client_key = "/etc/cis2-broker/client-key.pem";
  std::string client_key_id;                   // empty: RFC 7638 thumbprint
  std::string client_assertion_alg = "RS512";  // RS256 RS512 PS256 PS512 ES256 EdDSA
  std::string client_secret_file;
  std::string id_token_alg = "RS256";  // RS256 RS512 PS256 PS512 ES256
  std::vector<std::string> scopes = {"openid"};
  std::string acr_values = "AAL3_ANY";
  std::string prompt = "login";
  seconds max_age{300};  // also the limit on auth_time; 0 is not allowed
  bool pkce = true;      // pkce = "S256" or "off"
  bool userinfo = true;
  bool userinfo_signed = false;  // a JWT, signed with id_token_alg, in place of plain JSON
  // Profile oidc. Without *_values a level is a whole number or a string of one digit, as at CIS2. An empty
  // claim: the provider says nothing of it, and the level is 0.
  std::string aal_claim = kCis2AalClaim;
  std::string ial_claim = kCis2IalClaim;
  LevelValues aal_values, ial_values;
  std::string roles_claim, orgs_claim;  // of userinfo: a string or a list of strings; empty: none
  seconds clock_skew{60};
  std::string ca_file;
  std::string proxy;
  seconds timeout{10};
  std::vector<std::string> client_keys_published;  // further keys, named as client_key is
  bool operator==(const Provider&) const = default;
};

struct Web {
  std::string public_url;  // no default
  std::vector<std::string> listen = {"[::]:8443", "0.0.0.0:8443"};
  std::string certificate = "/etc/cis2-broker/web-cert.pem";
  std::string certificate_key = "/etc/cis2-broker/web-key.pem";
  std::vector<std::string> trusted_proxies;
  bool serve_jwks = false;
  bool hsts = true;
  bool operator==(const Web&) const = default;
};

struct Host {
  std::string name;  // empty: the host name
  std::string socket = "/run/cis2-broker/pam.sock";
  std::string control_socket = "/run/cis2-broker/control.sock";
  std::string front_socket = "/run/cis2-broker/front.sock";  // used under systemd only
  std::string user = "_cis2-broker";       // whom the broker becomes when started as root without systemd
  std::string front_user = "_cis2-front";  // whom the front runs as, and the only uid let in at its socket
  seconds login_lifetime{110};
  std::map<std::string, seconds> lifetimes = {{"login", seconds{55}}, {"sudo", seconds{240}}};
  std::string language = "en";
  seconds sshd_login_grace{120};  // 0: sshd has none
  // The organisation's networks: where browser and terminal are in different ones, the pages warn.
  policy::NamedNetworks networks;
  bool operator==(const Host&) const = default;
};

struct Limits {
  int pending_per_account_and_address = 10;
  int pending_per_uid = 5;
  int pending_total = 300;
  int unknown_codes_per_minute = 20;
  int token_requests_per_minute = 240;
  int token_requests_per_address_per_minute = 30;
  int provider_workers = 8;
  bool operator==(const Limits&) const = default;
};

struct Audit {
  std::string file = "/var/lib/cis2-broker/audit.jsonl";
  bool durable = true;
  int rotate_megabytes = 64;
  int keep_files = 8;
  bool operator==(const Audit&) const = default;
};

struct Metrics {
  std::string listen;  // a loopback address and port, the path of a socket, or empty: off
  bool operator==(const Metrics&) const = default;
};

struct BreakGlass {
  std::string file = "/var/lib/cis2-broker/break-glass.json";  // empty: no emergency codes
  bool operator==(const BreakGlass&) const = default;
};

// Where a key was set, for messages about rules across keys.
struct Place {
  std::string file;
  int line = 0;  // 0: about the file or the configuration as a whole
  int column = 0;
};

struct Config {
  Provider provider;
  Web web;
  Host host;
  Limits limits;
  Audit audit;
  Metrics metrics;
  BreakGlass break_glass;
  std::vector<policy::Grant> grants;
  // By "provider.issuer", "grant[0]", "grant[0].name", ...; keys that were not set are absent. By "": the
  // main file.
  std::map<std::string, Place> places;
};

}  // namespace cis2::config

#endif  // CIS2_BROKER_CONFIG_CONFIG_H_
