// Who sent a token request: the registered client, proved by exactly one method, or nobody.
//
// private_key_jwt (RFC 7523, OIDC Core 9), client_secret_basic and client_secret_post (RFC 6749 2.3.1). The
// rules for an assertion are the strictest that any NHS service is known to apply (docs of CIS2's clients and
// of the NHS API platform): alg, kid and typ named and right, iss and sub the client id, aud one string equal
// to the token endpoint byte for byte, exp at most five minutes ahead, jti never seen before. The answer
// never tells which rule was broken, as CIS2's does not; Refusal::note does, for the request log.
#ifndef CIS2_TESTS_SIMULATOR_CLIENT_CHECK_H_
#define CIS2_TESTS_SIMULATOR_CLIENT_CHECK_H_

#include "broker/base/clock.h"
#include "broker/http/message.h"
#include "tests/simulator/answer.h"
#include "tests/simulator/registration.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::simulator {

class ClientCheck {
 public:
  // Borrows both for its own lifetime.
  ClientCheck(const Registration& registration, const base::Clock& clock);

  // Nothing when the request is the client's. `form` has no field twice.
  std::optional<Refusal> Check(const http::Headers& headers, const std::vector<http::FormField>& form);

 private:
  std::optional<Refusal> CheckSecret(const std::string& id, const std::string& secret) const;
  std::optional<Refusal> CheckBasic(std::string_view authorization) const;
  std::string_view FaultOf(const std::string& assertion);
  std::string_view FaultOfClaims(std::string_view payload);

  const Registration& registration_;
  const base::Clock& clock_;
  std::map<std::string, base::TimePoint> used_jti_;  // until when each is remembered
};

// The value of the only field called `name`; nothing when there is none or more than one.
std::optional<std::string> Field(const std::vector<http::FormField>& form, std::string_view name);

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_CLIENT_CHECK_H_
