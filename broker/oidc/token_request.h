// The token request of the authorization code grant (RFC 6749 4.1.3, RFC 7636 4.5) and its answer (RFC 6749
// 5, OIDC Core 3.1.3.3). Sent once: a code is good for one attempt.
//
// No code, token, verifier or credential gets into a refusal's detail, and the buffers that held one are
// wiped.
#ifndef CIS2_BROKER_OIDC_TOKEN_REQUEST_H_
#define CIS2_BROKER_OIDC_TOKEN_REQUEST_H_

#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "broker/base/secret.h"
#include "broker/config/config.h"
#include "broker/http/client.h"
#include "broker/oidc/client_auth.h"
#include "broker/oidc/sign_in.h"
#include "broker/reasons/reasons.h"

#include <string>

namespace cis2::oidc {

struct Tokens {
  base::Secret access_token;
  base::Secret id_token;
};

// Blocks. kTokenInvalidGrant, kTokenInvalidClient, kTokenError for what the endpoint says, kTokenMalformed
// for an answer that is none, kProviderUnavailable for no answer, 5xx and 429, kLoginInternal when we cannot
// sign.
reasons::Checked<Tokens> RequestTokens(const config::Provider& settings, const std::string& token_endpoint,
                                       http::Client& client, const ClientCredential& credential,
                                       const base::Clock& clock, base::Random& random,
                                       const SignInRequest& request);

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_TOKEN_REQUEST_H_
