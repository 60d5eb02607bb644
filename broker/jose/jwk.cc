#include "broker/jose/jwk.h"

#include "broker/base/json.h"
#include "broker/base/text.h"
#include "broker/jose/key_rules.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>

namespace cis2::jose {
namespace {

using base::Json;
using BigNumber = base::CHandle<BIGNUM, BN_free>;
using Params = base::CHandle<OSSL_PARAM, OSSL_PARAM_free>;
using ParamBuilder = base::CHandle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using KeyContext = base::CHandle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

constexpr std::size_t kMaxKeys = 64;
constexpr std::size_t kMaxKid = 256;
constexpr std::size_t kMaxRsaBytes = 8192 / 8;  // a key above costs more to use than it is worth

struct NamedAlgorithm {
  std::string_view name;
  Algorithm alg;
};
constexpr std::array kAlgorithms = {
    NamedAlgorithm{"RS256", Algorithm::kRs256}, NamedAlgorithm{"RS512", Algorithm::kRs512},
    NamedAlgorithm{"PS256", Algorithm::kPs256}, NamedAlgorithm{"PS512", Algorithm::kPs512},
    NamedAlgorithm{"ES256", Algorithm::kEs256}, NamedAlgorithm{"EdDSA", Algorithm::kEdDsa}};

const unsigned char* Bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

// A member that must be base64url, decoded.
std::optional<std::string> BytesMember(const Json& jwk, std::string_view name) {
  const auto text = base::StringMember(jwk, name);
  return text ? base::Base64UrlDecode(*text) : std::nullopt;
}

// RFC 7518 section 2, Base64urlUInt: no more octets than the number needs.
std::optional<std::string> UnsignedMember(const Json& jwk, std::string_view name) {
  auto bytes = BytesMember(jwk, name);
  if (!bytes || bytes->empty() || bytes->front() == '\0') {
    return std::nullopt;
  }
  return bytes;
}

// Makes the public key that `builder` describes, and has OpenSSL judge it: a point off the curve is refused
// here.
EvpKey KeyFromParams(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* raw = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  EvpKey key(raw);
  const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  return check != nullptr && EVP_PKEY_public_check(check.get()) == 1 ? std::move(key) : nullptr;
}

// RFC 7518 section 6.3.1.
EvpKey RsaKey(const Json& jwk) {
  const auto n = UnsignedMember(jwk, "n");
  const auto e = UnsignedMember(jwk, "e");
  if (!n || !e || n->size() > kMaxRsaBytes || e->size() > 8) {
    return nullptr;
  }
  const BigNumber modulus(BN_bin2bn(Bytes(*n), static_cast<int>(n->size()), nullptr));
  const BigNumber exponent(BN_bin2bn(Bytes(*e), static_cast<int>(e->size()), nullptr));
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (modulus == nullptr || exponent == nullptr || builder == nullptr ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return nullptr;
  }
  return KeyFromParams("RSA", builder.get());
}

// RFC 7518 section 6.2.1: coordinates have the length of the field, leading zeros included.
EvpKey EcKey(const Json& jwk) {
  const auto x = BytesMember(jwk, "x");
  const auto y = BytesMember(jwk, "y");
  if (base::StringMember(jwk, "crv") != "P-256" || !x || !y || x->size() != 32 || y->size() != 32) {
    return nullptr;
  }
  const std::string point = "\x04" + *x + *y;
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1) {
    return nullptr;
  }
  return KeyFromParams("EC", builder.get());
}

// RFC 8037 section 2.
EvpKey Ed25519Key(const Json& jwk) {
  const auto x = BytesMember(jwk, "x");
  if (base::StringMember(jwk, "crv") != "Ed25519" || !x || x->size() != 32) {
    return nullptr;
  }
  return EvpKey(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, Bytes(*x), x->size()));
}

