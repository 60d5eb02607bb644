// Keys in PEM text (RFC 7468). Nobody is ever asked for a pass phrase.
#ifndef CIS2_BROKER_JOSE_PEM_H_
#define CIS2_BROKER_JOSE_PEM_H_

#include "broker/base/result.h"
#include "broker/jose/jwk.h"

#include <string_view>

namespace cis2::jose {

// The first private key in `pem`, of any type and size. The error never holds a part of the key.
base::Result<EvpKey> ReadPrivatePem(std::string_view pem);
// The first public key in `pem` (SubjectPublicKeyInfo), of any type and size.
base::Result<EvpKey> ReadPublicPem(std::string_view pem);

}  // namespace cis2::jose

#endif  // CIS2_BROKER_JOSE_PEM_H_
