// What the simulator remembers between requests: sign-ins that wait for an answer, codes, access tokens, and
// every secret it saw or made, for the test that searches logs for them.
//
// Threads: none. Time and chance come in.
#ifndef CIS2_TESTS_SIMULATOR_MEMORY_H_
#define CIS2_TESTS_SIMULATOR_MEMORY_H_

#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "tests/simulator/authorize.h"
#include "tests/simulator/operators.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cis2::simulator {

inline constexpr std::chrono::seconds kTransactionLifetime{600};
inline constexpr std::chrono::seconds kCodeLifetime{60};
inline constexpr std::chrono::seconds kAccessTokenLifetime{3599};

// One sign-in of one operator.
struct Grant {
  AuthorizationRequest request;
  const Operator* who = nullptr;
  std::int64_t auth_time = 0;
  std::string sid;
};

// What an access token stands for.
struct Issued {
  Grant grant;
  std::string id_token;
};

class Memory {
 public:
  // Borrows both for its own lifetime.
  Memory(const base::Clock& clock, base::Random& random);

  // A request whose page is shown; the id is single-use.
  std::string AddTransaction(AuthorizationRequest request);
  std::optional<AuthorizationRequest> TakeTransaction(const std::string& id);

  std::string AddCode(Grant grant);
  // Uses the code up, whether or not the rest of the request is right. A second use takes back the access
  // token of the first (RFC 6749 section 4.1.2).
  std::optional<Grant> TakeCode(const std::string& code);
  // The answer to `code` was `access_token`.
  void Redeemed(const std::string& code, const std::string& access_token, Issued issued);
  // Null for a token that is unknown, taken back or too old.
  [[nodiscard]] const Issued* FindAccessToken(const std::string& access_token) const;

  // Every code ever made, oldest first, and whether it was redeemed.
  [[nodiscard]] std::vector<std::pair<std::string, bool>> Codes() const;

  // `kind` is a literal such as "code". An empty value is not remembered.
  void RememberSecret(std::string_view kind, const std::string& value);
  [[nodiscard]] const std::set<std::pair<std::string, std::string>>& Secrets() const { return secrets_; }

 private:
  struct Transaction {
    AuthorizationRequest request;
    base::TimePoint expires;
  };
  struct Code {
    std::string value;
    Grant grant;
    base::TimePoint expires;
    bool used = false;
    std::string access_token;  // empty: not redeemed
  };
  struct AccessToken {
    Issued issued;
    base::TimePoint expires;
  };

  const base::Clock& clock_;
  base::Random& random_;
  std::map<std::string, Transaction> transactions_;
  std::vector<Code> codes_;
  std::map<std::string, AccessToken> access_tokens_;
  std::set<std::pair<std::string, std::string>> secrets_;
};

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_MEMORY_H_
