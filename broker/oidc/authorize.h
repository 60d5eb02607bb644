// The authorization request (RFC 6749 4.1.1, OIDC Core 3.1.2.1, RFC 7636).
#ifndef CIS2_BROKER_OIDC_AUTHORIZE_H_
#define CIS2_BROKER_OIDC_AUTHORIZE_H_

#include "broker/base/random.h"
#include "broker/base/secret.h"
#include "broker/config/config.h"
#include "broker/oidc/provider.h"

#include <string>

namespace cis2::oidc {

// The single-use values of one journey. They leave the broker in the URL only, the verifier not even there.
struct Transaction {
  base::Secret state;
  base::Secret nonce;
  base::Secret code_verifier;  // empty with pkce = "off"
};

Transaction NewTransaction(const config::Provider& settings, base::Random& random);

// The provider's URL for `transaction`: the same transaction always gives the same URL.
std::string AuthorizationUrl(const config::Provider& settings, const Discovery& discovery,
                             const std::string& redirect_uri, const Transaction& transaction);

// RFC 7636 section 4.2: base64url of SHA-256.
std::string CodeChallenge(const base::Secret& code_verifier);

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_AUTHORIZE_H_
