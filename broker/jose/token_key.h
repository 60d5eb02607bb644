// A private key in a TPM 2.0 or a PKCS#11 token, open through OpenSSL's providers "tpm2" and "pkcs11" or,
// where the latter cannot be loaded, through the engine "pkcs11".
//
// A provider lives in a library context of its own, so that no TLS, hash or random number of the broker ever
// goes to the token. The token is opened with the rights of the caller and stays open: signing needs none of
// them again, except where a PKCS#11 module reads its files each time.
#ifndef CIS2_BROKER_JOSE_TOKEN_KEY_H_
#define CIS2_BROKER_JOSE_TOKEN_KEY_H_

#include "broker/base/c_handle.h"
#include "broker/base/result.h"
#include "broker/jose/jwk.h"
#include "broker/jose/key_uri.h"

#include <openssl/crypto.h>

#include <memory>
#include <mutex>

namespace cis2::jose {

// Neither copied nor moved: the key must go before its context.
class TokenKey {
 public:
  // Reads the PIN and opens the key. The error says what to do and never holds the PIN.
  static base::Result<std::unique_ptr<TokenKey>> Open(const KeyUri& uri);
  TokenKey(const TokenKey&) = delete;
  TokenKey& operator=(const TokenKey&) = delete;
  ~TokenKey() = default;

  // Hold mutex() while using it: an ESYS context of tpm2-tss belongs to one thread at a time, a TPM has three
  // places for what a signature needs, and PKCS#11 modules differ.
  [[nodiscard]] EVP_PKEY* get() const { return key_.get(); }
  [[nodiscard]] OSSL_LIB_CTX* context() const { return context_.get(); }
  // The property query that keeps operations at the token's provider; null for an engine.
  [[nodiscard]] const char* properties() const { return properties_; }
  [[nodiscard]] std::mutex& mutex() const { return mutex_; }
  // The public half as an ordinary key of the default context.
  [[nodiscard]] base::Result<EvpKey> PublicHalf() const;

 private:
  using Context = base::CHandle<OSSL_LIB_CTX, OSSL_LIB_CTX_free>;
  TokenKey(Context context, const char* properties, EvpKey key)
      : context_(std::move(context)), properties_(properties), key_(std::move(key)) {}

  Context context_;  // null: the default one, where engines are
  const char* properties_;
  EvpKey key_;
  mutable std::mutex mutex_;
};

}  // namespace cis2::jose

#endif  // CIS2_BROKER_JOSE_TOKEN_KEY_H_
