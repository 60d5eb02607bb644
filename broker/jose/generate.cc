#include "broker/jose/generate.h"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace cis2::jose {
namespace {

constexpr std::size_t kRsaBits = 3072;  // 128 bits of security (NIST SP 800-57), like P-256 and Ed25519

EvpKey Generate(Algorithm alg) {
  switch (alg) {
    case Algorithm::kRs256:
    case Algorithm::kRs512:
    case Algorithm::kPs256:
    case Algorithm::kPs512:
      return EvpKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", kRsaBits));
    case Algorithm::kEs256:
      return EvpKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    case Algorithm::kEdDsa:
      return EvpKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  }
  return nullptr;
}

}  // namespace

base::Result<base::Secret> GeneratePem(Algorithm alg) {
  const EvpKey key = Generate(alg);
  // Secure memory is wiped when it is freed.
  const base::CHandle<BIO, BIO_free_all> out(BIO_new(BIO_s_secmem()));
  char* pem = nullptr;
  if (key == nullptr || out == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    ERR_clear_error();
    return base::Fail("OpenSSL could not make a key");
  }
  const long size = BIO_get_mem_data(out.get(), &pem);
  return base::Secret(std::string_view(pem, static_cast<std::size_t>(size)));
}

}  // namespace cis2::jose
