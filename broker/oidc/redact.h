// Keeps the secrets of a login out of the administrator's line.
//
// A refusal's detail quotes what was wrong: an issuer, an algorithm, an error. A provider or a browser that
// means harm can put the state, the nonce or the code there, to have it in a log.
#ifndef CIS2_BROKER_OIDC_REDACT_H_
#define CIS2_BROKER_OIDC_REDACT_H_

#include "broker/base/secret.h"
#include "broker/reasons/reasons.h"

#include <vector>

namespace cis2::oidc {

// The refusal, without its detail if that has one of the secrets in it, the beginning of one, or what looks
// like a token. Empty secrets are none.
reasons::Refusal WithoutSecrets(reasons::Refusal refusal, const std::vector<const base::Secret*>& secrets);

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_REDACT_H_
