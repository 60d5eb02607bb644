// Which key may serve which algorithm: the same rules for the provider's keys and for our own.
// RFC 7518 sections 3.3 to 3.5, RFC 8037, RFC 8725 3.5.
#ifndef CIS2_BROKER_JOSE_KEY_RULES_H_
#define CIS2_BROKER_JOSE_KEY_RULES_H_

#include "broker/jose/jwk.h"

#include <openssl/evp.h>

namespace cis2::jose {

// The type fits; RSA has at least 2048 bits and an odd exponent from 65537 to below 2^64; the curve is P-256.
bool Fits(const EVP_PKEY* key, Algorithm alg);

// The digest to sign and verify with; null for EdDSA, which has its own.
const char* DigestName(Algorithm alg);

// Sets up padding for a context that EVP_DigestSignInit or EVP_DigestVerifyInit gave: PSS with a salt as long
// as the digest (RFC 7518 3.5) for PS256 and PS512, PKCS#1 v1.5 for RS256 and RS512.
bool SetPadding(EVP_PKEY_CTX* context, Algorithm alg);

}  // namespace cis2::jose

#endif  // CIS2_BROKER_JOSE_KEY_RULES_H_
