#include "broker/jose/public_jwk.h"

#include "broker/base/c_handle.h"
#include "broker/base/text.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include <algorithm>

namespace cis2::jose {
namespace {

using base::Json;

// A number of the key as base64url: at least `min_size` octets, otherwise as few as it needs.
std::string Number(const EVP_PKEY* key, const char* name, int min_size) {
  BIGNUM* raw = nullptr;
  EVP_PKEY_get_bn_param(key, name, &raw);
  const base::CHandle<BIGNUM, BN_free> number(raw);
  std::string bytes(static_cast<std::size_t>(std::max(BN_num_bytes(number.get()), min_size)), '\0');
  BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return base::Base64UrlEncode(bytes);
}

Json Ed25519Members(const EVP_PKEY* key) {
  std::string x(32, '\0');
  std::size_t size = x.size();
  EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(x.data()), &size);
  return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base::Base64UrlEncode(x)}};
}

}  // namespace

Json PublicMembers(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return {{"kty", "RSA"},
              {"n", Number(key, OSSL_PKEY_PARAM_RSA_N, 1)},
              {"e", Number(key, OSSL_PKEY_PARAM_RSA_E, 1)}};
    case EVP_PKEY_EC:
      return {{"kty", "EC"},
              {"crv", "P-256"},
              {"x", Number(key, OSSL_PKEY_PARAM_EC_PUB_X, 32)},
              {"y", Number(key, OSSL_PKEY_PARAM_EC_PUB_Y, 32)}};
    default:
      return Ed25519Members(key);
  }
}

Json PublishedJwk(const EVP_PKEY* key, std::optional<Algorithm> alg, std::string_view kid) {
  Json jwk = PublicMembers(key);
  jwk["use"] = "sig";
  if (alg) {
    jwk["alg"] = Name(*alg);
  }
  jwk["kid"] = kid;
  return jwk;
}

// nlohmann::json keeps members in the order of their names, which is the order that RFC 7638 3.3 asks for.
std::string Thumbprint(const Json& public_members) {
  return base::Base64UrlEncode(base::Sha256(public_members.dump()));
}

}  // namespace cis2::jose
