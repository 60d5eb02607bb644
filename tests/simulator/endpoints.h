// The provider's endpoints, as functions from a request to an answer. No I/O.
//
// Paths are the issuer's path and, behind it: /.well-known/openid-configuration, /connect/jwk_uri,
// /authorize, /access_token, /userinfo. Error texts are CIS2's where they are known.
#ifndef CIS2_TESTS_SIMULATOR_ENDPOINTS_H_
#define CIS2_TESTS_SIMULATOR_ENDPOINTS_H_

#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "broker/http/message.h"
#include "tests/simulator/answer.h"
#include "tests/simulator/bench.h"
#include "tests/simulator/client_check.h"
#include "tests/simulator/keys.h"
#include "tests/simulator/registration.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::simulator {

class Endpoints {
 public:
  // Borrows everything for its own lifetime.
  Endpoints(const Registration& registration, KeyRing& keys, Bench& bench, const base::Clock& clock,
            base::Random& random);

  Answer Handle(const http::ServerRequest& request);

 private:
  struct Route {
    http::Method method;
    std::string_view path;  // behind the issuer's
    Answer (Endpoints::*answer)(const http::ServerRequest&);
    unsigned Counters::* counter;  // null: not counted
  };
  // A code that its client redeems.
  struct Redemption {
    std::string code;
    Grant grant;
  };
  using Form = std::vector<http::FormField>;
  static const Route kRoutes[];

  Answer Discovery(const http::ServerRequest& request);
  Answer Jwks(const http::ServerRequest& request);
  Answer Authorize(const http::ServerRequest& request);
  Answer SignInForm(const http::ServerRequest& request);
  Answer Token(const http::ServerRequest& request);
  Answer Userinfo(const http::ServerRequest& request);

  Answer Document(const Json& document, const Delivery& delivery) const;
  Answer SignIn(AuthorizationRequest request, std::string_view name);
  Answer Back(const std::string& redirect_uri, Form parameters, std::string_view note);
  Answer Back(const AuthorizationError& error);
  std::expected<Redemption, Refusal> Redeem(const http::Headers& headers, const Form& form);
  Answer Tokens(const Redemption& redemption);
  void RememberTokens(const Json& members);
  [[nodiscard]] JwsDraft Unsigned(Json claims);
  std::string SignIdToken(const Redemption& redemption, const std::string& access_token, std::int64_t now);
  [[nodiscard]] std::int64_t WallSeconds() const;

  const Registration& registration_;
  KeyRing& keys_;
  Bench& bench_;
  const base::Clock& clock_;
  base::Random& random_;
  ClientCheck client_check_;
  std::string base_path_;
};

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_ENDPOINTS_H_
