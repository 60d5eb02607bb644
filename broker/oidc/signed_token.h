// What every token of the provider must be before a claim in it is looked at: a compact JWS with the one
// algorithm of the configuration, made with a key of the provider (RFC 7515, RFC 8725 3.1, 3.2, 3.11).
//
// Which kind of token it is, its claims must tell: id_token.h, userinfo.h.
#ifndef CIS2_BROKER_OIDC_SIGNED_TOKEN_H_
#define CIS2_BROKER_OIDC_SIGNED_TOKEN_H_

#include "broker/config/config.h"
#include "broker/jose/verify.h"
#include "broker/oidc/provider.h"
#include "broker/reasons/reasons.h"

#include <cstdint>
#include <string_view>

namespace cis2::oidc {

// Chooses the key by kid, with one refetch when it is unknown; may block for that. kIdTokenForm,
// kIdTokenCrit, kIdTokenAlg, kIdTokenType, kIdTokenKey, kIdTokenSignature; kProviderNotReady,
// kProviderUnavailable, kJwksMalformed when the keys cannot be had.
reasons::Checked<jose::VerifiedClaims> VerifySignedToken(std::string_view token, Provider& provider,
                                                         const config::Provider& settings);

// OIDC Core 3.1.3.7 step 3: ours is in it, and nobody else's. A string, or a list.
bool IsForUs(const base::Json& aud, const config::Provider& settings);

// A time claim: RFC 7519 section 2, NumericDate; whole seconds in a range that cannot overflow when a skew is
// added.
std::optional<std::int64_t> TimeMember(const base::Json& claims, std::string_view name);

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_SIGNED_TOKEN_H_
