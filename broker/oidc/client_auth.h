// How this confidential client proves itself at the token endpoint: private_key_jwt (RFC 7523,
// OIDC Core 9), client_secret_basic and client_secret_post (RFC 6749 2.3.1).
#ifndef CIS2_BROKER_OIDC_CLIENT_AUTH_H_
#define CIS2_BROKER_OIDC_CLIENT_AUTH_H_

#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "broker/base/result.h"
#include "broker/base/secret.h"
#include "broker/config/config.h"
#include "broker/http/message.h"
#include "broker/jose/signing_key.h"

#include <optional>
#include <string>
#include <vector>

namespace cis2::oidc {

// The key or the secret, read once at start, as root. Not copyable; any thread may use it.
class ClientCredential {
 public:
  // Reads [provider] client_key or client_secret_file, and opens a token. Refuses loose permissions, a key
  // that does not fit client_assertion_alg, RSA below 2048 bits, and any of them among the further keys to
  // publish.
  static base::Result<ClientCredential> Load(const config::Provider& settings);

  // Adds what proves us to a token request: the assertion or the secret. An error only if OpenSSL cannot
  // sign; the request must not be sent then.
  base::Result<void> Authenticate(const config::Provider& settings, const std::string& token_endpoint,
                                  const base::Clock& clock, base::Random& random, http::Headers& headers,
                                  std::vector<http::FormField>& form) const;

  // {"keys":[...]} with public keys alone: the one that is signed with, under client_key_id if that is set,
  // then those of a rotation under way and those of client_keys_published, under their thumbprints, each key
  // once. An empty set for the secret methods.
  [[nodiscard]] std::string PublicJwks(const config::Provider& settings) const;

  // What must be in no log; empty with a key, which never leaves its place.
  [[nodiscard]] const base::Secret& secret() const { return secret_; }

 private:
  std::optional<jose::SigningKey> key_;
  std::vector<base::Json> further_keys_;
  base::Secret secret_;
};

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_CLIENT_AUTH_H_
