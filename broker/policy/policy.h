// Grants and the decision. Pure: no I/O, no clock, no globals. Design section 7.
//
// Deny by default. The first grant that matches in full allows. Names, codes and subjects are compared
// exactly, byte for byte.
#ifndef CIS2_BROKER_POLICY_POLICY_H_
#define CIS2_BROKER_POLICY_POLICY_H_

#include "broker/identity/identity.h"
#include "broker/reasons/reasons.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cis2::policy {

// "192.0.2.0/24", "2001:db8::/32", or one address. An IPv4-mapped address counts as IPv4, and no IPv6 network
// contains an IPv4 address: "::/0" is every IPv6 address and nothing else.
class Network {
 public:
  // Nothing for anything else, also for bits set behind the prefix ("192.0.2.1/24"): what was meant is not
  // known.
  static std::optional<Network> Parse(std::string_view text);
  // False for what is no numeric address, such as the empty one of a local service.
  [[nodiscard]] bool Contains(std::string_view numeric_address) const;
  bool operator==(const Network&) const = default;

 private:
  std::array<unsigned char, 16> prefix_{};  // IPv4 as ::ffff:0:0/96
  int bits_ = 0;                            // of 128
  bool ipv4_ = false;
};

// The organisation's networks by name, such as "wards" and "guests".
using NamedNetworks = std::map<std::string, std::vector<Network>>;

// Whether an ssh client and a browser are in one of `networks`: a sign that they may be one person's, or that
// they may not (cross-device BCP, "establish proximity"). An address belongs to the first name that holds it.
enum class Proximity {
  kNotCompared,  // no networks, or no ssh client: a local service
  kSame,         // both in one
  kDifferent,    // one is in a network that the other is not in
  kUnknown,      // neither is in any: nothing is known about where they are
};
Proximity Compare(const NamedNetworks& networks, std::string_view client_address,
                  std::string_view browser_address);

// The personal accounts of a `map` file: lines `account sub`. Look-ups take constant time.
class AccountMap {
 public:
  // The whole text of the file. The error is a sentence with the line number: a line of another form, an
  // account or a sub given twice. '#' at the start of a word begins a comment, empty lines are ignored.
  // Both words are at most 255 printable ASCII characters (OIDC Core 2 for sub).
  static std::expected<AccountMap, std::string> Parse(std::string_view text);
  [[nodiscard]] bool Allows(std::string_view account, std::string_view sub) const;
  [[nodiscard]] bool HasSub(std::string_view sub) const;
  [[nodiscard]] std::size_t size() const { return sub_of_account_.size(); }

 private:
  // Lets a string_view be looked up without a copy.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  using Pairs = std::unordered_map<std::string, std::string, Hash, std::equal_to<>>;
  Pairs sub_of_account_;
  Pairs account_of_sub_;
};

// "sudo" for sudo and sudo-i, "su" for su and su-l, else the service itself. A grant for one service of a
// family is a grant for all of it.
std::string_view ServiceFamily(std::string_view service);

// Within one list any entry will do; all lists that are given must be satisfied. A grant that names no
// operator in any way matches nobody.
struct Grant {
  std::string name;
  std::vector<std::string> services;
  std::vector<std::string> accounts;
  std::string map_file;                   // path, empty without
  std::shared_ptr<const AccountMap> map;  // its content, reloaded when it changes; null matches nobody
  std::vector<std::string> callers;       // su: who may call it
  // roles, orgs and activities: by one and the same role entry, the selected one if one was selected. orgs
  // without roles and activities also by the operator's organisations.
  std::vector<std::string> operators, roles, orgs, activities;
  int min_ial = 3;
  int min_aal = 3;
  std::chrono::seconds max_auth_age{300};
  // Always true with allow_system_account. Only sshd ever says that a key was accepted, so such a grant never
  // matches by another service.
  bool require_key = false;
  std::vector<Network> client_networks, browser_networks;
  bool same_network = false;  // ssh client and browser must be kSame, where there is an ssh client ...
  NamedNetworks networks;     // ... by these, which are the host's
  bool allow_system_account = false;
};

// What the host knows about the login asked for. Which account must be granted:
//   sudo, sudo-i  the one that calls: ruser; where account differs (targetpw, rootpw), each of the two.
//                 Without ruser, account.
//   su, su-l      account, the target; besides that ruser must be among callers if the grant has any, and a
//                 su without ruser is refused.
//   others        account.
struct Target {
  std::string service;
  std::string account;         // PAM_USER
  std::string ruser;           // PAM_RUSER, empty if unknown
  std::string client_address;  // of the ssh client, numeric or a name; empty for a local service
  bool key_accepted = false;   // sshd had accepted a public key before
  // The account's uid as this host knows it; nothing for an account it does not know.
  std::optional<std::uint32_t> uid;
  // The uid of `ruser`, needed where sudo's account differs from it.
  std::optional<std::uint32_t> ruser_uid;
};

struct Decision {
  bool allow = false;
  std::string grant;         // the grant that allowed; two with a comma where two accounts had to be granted
  reasons::Refusal refusal;  // when not allowed
};

// Whether `identity`, signed in with a browser at `browser_address`, may do what `target` says.
// A refusal names the nearest miss (levels, age, key, network, system account) only if a grant for that
// service and account already matches the operator; otherwise policy.no_grant, the same for accounts that
// do not exist.
Decision Decide(const std::vector<Grant>& grants, const Target& target, const identity::Identity& identity,
                std::string_view browser_address);

// Why one grant matches or not, condition by condition, for cis2ctl explain. Decide() looks at the same
// conditions.
struct Condition {
  std::string name;  // the key in the configuration, or "account" for: this host knows it
  bool met = false;
  std::string why;  // printable
};
// One for each grant, and where two accounts must be granted, one for each grant and account.
struct Explanation {
  std::string grant;
  std::string account;
  bool matches = false;
  std::vector<Condition> conditions;
};
std::vector<Explanation> Explain(const std::vector<Grant>& grants, const Target& target,
                                 const identity::Identity& identity, std::string_view browser_address);

}  // namespace cis2::policy

#endif  // CIS2_BROKER_POLICY_POLICY_H_
