// Our own private key, for client assertions: out of a file, or in a TPM or PKCS#11 token.
#ifndef CIS2_BROKER_JOSE_SIGNING_KEY_H_
#define CIS2_BROKER_JOSE_SIGNING_KEY_H_

#include "broker/base/json.h"
#include "broker/base/result.h"
#include "broker/jose/jwk.h"
#include "broker/jose/key_uri.h"
#include "broker/jose/token_key.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cis2::jose {

class SigningKey {
 public:
  // A PEM private key without a pass phrase. Refuses a type that does not fit `alg`, RSA below 2048 bits.
  // The error never holds a part of the key.
  static base::Result<SigningKey> FromPem(std::string_view pem, Algorithm alg);

  // A key in a token, opened by its URI. Refuses what FromPem() refuses, and a token that cannot sign with
  // `alg`: it signs once, here, with the rights that the caller has now.
  static base::Result<SigningKey> FromUri(const KeyUri& uri, Algorithm alg);

  // header.payload.signature with {"alg", "kid", "typ":"JWT"} as header. Any thread; a token signs one after
  // the other.
  [[nodiscard]] base::Result<std::string> Sign(const base::Json& claims, std::string_view kid) const;
  // RFC 7638 with SHA-256, base64url.
  [[nodiscard]] std::string Thumbprint() const;
  // The public members with use, alg and `kid`.
  [[nodiscard]] base::Json PublicJwk(std::string_view kid) const;
  [[nodiscard]] Algorithm alg() const { return alg_; }

 private:
  SigningKey(EvpKey key, std::unique_ptr<TokenKey> token, Algorithm alg)
      : key_(std::move(key)), token_(std::move(token)), alg_(alg) {}
  [[nodiscard]] bool SignsForItself() const;
  [[nodiscard]] std::optional<std::string> SignBytes(std::string_view message) const;

  EvpKey key_;                       // both halves of a file's key, the public half of a token's
  std::unique_ptr<TokenKey> token_;  // null: the key came out of a file
  Algorithm alg_;
};

}  // namespace cis2::jose

#endif  // CIS2_BROKER_JOSE_SIGNING_KEY_H_
