// Signatures of JSON Web Signatures, by OpenSSL EVP (RFC 7515, RFC 7518 section 3, RFC 8037).
//
// The simulator's own, so that the broker is never judged by its own code. Signing knows more algorithms than
// a provider should use (HS256, none): a misbehaviour needs them. Verifying knows those of client assertions.
#ifndef CIS2_TESTS_SIMULATOR_JWS_H_
#define CIS2_TESTS_SIMULATOR_JWS_H_

#include "broker/base/c_handle.h"

#include <openssl/evp.h>

#include <optional>
#include <string>
#include <string_view>

namespace cis2::simulator {

using EvpKey = base::CHandle<EVP_PKEY, EVP_PKEY_free>;

// header.payload.signature over the bytes as given. Empty when `alg` is unknown or `key` does not fit it.
// With a null key the signature is empty, whatever `alg` says.
std::string SignCompact(std::string_view header, std::string_view payload, std::string_view alg,
                        EVP_PKEY* key);

struct Compact {
  std::string header;     // decoded
  std::string payload;    // decoded
  std::string signature;  // decoded
  std::string_view signed_part;
};
// Nothing for anything but three strict base64url parts. Borrows `token`.
std::optional<Compact> SplitCompact(std::string_view token);

// RS256, RS512, PS256, PS512, ES256 and EdDSA with a public key of their own type; false for anything else.
bool VerifySignature(std::string_view alg, EVP_PKEY* key, std::string_view signed_part,
                     std::string_view signature);

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_JWS_H_
