// From an authorization code to an Identity: the whole exchange, top to bottom, plain sequential code.
//
// Steps: token request as a confidential client; ID token verified; userinfo asked and checked; levels read.
// Every step refuses with its own reason. Runs on a provider worker and blocks; touches no state but the
// Provider's.
#ifndef CIS2_BROKER_OIDC_SIGN_IN_H_
#define CIS2_BROKER_OIDC_SIGN_IN_H_

#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "broker/base/secret.h"
#include "broker/config/config.h"
#include "broker/http/client.h"
#include "broker/identity/identity.h"
#include "broker/oidc/authorize.h"
#include "broker/oidc/client_auth.h"
#include "broker/oidc/provider.h"
#include "broker/reasons/reasons.h"

#include <optional>
#include <string>

namespace cis2::oidc {

struct SignInRequest {
  base::Secret code;
  Transaction transaction;
  std::string redirect_uri;
};

struct Tokens;  // token_request.h

class SignIn {
 public:
  // Borrows everything for its own lifetime.
  SignIn(const config::Provider& settings, Provider& provider, http::Client& client,
         const ClientCredential& credential, const base::Clock& clock, base::Random& random);

  reasons::Checked<identity::Identity> Run(const SignInRequest& request);

  // Whether the token endpoint refuses this client: asked with a code of our own making, which it has never
  // given, so that nobody else has a part in the answer. A client that is known hears invalid_grant, or
  // another of the errors that RFC 6749 section 5.2 names. Nothing: there was no such answer. Blocks.
  std::optional<bool> IsRefused(const std::string& redirect_uri);

 private:
  // What the tokens prove.
  reasons::Checked<identity::Identity> Prove(const Discovery& discovery, const Tokens& tokens,
                                             const SignInRequest& request);

  const config::Provider& settings_;
  Provider& provider_;
  http::Client& client_;
  const ClientCredential& credential_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_SIGN_IN_H_
