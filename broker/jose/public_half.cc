#include "broker/jose/public_half.h"

#include "broker/base/fd.h"
#include "broker/base/secret.h"
#include "broker/jose/key_rules.h"
#include "broker/jose/key_uri.h"
#include "broker/jose/pem.h"
#include "broker/jose/public_jwk.h"
#include "broker/jose/token_key.h"

#include <optional>

namespace cis2::jose {
namespace {

using base::Fail;
using base::Json;
using base::Result;

constexpr std::size_t kMaxKeyFile = 64UL * 1024;

Result<EvpKey> FromFile(const std::string& path) {
  CIS2_TRY(std::string text, base::ReadTrustedFile(path, base::Privacy::kPublic, kMaxKeyFile));
  const base::Secret pem = base::Secret::Take(text);
  const bool is_private = pem.Reveal().find("PRIVATE KEY-----") != std::string_view::npos;
  if (is_private) {
    CIS2_TRY(std::string again, base::ReadTrustedFile(path, base::Privacy::kPrivate, kMaxKeyFile));
    base::Secret::Take(again);
  }
  auto key = is_private ? ReadPrivatePem(pem.Reveal()) : ReadPublicPem(pem.Reveal());
  return key ? std::move(key) : Result<EvpKey>(Fail(path + ": " + key.error().message));
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
