// Verification of compact JWS (RFC 7515), with public keys and one algorithm chosen by the verifier.
//
// One function takes bytes and gives a verified payload; there is nothing between. The signature is checked
// over the received bytes before the payload is looked at.
#ifndef CIS2_BROKER_JOSE_VERIFY_H_
#define CIS2_BROKER_JOSE_VERIFY_H_

#include "broker/base/json.h"
#include "broker/jose/jwk.h"
#include "broker/reasons/reasons.h"

#include <optional>
#include <string>
#include <string_view>

namespace cis2::jose {

// The header of a token that nothing is known about yet: for choosing a key, and nothing else.
struct UnverifiedHeader {
  std::string alg;
  std::optional<std::string> kid;
  std::optional<std::string> typ;
};
// kIdTokenForm for anything that is not three strict base64url parts with a JSON object first; kIdTokenCrit
// for crit, b64, jku, jwk, x5u, x5c (RFC 7515 4.1.11, RFC 8725 3.10).
reasons::Checked<UnverifiedHeader> ReadHeader(std::string_view token);

// The claims of a token whose signature was verified. Only VerifySignature makes one.
class VerifiedClaims {
 public:
  [[nodiscard]] const base::Json& json() const { return json_; }

 private:
  friend reasons::Checked<VerifiedClaims> VerifySignature(std::string_view token, const VerificationKey& key);
  explicit VerifiedClaims(base::Json json) : json_(std::move(json)) {}
  base::Json json_;
};

// kIdTokenAlg when the header's alg is not key.alg, kIdTokenSignature when it does not verify, kIdTokenForm
// when the payload is not one JSON object.
reasons::Checked<VerifiedClaims> VerifySignature(std::string_view token, const VerificationKey& key);

}  // namespace cis2::jose

#endif  // CIS2_BROKER_JOSE_VERIFY_H_
