#include "broker/jose/signing_key.h"

#include "broker/base/text.h"
#include "broker/jose/key_rules.h"
#include "broker/jose/pem.h"
#include "broker/jose/public_jwk.h"
#include "broker/jose/verify.h"

#include <openssl/ec.h>
#include <openssl/err.h>

#include <mutex>
#include <optional>

namespace cis2::jose {
namespace {

using base::Fail;
using base::Json;
using base::Result;

const char* WhatFits(Algorithm alg) {
  switch (alg) {
    case Algorithm::kRs256:
    case Algorithm::kRs512:
    case Algorithm::kPs256:
    case Algorithm::kPs512:
      return "an RSA key of at least 2048 bits";
    case Algorithm::kEs256:
      return "an EC key on the curve P-256";
    case Algorithm::kEdDsa:
      return "an Ed25519 key";
  }
  return "";
}

// The reverse of EcdsaToDer in verify.cc: RFC 7518 section 3.4.
std::optional<std::string> EcdsaFromDer(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const base::CHandle<ECDSA_SIG, ECDSA_SIG_free> signature(
      d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())));
  std::string raw(64, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  if (signature == nullptr || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, 32) != 32 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + 32, 32) != 32) {
    return std::nullopt;
  }
  return raw;
}

std::optional<std::string> SignWith(EVP_PKEY* key, OSSL_LIB_CTX* library, const char* properties,
                                    Algorithm alg, std::string_view message) {
  const base::CHandle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // owned by `context`
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  std::size_t size = 0;
  if (context == nullptr ||
      EVP_DigestSignInit_ex(context.get(), &key_context, DigestName(alg), library, properties, key,
                            nullptr) != 1 ||
      !SetPadding(key_context, alg) ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size()) != 1) {
    return std::nullopt;
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                     message.size()) != 1) {
    return std::nullopt;
  }
  signature.resize(size);  // DER of ECDSA may be shorter than its bound
  return alg == Algorithm::kEs256 ? EcdsaFromDer(signature) : signature;
}

// Bytes that are not UTF-8 become U+FFFD in place of an exception; the provider then refuses us.
std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

Result<SigningKey> SigningKey::FromPem(std::string_view pem, Algorithm alg) {
  CIS2_TRY(EvpKey key, ReadPrivatePem(pem));
  if (!Fits(key.get(), alg)) {
    return Fail(std::string(Name(alg)) + " needs " + WhatFits(alg));
  }
  const base::CHandle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> check(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (check == nullptr || EVP_PKEY_pairwise_check(check.get()) != 1) {
    ERR_clear_error();
    return Fail("the private key is damaged: its two halves do not belong together");
  }
  return SigningKey(std::move(key), nullptr, alg);
}

Result<SigningKey> SigningKey::FromUri(const KeyUri& uri, Algorithm alg) {
  CIS2_TRY(std::unique_ptr<TokenKey> token, TokenKey::Open(uri));
  CIS2_TRY(EvpKey half, token->PublicHalf());
  if (!Fits(half.get(), alg)) {
    return Fail(uri.object + ": " + std::string(Name(alg)) + " needs " + WhatFits(alg));
  }
  SigningKey key(std::move(half), std::move(token), alg);
  if (!key.SignsForItself()) {
    return Fail(uri.object + ": the token does not sign with " + std::string(Name(alg)) +
                "; is the key one for signatures, and does the token have this algorithm?");
  }
  return key;
}

// What a token signs must verify: there is no other way to see that the halves belong together, and some
// tokens use another salt or another hash than they are asked for.
bool SigningKey::SignsForItself() const {
  const auto token = Sign(Json::object(), "");
  if (!token || EVP_PKEY_up_ref(key_.get()) != 1) {
    return false;
  }
  return VerifySignature(*token, {.kid = "", .alg = alg_, .key = EvpKey(key_.get())}).has_value();
}

std::optional<std::string> SigningKey::SignBytes(std::string_view message) const {
  if (token_ == nullptr) {
    return SignWith(key_.get(), nullptr, nullptr, alg_, message);
  }
  const std::lock_guard lock(token_->mutex());
  return SignWith(token_->get(), token_->context(), token_->properties(), alg_, message);
}

Result<std::string> SigningKey::Sign(const Json& claims, std::string_view kid) const {
  const Json header = {{"alg", Name(alg_)}, {"kid", kid}, {"typ", "JWT"}};
  std::string token = base::Base64UrlEncode(Dump(header)) + "." + base::Base64UrlEncode(Dump(claims));
  const auto signature = SignBytes(token);
  ERR_clear_error();
  if (!signature) {
    return Fail(token_ == nullptr ? "OpenSSL could not sign with the client key"
                                  : "the token that holds the client key did not sign");
  }
  return token + "." + base::Base64UrlEncode(*signature);
}

std::string SigningKey::Thumbprint() const { return jose::Thumbprint(PublicMembers(key_.get())); }

Json SigningKey::PublicJwk(std::string_view kid) const { return PublishedJwk(key_.get(), alg_, kid); }

}  // namespace cis2::jose
