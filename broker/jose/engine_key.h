// A key of a PKCS#11 token through OpenSSL's engine "pkcs11" (libengine-pkcs11-openssl).
//
// Engines are deprecated since OpenSSL 3.0 and wanted here all the same: Debian 12 has no provider for
// PKCS#11. Everything of them is in this one file.
#ifndef CIS2_BROKER_JOSE_ENGINE_KEY_H_
#define CIS2_BROKER_JOSE_ENGINE_KEY_H_

#include "broker/base/result.h"
#include "broker/base/secret.h"
#include "broker/jose/jwk.h"
#include "broker/jose/key_uri.h"

namespace cis2::jose {

// The private key that `uri` names. An engine belongs to the process, not to a library context, and stays
// loaded; nothing but this key uses it. The first module_path counts for the whole process.
base::Result<EvpKey> LoadEngineKey(const KeyUri& uri, const base::Secret& pin);

}  // namespace cis2::jose

#endif  // CIS2_BROKER_JOSE_ENGINE_KEY_H_
