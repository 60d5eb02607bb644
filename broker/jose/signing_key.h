// Our own private key, for client assertions.
#ifndef CIS2_BROKER_JOSE_SIGNING_KEY_H_
#define CIS2_BROKER_JOSE_SIGNING_KEY_H_

#include <string>
#include <string_view>

#include "broker/base/json.h"
#include "broker/base/result.h"
#include "broker/jose/jwk.h"

namespace cis2::jose {

class SigningKey {
 public:
  // A PEM private key without a pass phrase. Refuses a type that does not fit `alg`, RSA below 2048 bits.
  // The error never holds a part of the key.
  static base::Result<SigningKey> FromPem(std::string_view pem, Algorithm alg);

  // header.payload.signature with {"alg", "kid", "typ":"JWT"} as header. Any thread.
  [[nodiscard]] base::Result<std::string> Sign(const base::Json& claims, std::string_view kid) const;
  // RFC 7638 with SHA-256, base64url.
  [[nodiscard]] std::string Thumbprint() const;
  // The public members with use, alg and `kid`.
  [[nodiscard]] base::Json PublicJwk(std::string_view kid) const;
  [[nodiscard]] Algorithm alg() const { return alg_; }

 private:
  SigningKey(EvpKey key, Algorithm alg) : key_(std::move(key)), alg_(alg) {}
  EvpKey key_;
  Algorithm alg_;
};

}  // namespace cis2::jose

#endif  // CIS2_BROKER_JOSE_SIGNING_KEY_H_
