// The authorization request (RFC 6749 4.1.1, OIDC Core 3.1.2.1, RFC 7636), and the way back to the client.
// Pure.
#ifndef CIS2_TESTS_SIMULATOR_AUTHORIZE_H_
#define CIS2_TESTS_SIMULATOR_AUTHORIZE_H_

#include "broker/http/message.h"
#include "tests/simulator/registration.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cis2::simulator {

struct AuthorizationRequest {
  std::string redirect_uri;
  std::optional<std::string> state;
  std::optional<std::string> nonce;
  std::vector<std::string> scopes;
  std::string acr = "AAL3_ANY";  // the first of acr_values; CIS2's default when there are none
  std::string prompt;            // remembered: everyone signs in afresh here, so that it is always obeyed
  std::optional<std::int64_t> max_age;  // likewise
  std::string code_challenge;           // S256; empty without PKCE

  [[nodiscard]] bool HasScope(std::string_view scope) const;
};

// A fault that is told to the client, by redirect (RFC 6749 section 4.1.2.1).
struct AuthorizationError {
  std::string redirect_uri;
  std::optional<std::string> state;
  std::string error;
  std::string description;
};

// A fault that is shown to the person alone: the address to redirect to cannot be trusted.
struct PageError {
  std::string_view what;  // a literal
};

using ParsedAuthorization = std::variant<AuthorizationRequest, AuthorizationError, PageError>;
ParsedAuthorization ParseAuthorization(std::string_view query, const Client& client);

// The scopes that CIS2 knows (facts on its scopes-and-claims page).
const std::vector<std::string_view>& KnownScopes();

std::vector<http::FormField> ErrorParameters(const AuthorizationError& error);
// `redirect_uri` with `parameters` added to its query.
std::string RedirectTarget(const std::string& redirect_uri, const std::vector<http::FormField>& parameters);

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_AUTHORIZE_H_
