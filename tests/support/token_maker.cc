#include "tests/support/token_maker.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstdlib>
#include <vector>

namespace cis2::tests {
namespace {

using Bio = base::CHandle<BIO, BIO_free_all>;
using Number = base::CHandle<BIGNUM, BN_free>;

void Require(bool ok) {
  if (!ok) {
    std::abort();
  }
}

EVP_PKEY* NewRsa(int bits, unsigned long exponent) {
  const base::CHandle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  const Number e(BN_new());
  EVP_PKEY* key = nullptr;
  Require(BN_set_word(e.get(), exponent) == 1 && EVP_PKEY_keygen_init(context.get()) == 1 &&
          EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), bits) == 1 &&
          EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), e.get()) == 1 &&
          EVP_PKEY_generate(context.get(), &key) == 1);
  return key;
}

std::string NumberOf(const EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* raw = nullptr;
  Require(EVP_PKEY_get_bn_param(key, name, &raw) == 1);
  const Number number(raw);
  std::vector<unsigned char> bytes(static_cast<std::size_t>(size > 0 ? size : BN_num_bytes(number.get())));
  Require(BN_bn2binpad(number.get(), bytes.data(), static_cast<int>(bytes.size())) >= 0);
  return B64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string RawEcdsa(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const base::CHandle<ECDSA_SIG, ECDSA_SIG_free> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::vector<unsigned char> raw(64);
  Require(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), 32) == 32 &&
          BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + 32, 32) == 32);
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

std::string Sign(EVP_PKEY* key, const std::string& alg, const std::string& message) {
  const base::CHandle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  const EVP_MD* digest = alg == "EdDSA" ? nullptr : alg.ends_with("512") ? EVP_sha512() : EVP_sha256();
  EVP_PKEY_CTX* options = nullptr;
  Require(EVP_DigestSignInit(context.get(), &options, digest, nullptr, key) == 1);
  if (alg.starts_with("PS")) {
    Require(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(options, EVP_MD_get_size(digest)) == 1);
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  std::size_t size = 1024;
  std::string signature(size, '\0');
  Require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                         message.size()) == 1);
  signature.resize(size);
  return alg == "ES256" ? RawEcdsa(signature) : signature;
}

}  // namespace

const TestKey& TestKey::Rsa() {
  static const TestKey key(NewRsa(2048, 65537));
  return key;
}
const TestKey& TestKey::OtherRsa() {
  static const TestKey key(NewRsa(2048, 65537));
  return key;
}
const TestKey& TestKey::SmallRsa() {
  static const TestKey key(NewRsa(1024, 65537));
  return key;
}
const TestKey& TestKey::ThreeRsa() {
  static const TestKey key(NewRsa(2048, 3));
  return key;
}
const TestKey& TestKey::Ec() {
  static const TestKey key(EVP_EC_gen("P-256"));
  return key;
}
const TestKey& TestKey::OtherEc() {
  static const TestKey key(EVP_EC_gen("P-256"));
  return key;
}
const TestKey& TestKey::OtherCurve() {
  static const TestKey key(EVP_EC_gen("P-384"));
  return key;
}
const TestKey& TestKey::Ed25519() {
  static const TestKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  return key;
}

std::string TestKey::PublicMembers() const {
  if (EVP_PKEY_is_a(get(), "RSA")) {
    return R"("kty":"RSA","n":")" + NumberOf(get(), OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
           NumberOf(get(), OSSL_PKEY_PARAM_RSA_E) + "\"";
  }
  if (EVP_PKEY_is_a(get(), "EC")) {
    const bool p256 = EVP_PKEY_get_bits(get()) == 256;
    const int size = p256 ? 32 : 48;
    return R"("kty":"EC","crv":")" + std::string(p256 ? "P-256" : "P-384") + R"(","x":")" +
           NumberOf(get(), OSSL_PKEY_PARAM_EC_PUB_X, size) + R"(","y":")" +
           NumberOf(get(), OSSL_PKEY_PARAM_EC_PUB_Y, size) + "\"";
  }
  std::string x(32, '\0');
  std::size_t size = x.size();
  Require(EVP_PKEY_get_raw_public_key(get(), reinterpret_cast<unsigned char*>(x.data()), &size) == 1);
  return R"("kty":"OKP","crv":"Ed25519","x":")" + B64(x) + "\"";
}

std::string TestKey::Jwk(const std::string& kid, const std::string& alg) const {
  return "{" + PublicMembers() + R"(,"use":"sig")" + (kid.empty() ? "" : R"(,"kid":")" + kid + "\"") +
         (alg.empty() ? "" : R"(,"alg":")" + alg + "\"") + "}";
}

std::string TestKey::PrivatePem(const std::string& passphrase) const {
  const Bio bio(BIO_new(BIO_s_mem()));
  Require(PEM_write_bio_PKCS8PrivateKey(bio.get(), get(), passphrase.empty() ? nullptr : EVP_aes_256_cbc(),
                                        passphrase.empty() ? nullptr : passphrase.data(),
                                        static_cast<int>(passphrase.size()), nullptr, nullptr) == 1);
  return Text(bio.get());
}

std::string TestKey::PublicPem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  Require(PEM_write_bio_PUBKEY(bio.get(), get()) == 1);
  return Text(bio.get());
}

std::string Jwks(std::initializer_list<std::string> keys) {
  std::string list;
  for (const auto& key : keys) {
    list += (list.empty() ? "" : ",") + key;
  }
  return R"({"keys":[)" + list + "]}";
}

std::string B64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  out.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                                      reinterpret_cast<const unsigned char*>(bytes.data()),
                                                      static_cast<int>(bytes.size()))));
  out.erase(out.find_last_not_of('=') + 1);
  for (char& c : out) {
    c = c == '+' ? '-' : c == '/' ? '_' : c;
  }
  return out;
}

std::string SignToken(const std::string& header, const std::string& payload, const TestKey& key,
                      const std::string& alg) {
  const std::string message = B64(header) + "." + B64(payload);
  return message + "." + B64(Sign(key.get(), alg, message));
}

std::string MacToken(const std::string& header, const std::string& payload, const std::string& secret) {
  const std::string message = B64(header) + "." + B64(payload);
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  mac.resize(size);
  return message + "." + B64(mac);
}

}  // namespace cis2::tests
