// The commands of cis2ctl, each a function from its options to an exit status. They write to the streams they
// are given and print nothing that is not printable.
#ifndef CIS2_BROKER_CTL_COMMANDS_H_
#define CIS2_BROKER_CTL_COMMANDS_H_

#include "broker/base/documents.h"
#include "broker/base/result.h"
#include "broker/config/load.h"
#include "broker/identity/identity.h"
#include "broker/jose/signing_key.h"
#include "broker/policy/policy.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace cis2::ctl {

inline constexpr int kExitOk = 0;
inline constexpr int kExitNo = 1;     // problems found, refused, the broker could not be asked
inline constexpr int kExitUsage = 2;  // the command itself, or the configuration, cannot be used

inline constexpr const char* kDefaultConfig = "/etc/cis2-broker/broker.toml";

struct Streams {
  std::ostream& out;
  std::ostream& err;
};

struct CommonOptions {
  std::string config = kDefaultConfig;
  bool config_given = false;  // with --config; else there may be none yet
  bool json = false;
};

struct CheckConfigOptions {
  bool files = true;  // judge keys and certificates as well
};
// Every check that the broker makes when it starts, and advice.
int CheckConfig(const CommonOptions& common, const CheckConfigOptions& options, const Streams& streams);
// The problems alone, keys and certificates included, for others here.
std::vector<config::Problem> FindProblems(const std::string& config_path);

struct ControlOptions {
  std::string socket;  // empty: [host] control_socket of the configuration
};
int Status(const CommonOptions& common, const ControlOptions& options, const Streams& streams);
int Logins(const CommonOptions& common, const ControlOptions& options, const Streams& streams);

struct CancelOptions {
  std::string reference, account;  // one of these,
  bool all = false;                // or this
};
// Ends pending logins. 1 when there was none to end.
int Cancel(const CommonOptions& common, const ControlOptions& options, const CancelOptions& which,
           const Streams& streams);

// Has the running broker read the grants again, and hands it the page certificate and its key, which root alone
// may read. With a problem in these the grants are read again all the same.
int Reload(const CommonOptions& common, const ControlOptions& options, const Streams& streams);

struct ExplainOptions {
  policy::Target target;
  std::optional<std::uint32_t> uid, ruser_uid;  // in place of what this host knows
  std::string browser_address;
  std::string identity_file;  // in place of `identity`, `roles` and `auth_age`
  identity::Identity identity;
  std::vector<std::string> roles;  // CODE@ORG[:ACTIVITY,...]
  std::string auth_age = "0s";
};
// 0 when the login would be allowed, 1 when it would be refused.
int Explain(const CommonOptions& common, ExplainOptions options, const Streams& streams);

struct KeygenOptions {
  std::string alg;  // empty: [provider] client_assertion_alg
  std::string out;  // empty: [provider] client_key
};
// Makes a private key in a file that is not there yet, and prints its id and its public half.
int Keygen(const CommonOptions& common, KeygenOptions options, const Streams& streams);
// The same without a word, for others here.
base::Result<jose::SigningKey> MakeKeyFile(const std::string& path, const std::string& alg_name);

enum class RotateStep { kStatus, kPrepare, kSwitch, kFinish };
struct RotateOptions {
  RotateStep step = RotateStep::kStatus;
  bool yes = false;
};
// One step in the replacement of a key that is a file; refused out of order. Prints where the key files are
// then.
int Rotate(const CommonOptions& common, const RotateOptions& options, const Streams& streams);

enum class BreakGlassStep { kMake, kList, kRevoke };
struct BreakGlassOptions {
  BreakGlassStep step = BreakGlassStep::kList;
  std::string account;  // list: empty is every account
  // make
  int count = 5;
  std::string valid = "90d";
  bool system_account = false;
  // revoke: one of ids, account and all
  std::vector<std::string> ids;
  bool all = false;
};
// Emergency codes: made and shown once, listed without their secrets, taken back.
int BreakGlass(const CommonOptions& common, const BreakGlassOptions& options, const Streams& streams);
// Who is to sign in for a test, and what the broker is told of them.
struct TestLoginOptions {
  std::string service = "sshd";
  std::string account = {};         // empty: who called sudo
  std::string ruser = {};           // who calls su; empty: who called sudo
  std::string client_address = {};  // where sshd's client would be; empty: that of this session
  std::string key_file = {};        // a public key that sshd would have accepted
};
// A whole login in the terminal. 0 when it would be let in.
int TestLogin(const CommonOptions& common, const TestLoginOptions& options, const Streams& streams);

struct EnableOptions {
  TestLoginOptions login;                    // login.service is what is to be enabled
  std::string rescue_group = "cis2-rescue";  // "none": root alone
  std::string others = "allow";              // or "refuse"
  bool fallback = false;
  std::string confirm_within = "5m";
  bool apply = false;
  bool confirm = false;
};
// Shows what it would change in a service's PAM file, and for sshd in a drop-in; with `apply` proves it by a test
// login first, and takes it back unless it is confirmed in time.
int Enable(const CommonOptions& common, const EnableOptions& options, const Streams& streams);

struct DisableOptions {
  std::string service;
  bool apply = false;
  std::string unless_confirmed;  // the id of a change: apply if it still waits, without a word
};
int Disable(const CommonOptions& common, const DisableOptions& options, const Streams& streams);

// The public keys of the client, for the provider.
int Jwks(const CommonOptions& common, const Streams& streams);

// "S8001:G8002:R8008@RX1:B0062,B1570". The entry's id stays empty.
std::optional<identity::Role> ParseRole(std::string_view text);
// An identity in JSON, as docs/cis2ctl.md describes it; nothing for anything else.
std::optional<identity::Identity> ParseIdentity(std::string_view json);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_COMMANDS_H_
