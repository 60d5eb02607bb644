#include "tests/simulator/jws.h"

#include "broker/base/text.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <memory>

namespace cis2::simulator {
namespace {

enum class Padding { kNone, kPkcs1, kPss };

struct Algorithm {
  std::string_view name;
  const char* key_type;  // OpenSSL's name
  const char* digest;    // null: the key's own (EdDSA)
  Padding padding = Padding::kNone;
  int number_size = 0;     // ECDSA: bytes of r and of s
  bool of_client = false;  // accepted in client assertions
};

constexpr std::array kAlgorithms = {
    Algorithm{"RS256", "RSA", "SHA256", Padding::kPkcs1, 0, true},
    Algorithm{"RS384", "RSA", "SHA384", Padding::kPkcs1},
    Algorithm{"RS512", "RSA", "SHA512", Padding::kPkcs1, 0, true},
    Algorithm{"PS256", "RSA", "SHA256", Padding::kPss, 0, true},
    Algorithm{"PS384", "RSA", "SHA384", Padding::kPss},
    Algorithm{"PS512", "RSA", "SHA512", Padding::kPss, 0, true},
    Algorithm{"ES256", "EC", "SHA256", Padding::kNone, 32, true},
    Algorithm{"ES384", "EC", "SHA384", Padding::kNone, 48},
    Algorithm{"ES512", "EC", "SHA512", Padding::kNone, 66},
    Algorithm{"EdDSA", "ED25519", nullptr, Padding::kNone, 0, true},
    Algorithm{"HS256", "HMAC", "SHA256"},
};

using DigestContext = base::CHandle<EVP_MD_CTX, EVP_MD_CTX_free>;
using EcdsaSignature = base::CHandle<ECDSA_SIG, ECDSA_SIG_free>;

const Algorithm* FindAlgorithm(std::string_view name, EVP_PKEY* key) {
  const auto* const found = std::ranges::find(kAlgorithms, name, &Algorithm::name);
  return found != kAlgorithms.end() && EVP_PKEY_is_a(key, found->key_type) == 1 ? &*found : nullptr;
}

const unsigned char* Bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
unsigned char* Bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }

bool SetPadding(EVP_PKEY_CTX* context, const Algorithm& alg) {
  if (alg.padding != Padding::kPss) {
    return true;  // PKCS #1 v1.5 is OpenSSL's default
  }
  // RFC 7518 section 3.5: the salt is as long as the digest.
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0;
}

std::string DigestSign(const Algorithm& alg, EVP_PKEY* key, std::string_view input) {
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // belongs to `context`
  std::size_t size = 0;
  if (EVP_DigestSignInit_ex(context.get(), &key_context, alg.digest, nullptr, nullptr, key, nullptr) <= 0 ||
      !SetPadding(key_context, alg) ||
      EVP_DigestSign(context.get(), nullptr, &size, Bytes(input), input.size()) <= 0) {
    return {};
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(input), input.size()) <= 0) {
    return {};
  }
  signature.resize(size);
  return signature;
}

// ASN.1 to r || s (RFC 7518 section 3.4).
std::string DerToRaw(std::string_view der, int number_size) {
  const unsigned char* at = Bytes(der);
  const EcdsaSignature parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!parsed) {
    return {};
  }
  std::string raw(2 * static_cast<std::size_t>(number_size), '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), Bytes(raw), number_size);
  BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), Bytes(raw) + number_size, number_size);
  return raw;
}

std::string RawToDer(std::string_view raw, int number_size) {
  if (raw.size() != 2 * static_cast<std::size_t>(number_size)) {
    return {};
  }
  const EcdsaSignature signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(Bytes(raw), number_size, nullptr);
  BIGNUM* s = BN_bin2bn(Bytes(raw) + number_size, number_size, nullptr);
  ECDSA_SIG_set0(signature.get(), r, s);  // takes both over
  std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)), '\0');
  unsigned char* at = Bytes(der);
  i2d_ECDSA_SIG(signature.get(), &at);
  return der;
}

}  // namespace

std::string SignCompact(std::string_view header, std::string_view payload, std::string_view alg,
                        EVP_PKEY* key) {
  const std::string input = base::Base64UrlEncode(header) + "." + base::Base64UrlEncode(payload);
  if (key == nullptr) {
    return input + ".";
  }
  const Algorithm* const algorithm = FindAlgorithm(alg, key);
  if (algorithm == nullptr) {
    return {};
  }
  std::string signature = DigestSign(*algorithm, key, input);
  if (algorithm->number_size > 0) {
    signature = DerToRaw(signature, algorithm->number_size);
  }
  return signature.empty() ? std::string() : input + "." + base::Base64UrlEncode(signature);
}

std::optional<Compact> SplitCompact(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) {
    return std::nullopt;
  }
  // A further dot is no base64url, so four parts fail below.
  const auto header = base::Base64UrlDecode(token.substr(0, first));
  const auto payload = base::Base64UrlDecode(token.substr(first + 1, second - first - 1));
  const auto signature = base::Base64UrlDecode(token.substr(second + 1));
  if (!header || !payload || !signature) {
    return std::nullopt;
  }
  return Compact{*header, *payload, *signature, token.substr(0, second)};
}

bool VerifySignature(std::string_view alg, EVP_PKEY* key, std::string_view signed_part,
                     std::string_view signature) {
  const Algorithm* const algorithm = FindAlgorithm(alg, key);
  if (algorithm == nullptr || !algorithm->of_client) {
    return false;
  }
  const std::string der =
      algorithm->number_size > 0 ? RawToDer(signature, algorithm->number_size) : std::string(signature);
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // belongs to `context`
  return !der.empty() &&
         EVP_DigestVerifyInit_ex(context.get(), &key_context, algorithm->digest, nullptr, nullptr, key,
                                 nullptr) > 0 &&
         SetPadding(key_context, *algorithm) &&
         EVP_DigestVerify(context.get(), Bytes(der), der.size(), Bytes(signed_part), signed_part.size()) == 1;
}

}  // namespace cis2::simulator
