// Public keys of the provider (RFC 7517, RFC 7518 section 6, RFC 8037).
#ifndef CIS2_BROKER_JOSE_JWK_H_
#define CIS2_BROKER_JOSE_JWK_H_

#include "broker/base/c_handle.h"

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::jose {

using EvpKey = base::CHandle<EVP_PKEY, EVP_PKEY_free>;

// The signature algorithms of ours; "none" and the MAC ones do not exist here (RFC 8725 3.1, 3.2).
enum class Algorithm { kRs256, kRs512, kPs256, kPs512, kEs256, kEdDsa };
std::optional<Algorithm> AlgorithmFromName(std::string_view name);
std::string_view Name(Algorithm alg);

struct VerificationKey {
  std::string kid;  // empty if the key had none
  Algorithm alg;    // bound to the key: the one it was accepted for
  EvpKey key;
};

// The keys of a JWKS that may verify signatures of exactly `alg`: use is "sig" or absent, key_ops allow it,
// alg is that one or absent, the type fits, RSA is at least 2048 bits with a sane exponent, no private
// members.
class KeySet {
 public:
  // Nothing when the text is no JWKS or a kid is given twice among usable keys. Unusable keys are left out;
  // a set without any usable key is a KeySet with size() 0.
  static std::optional<KeySet> Parse(std::string_view json, Algorithm alg);

  // The key called `kid`. For a token without kid: the only key, if there is just one.
  [[nodiscard]] const VerificationKey* Find(const std::optional<std::string>& kid) const;
  [[nodiscard]] std::size_t size() const { return keys_.size(); }

 private:
  std::vector<VerificationKey> keys_;
};

}  // namespace cis2::jose

#endif  // CIS2_BROKER_JOSE_JWK_H_
