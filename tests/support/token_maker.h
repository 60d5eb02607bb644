// An independent signer: keys, JWKs and compact tokens made with OpenSSL directly, sharing no code with
// broker/jose. It signs whatever it is given, well-formed or not.
#ifndef CIS2_TESTS_SUPPORT_TOKEN_MAKER_H_
#define CIS2_TESTS_SUPPORT_TOKEN_MAKER_H_

#include "broker/base/c_handle.h"

#include <openssl/evp.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace cis2::tests {

class TestKey {
 public:
  // Made once for the program: RSA keys take time.
  static const TestKey& Rsa();
  static const TestKey& OtherRsa();
  static const TestKey& SmallRsa();    // 1024 bits
  static const TestKey& ThreeRsa();    // exponent 3
  static const TestKey& Ec();          // P-256
  static const TestKey& OtherEc();     // P-256
  static const TestKey& OtherCurve();  // P-384
  static const TestKey& Ed25519();

  // "kty" and its public members, without braces: "\"kty\":\"RSA\",\"n\":...".
  [[nodiscard]] std::string PublicMembers() const;
  // A whole JWK for signatures. An empty `kid` or `alg` is left out.
  [[nodiscard]] std::string Jwk(const std::string& kid, const std::string& alg) const;
  // PKCS#8; with a pass phrase where one is given.
  [[nodiscard]] std::string PrivatePem(const std::string& passphrase = "") const;
  // SubjectPublicKeyInfo as PEM: what algorithm confusion uses as a MAC key.
  [[nodiscard]] std::string PublicPem() const;
  [[nodiscard]] EVP_PKEY* get() const { return key_.get(); }

 private:
  explicit TestKey(EVP_PKEY* key) : key_(key) {}
  base::CHandle<EVP_PKEY, EVP_PKEY_free> key_;
};

std::string Jwks(std::initializer_list<std::string> keys);

// base64url without padding.
std::string B64(std::string_view bytes);

// header.payload.signature, signed with `key` in the way of `alg` (RS256, RS512, PS256, PS512, ES256, EdDSA),
// whatever the header says.
std::string SignToken(const std::string& header, const std::string& payload, const TestKey& key,
                      const std::string& alg);
// The same with HMAC-SHA-256.
std::string MacToken(const std::string& header, const std::string& payload, const std::string& secret);

}  // namespace cis2::tests

#endif  // CIS2_TESTS_SUPPORT_TOKEN_MAKER_H_
