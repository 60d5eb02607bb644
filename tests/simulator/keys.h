// The provider's own keys, and keys in JWK form in both directions (RFC 7517, RFC 7518 section 6, RFC 8037).
#ifndef CIS2_TESTS_SIMULATOR_KEYS_H_
#define CIS2_TESTS_SIMULATOR_KEYS_H_

#include "broker/base/json.h"
#include "broker/base/random.h"
#include "broker/base/result.h"
#include "tests/simulator/answer.h"
#include "tests/simulator/jws.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::simulator {

struct Key {
  std::string kid;
  std::string use;  // "sig" or "enc"
  std::string alg;
  EvpKey key;
};

// The public members of `key`.
Json PublicJwk(const Key& key);
// Its public half as the PEM text that anybody can make of the JWKS.
std::string PublicPem(const Key& key);

// What signs tokens, and what else stands in ForgeRock's JWKS: keys of other algorithms and one for
// encryption.
class KeyRing {
 public:
  // The RS256 key is read from `signing_key_pem` (RSA of 2048 bits or more), or made when there is none.
  static base::Result<KeyRing> Make(const std::optional<std::string>& signing_key_pem);

  [[nodiscard]] const Key& signing() const { return signing_keys_.front(); }
  // {"keys":[...]}: RS256, ES256, ES384 and ES512 for signatures, RSA1_5 for encryption.
  Json Jwks();
  // The published key that signs with `alg`; null when there is none.
  [[nodiscard]] const Key* Signing(std::string_view alg) const;

  // Keys for misbehaviours. The stranger has the kid of signing() and stands in no
  // JWKS; the successor is what signing() would be replaced by.
  const Key& Stranger();
  const Key& Successor();
  // An RSA key of 1024 bits.
  const Key& Weak();
  // `secret` as a key of HS256, under the kid of signing().
  const Key& Symmetric(std::string_view secret);

 private:
  KeyRing() = default;
  std::vector<Key> signing_keys_;
  // Made when first asked for: an RSA key takes its time.
  std::optional<Key> encryption_;
  std::optional<Key> stranger_;
  std::optional<Key> successor_;
  std::optional<Key> weak_;
  std::optional<Key> symmetric_;
};

// A client's public key, as registered.
struct ClientKey {
  std::string kid;
  std::string alg;
  EvpKey key;
};

// The keys of a client's JWKS. Strict, because a real provider would not tell what is wrong: each key needs
// kid, use "sig" and an alg that fits its type; RSA needs 2048 bits; a private member or a kid given twice
// refuses the whole set.
base::Result<std::vector<ClientKey>> ParseClientJwks(std::string_view text);

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_KEYS_H_
