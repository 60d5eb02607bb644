#include "broker/jose/key_rules.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <array>
#include <cstring>

namespace cis2::jose {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr BN_ULONG kMinExponent = 65537;

bool IsSaneRsa(const EVP_PKEY* key) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) < kMinRsaBits ||
      EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &raw) != 1) {
    return false;
  }
  const base::CHandle<BIGNUM, BN_free> exponent(raw);
  return BN_is_odd(exponent.get()) && BN_num_bits(exponent.get()) <= 64 &&
         BN_get_word(exponent.get()) >= kMinExponent;
}

bool IsP256(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::strcmp(group.data(), "prime256v1") == 0;
}

}  // namespace

bool Fits(const EVP_PKEY* key, Algorithm alg) {
  switch (alg) {
    case Algorithm::kRs256:
    case Algorithm::kRs512:
    case Algorithm::kPs256:
    case Algorithm::kPs512:
      return IsSaneRsa(key);
    case Algorithm::kEs256:
      return IsP256(key);
    case Algorithm::kEdDsa:
      return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
  }
  return false;
}

const char* DigestName(Algorithm alg) {
  switch (alg) {
    case Algorithm::kRs256:
    case Algorithm::kPs256:
    case Algorithm::kEs256:
      return "SHA256";
    case Algorithm::kRs512:
    case Algorithm::kPs512:
      return "SHA512";
    case Algorithm::kEdDsa:
      return nullptr;
  }
  return nullptr;
}

bool SetPadding(EVP_PKEY_CTX* context, Algorithm alg) {
  switch (alg) {
    case Algorithm::kRs256:
    case Algorithm::kRs512:
      return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    case Algorithm::kPs256:
    case Algorithm::kPs512:
      return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
    case Algorithm::kEs256:
    case Algorithm::kEdDsa:
      return true;
  }
  return false;
}

}  // namespace cis2::jose
