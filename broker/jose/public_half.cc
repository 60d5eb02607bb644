#include "broker/jose/public_half.h"

#include "broker/base/fd.h"
#include "broker/base/secret.h"
#include "broker/jose/key_rules.h"
#include "broker/jose/key_uri.h"
#include "broker/jose/public_jwk.h"
#include "broker/jose/token_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <optional>

namespace cis2::jose {
namespace {

using base::Fail;
using base::Json;
using base::Result;
using Bio = base::CHandle<BIO, BIO_free_all>;

constexpr std::size_t kMaxKeyFile = 64UL * 1024;

// A key with a pass phrase would have OpenSSL ask for it on the terminal.
int RefusePassphrase(char* /*buffer*/, int /*size*/, int /*rwflag*/, void* /*data*/) { return -1; }

Bio Open(std::string_view pem) { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

EvpKey Parse(std::string_view pem, bool is_private) {
  const Bio bio = Open(pem);
  EvpKey key(is_private ? PEM_read_bio_PrivateKey(bio.get(), nullptr, RefusePassphrase, nullptr)
                        : PEM_read_bio_PUBKEY(bio.get(), nullptr, RefusePassphrase, nullptr));
  ERR_clear_error();
  return key;
}

Result<EvpKey> FromFile(const std::string& path) {
  CIS2_TRY(std::string text, base::ReadTrustedFile(path, base::Privacy::kPublic, kMaxKeyFile));
  const base::Secret pem = base::Secret::Take(text);
  const bool is_private = pem.Reveal().find("PRIVATE KEY-----") != std::string_view::npos;
  if (is_private) {
    CIS2_TRY(std::string again, base::ReadTrustedFile(path, base::Privacy::kPrivate, kMaxKeyFile));
    base::Secret::Take(again);
  }
  EvpKey key = Parse(pem.Reveal(), is_private);
  return key == nullptr
             ? Result<EvpKey>(Fail(path + ": there is no readable key in PEM form without a pass phrase"))
             : Result<EvpKey>(std::move(key));
}

Result<EvpKey> FromToken(const std::string& text) {
  CIS2_TRY(const KeyUri uri, ParseKeyUri(text));
  CIS2_TRY(const std::unique_ptr<TokenKey> token, TokenKey::Open(uri));
  return token->PublicHalf();
}

}  // namespace

Result<EvpKey> LoadPublicHalf(const std::string& place) {
  return IsKeyUri(place) ? FromToken(place) : FromFile(place);
}

Result<Json> FurtherJwk(const EVP_PKEY* key, Algorithm preferred) {
  std::optional<Algorithm> alg;
  for (const Algorithm candidate : {preferred, Algorithm::kEs256, Algorithm::kEdDsa}) {
    if (!alg && Fits(key, candidate)) {
      alg = candidate;
    }
  }
  // Only RSA keys fit more than one algorithm.
  if (!alg && !Fits(key, Algorithm::kRs512)) {
    return Fail("a client key is RSA of at least 2048 bits, EC on the curve P-256, or Ed25519");
  }
  return PublishedJwk(key, alg, Thumbprint(PublicMembers(key)));
}

}  // namespace cis2::jose
