// The public half of a key as a JWK, and its name. Pure.
#ifndef CIS2_BROKER_JOSE_PUBLIC_JWK_H_
#define CIS2_BROKER_JOSE_PUBLIC_JWK_H_

#include "broker/base/json.h"
#include "broker/jose/jwk.h"

#include <openssl/evp.h>

#include <optional>
#include <string>
#include <string_view>

namespace cis2::jose {

// The members that RFC 7638 3.2 and RFC 8037 2 require of a public key, and no other: kty with n and e, or
// crv, x and y, or crv and x. For keys that Fits() accepted.
base::Json PublicMembers(const EVP_PKEY* key);

// What is published of one of our keys: the public members, use, alg unless it is not given, and `kid`.
base::Json PublishedJwk(const EVP_PKEY* key, std::optional<Algorithm> alg, std::string_view kid);

// RFC 7638: base64url of SHA-256 over exactly those members, names in order, no white space.
std::string Thumbprint(const base::Json& public_members);

}  // namespace cis2::jose

#endif  // CIS2_BROKER_JOSE_PUBLIC_JWK_H_
