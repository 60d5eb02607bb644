#include "broker/jose/verify.h"

#include "broker/base/result.h"
#include "broker/base/text.h"
#include "broker/jose/key_rules.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>

namespace cis2::jose {
namespace {

using base::Json;
using reasons::Checked;
using reasons::Reason;
using reasons::Refuse;

constexpr std::size_t kMaxToken = 64UL * 1024;
constexpr base::JsonLimits kHeaderLimits{.max_size = 4096, .max_depth = 4};
constexpr base::JsonLimits kPayloadLimits{.max_size = 48UL * 1024, .max_depth = 8};

// A token in its parts. The views point into the token.
struct Compact {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_part;  // header.payload, the bytes that the signature covers
};

// RFC 7515 section 7.1. The signature may be empty here: an unsecured JWS has its own reason, id_token.alg.
std::optional<Compact> Split(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (token.size() > kMaxToken || second == std::string_view::npos ||
      token.find('.', second + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  return Compact{.header = token.substr(0, first),
                 .payload = token.substr(first + 1, second - first - 1),
                 .signature = token.substr(second + 1),
                 .signed_part = token.substr(0, second)};
}

std::optional<Json> DecodeObject(std::string_view part, const base::JsonLimits& limits) {
  const auto text = base::Base64UrlDecode(part);
  auto json = text ? base::ParseJson(*text, limits) : std::nullopt;
  return json && json->is_object() ? std::move(json) : std::nullopt;
}

// RFC 7515 4.1.11: what an extension means we do not know, so none may be critical. RFC 8725 3.10: a token
// does not say which key it is verified with. RFC 7797: b64 would change what is signed.
bool HasForbiddenMember(const Json& header) {
  return std::ranges::any_of(std::array{"crit", "b64", "jku", "jwk", "x5u", "x5c"},
                             [&](const char* name) { return base::Member(header, name) != nullptr; });
}

// A member that must be a string where it is there at all.
bool IsAbsentOrString(const Json& header, std::string_view name) {
  const Json* value = base::Member(header, name);
  return value == nullptr || value->is_string();
}

// RFC 7518 section 3.4: r and s, 32 bytes each; OpenSSL wants DER.
std::optional<std::string> EcdsaToDer(std::string_view raw) {
  if (raw.size() != 64) {
    return std::nullopt;
  }
  const base::CHandle<ECDSA_SIG, ECDSA_SIG_free> signature(ECDSA_SIG_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  // ECDSA_SIG_set0 takes both numbers over.
  if (signature == nullptr || ECDSA_SIG_set0(signature.get(), BN_bin2bn(bytes, 32, nullptr),
                                             BN_bin2bn(bytes + 32, 32, nullptr)) != 1) {
    return std::nullopt;
  }
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) {
    return std::nullopt;
  }
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

bool Verifies(const VerificationKey& key, std::string_view message, std::string_view signature) {
  const auto encoded =
      key.alg == Algorithm::kEs256 ? EcdsaToDer(signature) : std::optional<std::string>(signature);
  const base::CHandle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // owned by `context`
  const bool verified =
      encoded && context != nullptr &&
      EVP_DigestVerifyInit_ex(context.get(), &key_context, DigestName(key.alg), nullptr, nullptr,
                              key.key.get(), nullptr) == 1 &&
      SetPadding(key_context, key.alg) &&
      EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(encoded->data()),
                       encoded->size(), reinterpret_cast<const unsigned char*>(message.data()),
                       message.size()) == 1;
  ERR_clear_error();
  return verified;
}

}  // namespace

Checked<UnverifiedHeader> ReadHeader(std::string_view token) {
  const auto parts = Split(token);
  const auto header = parts ? DecodeObject(parts->header, kHeaderLimits) : std::nullopt;
  if (!header || parts->payload.empty() || !base::Base64UrlDecode(parts->payload) ||
      !base::Base64UrlDecode(parts->signature)) {
    return Refuse(Reason::kIdTokenForm, "not three base64url parts with a JSON object first");
  }
  if (HasForbiddenMember(*header)) {
    return Refuse(Reason::kIdTokenCrit);
  }
  if (!IsAbsentOrString(*header, "kid") || !IsAbsentOrString(*header, "typ")) {
    return Refuse(Reason::kIdTokenForm, "kid or typ of the header is not a string");
  }
  const auto alg = base::StringMember(*header, "alg");
  if (!alg) {
    return Refuse(Reason::kIdTokenAlg, "the header has no alg");
  }
  return UnverifiedHeader{
      .alg = *alg, .kid = base::StringMember(*header, "kid"), .typ = base::StringMember(*header, "typ")};
}

Checked<VerifiedClaims> VerifySignature(std::string_view token, const VerificationKey& key) {
  CIS2_TRY(const UnverifiedHeader header, ReadHeader(token));
  if (header.alg != Name(key.alg)) {
    return Refuse(Reason::kIdTokenAlg, "alg is " + base::Printable(header.alg, 16));
  }
  const auto parts = Split(token);
  const auto signature = base::Base64UrlDecode(parts->signature);
  if (!Verifies(key, parts->signed_part, *signature)) {
    return Refuse(Reason::kIdTokenSignature);
  }
  auto payload = DecodeObject(parts->payload, kPayloadLimits);
  if (!payload) {
    return Refuse(Reason::kIdTokenForm, "the payload is not one JSON object");
  }
  return VerifiedClaims(*std::move(payload));
}

}  // namespace cis2::jose
