// New private keys for client assertions.
#ifndef CIS2_BROKER_JOSE_GENERATE_H_
#define CIS2_BROKER_JOSE_GENERATE_H_

#include "broker/base/result.h"
#include "broker/base/secret.h"
#include "broker/jose/jwk.h"

namespace cis2::jose {

// A fresh key that fits `alg`, as PKCS#8 in PEM without a pass phrase: RSA with 3072 bits, P-256 or Ed25519.
base::Result<base::Secret> GeneratePem(Algorithm alg);

}  // namespace cis2::jose

#endif  // CIS2_BROKER_JOSE_GENERATE_H_
