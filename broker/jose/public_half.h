// Keys of ours that are published and not signed with: the next one, the last one, one in another token.
#ifndef CIS2_BROKER_JOSE_PUBLIC_HALF_H_
#define CIS2_BROKER_JOSE_PUBLIC_HALF_H_

#include "broker/base/json.h"
#include "broker/base/result.h"
#include "broker/jose/jwk.h"

#include <string>

namespace cis2::jose {

// The public half of the key in a PEM file (a private key that nobody else may read, or a public key) or of a
// token's key, named by its URI. Closes file and token. The error names `place`, and never holds a part of a
// private key.
base::Result<EvpKey> LoadPublicHalf(const std::string& place);

// `key` as it is published under its thumbprint. Its alg is `preferred`, which the client is registered with,
// if that fits; else the only one that does; else none is named. Refuses a key that fits no algorithm of
// ours.
base::Result<base::Json> FurtherJwk(const EVP_PKEY* key, Algorithm preferred);

}  // namespace cis2::jose

#endif  // CIS2_BROKER_JOSE_PUBLIC_HALF_H_