EvpKey KeyOfType(const Json& jwk, Algorithm alg) {
  const auto kty = base::StringMember(jwk, "kty");
  switch (alg) {
    case Algorithm::kRs256:
    case Algorithm::kRs512:
    case Algorithm::kPs256:
    case Algorithm::kPs512:
      return kty == "RSA" ? RsaKey(jwk) : nullptr;
    case Algorithm::kEs256:
      return kty == "EC" ? EcKey(jwk) : nullptr;
    case Algorithm::kEdDsa:
      return kty == "OKP" ? Ed25519Key(jwk) : nullptr;
  }
  return nullptr;
}

bool IsAbsentOr(const Json& jwk, std::string_view name, std::string_view value) {
  return base::Member(jwk, name) == nullptr || base::StringMember(jwk, name) == value;
}

// RFC 7517 section 4.3.
bool MayVerify(const Json& jwk) {
  const Json* ops = base::Member(jwk, "key_ops");
  if (ops == nullptr) {
    return true;
  }
  return ops->is_array() && std::ranges::any_of(*ops, [](const Json& op) { return op == "verify"; });
}

// A key that was published with its secret is everybody's key.
bool HasPrivateMembers(const Json& jwk) {
  return std::ranges::any_of(std::array{"d", "p", "q", "dp", "dq", "qi", "oth", "k"},
                             [&](const char* name) { return base::Member(jwk, name) != nullptr; });
}

// The key id, empty if there is none; nothing when it is no usable name.
std::optional<std::string> KidOf(const Json& jwk) {
  if (base::Member(jwk, "kid") == nullptr) {
    return "";
  }
  auto kid = base::StringMember(jwk, "kid");
  return kid && !kid->empty() && kid->size() <= kMaxKid ? kid : std::nullopt;
}

std::optional<VerificationKey> UsableKey(const Json& jwk, Algorithm alg) {
  const auto kid = KidOf(jwk);
  if (!kid || !IsAbsentOr(jwk, "use", "sig") || !IsAbsentOr(jwk, "alg", Name(alg)) || !MayVerify(jwk) ||
      HasPrivateMembers(jwk)) {
    return std::nullopt;
  }
  EvpKey key = KeyOfType(jwk, alg);
  if (key == nullptr || !Fits(key.get(), alg)) {
    return std::nullopt;
  }
  return VerificationKey{.kid = *kid, .alg = alg, .key = std::move(key)};
}

}  // namespace

std::optional<Algorithm> AlgorithmFromName(std::string_view name) {
  const auto* const it = std::ranges::find(kAlgorithms, name, &NamedAlgorithm::name);
  return it == kAlgorithms.end() ? std::nullopt : std::optional(it->alg);
}

std::string_view Name(Algorithm alg) {
  return std::ranges::find(kAlgorithms, alg, &NamedAlgorithm::alg)->name;
}

std::optional<KeySet> KeySet::Parse(std::string_view json, Algorithm alg) {
  const auto document = base::ParseJson(json);
  const Json* keys = document ? base::Member(*document, "keys") : nullptr;
  if (keys == nullptr || !keys->is_array() || keys->size() > kMaxKeys) {
    return std::nullopt;
  }
  KeySet set;
  for (const Json& jwk : *keys) {
    if (!jwk.is_object()) {
      return std::nullopt;
    }
    auto key = UsableKey(jwk, alg);
    if (!key) {
      continue;
    }
    // Which of two is meant could only be guessed.
    if (!key->kid.empty() && set.Find(key->kid) != nullptr) {
      return std::nullopt;
    }
    set.keys_.push_back(*std::move(key));
  }
  return set;
}

const VerificationKey* KeySet::Find(const std::optional<std::string>& kid) const {
  if (!kid) {
    return keys_.size() == 1 ? &keys_.front() : nullptr;
  }
  const auto it = std::ranges::find(keys_, *kid, &VerificationKey::kid);
  return it == keys_.end() || kid->empty() ? nullptr : &*it;
}

}  // namespace cis2::jose
