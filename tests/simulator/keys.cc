#include "tests/simulator/keys.h"

#include "broker/base/text.h"
#include "tests/simulator/encoding.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cis2::simulator {
namespace {

using BigNumber = base::CHandle<BIGNUM, BN_free>;
using KeyContext = base::CHandle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using ParamBuilder = base::CHandle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Params = base::CHandle<OSSL_PARAM, OSSL_PARAM_free>;

constexpr int kMinRsaBits = 2048;
constexpr std::array<std::string_view, 6> kPrivateMembers = {"d", "p", "q", "dp", "dq", "qi"};

struct Curve {
  std::string_view alg;
  const char* jwk_name;
  const char* openssl_name;
  int size;
};
constexpr std::array kCurves = {Curve{"ES256", "P-256", "P-256", 32}, Curve{"ES384", "P-384", "P-384", 48},
                                Curve{"ES512", "P-521", "P-521", 66}};

const unsigned char* Bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

// A stable id of the key: the same key file gives the same kid.
std::string KidOf(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  const std::string digest =
      base::Sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(std::max(size, 0))});
  OPENSSL_free(der);
  return ForgeRockId(digest);
}

Key MakeKey(std::string use, std::string alg, EvpKey key) {
  std::string kid = KidOf(key.get());
  return {std::move(kid), std::move(use), std::move(alg), std::move(key)};
}

EvpKey NewRsa(int bits = kMinRsaBits) { return EvpKey(EVP_RSA_gen(bits)); }

std::string Number(EVP_PKEY* key, const char* name, int padded_size = 0) {
  BIGNUM* raw = nullptr;
  EVP_PKEY_get_bn_param(key, name, &raw);
  const BigNumber number(raw);
  std::string bytes(static_cast<std::size_t>(std::max(padded_size, BN_num_bytes(number.get()))), '\0');
  BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return base::Base64UrlEncode(bytes);
}

base::Result<EvpKey> ReadSigningKey(const std::string& pem) {
  const base::CHandle<BIO, BIO_free_all> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // An empty pass phrase: without it OpenSSL would ask at the terminal.
  EvpKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")));
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key.get()) < kMinRsaBits) {
    return base::Fail(
        "the signing key must be an RSA key of at least 2048 bits in PEM, without a pass phrase");
  }
  return key;
}

// A public key from its members. Null when OpenSSL refuses them.
EvpKey FromParams(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) <= 0) {
    return nullptr;
  }
  return EvpKey(key);
}

std::optional<std::string> BytesMember(const base::Json& jwk, std::string_view name) {
  const auto text = base::StringMember(jwk, name);
  return text ? base::Base64UrlDecode(*text) : std::nullopt;
}

EvpKey RsaFromJwk(const base::Json& jwk) {
  const auto n = BytesMember(jwk, "n");
  const auto e = BytesMember(jwk, "e");
  if (!n || !e || n->size() > 1024 || e->size() > 8) {
    return nullptr;
  }
  const BigNumber modulus(BN_bin2bn(Bytes(*n), static_cast<int>(n->size()), nullptr));
  const BigNumber exponent(BN_bin2bn(Bytes(*e), static_cast<int>(e->size()), nullptr));
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  EvpKey key = FromParams("RSA", builder.get());
  return key && EVP_PKEY_get_bits(key.get()) >= kMinRsaBits ? std::move(key) : nullptr;
}

EvpKey P256FromJwk(const base::Json& jwk) {
  const auto x = BytesMember(jwk, "x");
  const auto y = BytesMember(jwk, "y");
  if (!x || !y || x->size() != 32 || y->size() != 32 || base::StringMember(jwk, "crv") != "P-256") {
    return nullptr;
  }
  const std::string point = "\x04" + *x + *y;
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return FromParams("EC", builder.get());
}

EvpKey Ed25519FromJwk(const base::Json& jwk) {
  const auto x = BytesMember(jwk, "x");
  if (!x || base::StringMember(jwk, "crv") != "Ed25519") {
    return nullptr;
  }
  return EvpKey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(*x), x->size()));
}

struct ClientAlgorithm {
  std::string_view alg;
  std::string_view kty;
  EvpKey (*read)(const base::Json& jwk);
};
constexpr std::array kClientAlgorithms = {
    ClientAlgorithm{"RS256", "RSA", RsaFromJwk}, ClientAlgorithm{"RS512", "RSA", RsaFromJwk},
    ClientAlgorithm{"PS256", "RSA", RsaFromJwk}, ClientAlgorithm{"PS512", "RSA", RsaFromJwk},
    ClientAlgorithm{"ES256", "EC", P256FromJwk}, ClientAlgorithm{"EdDSA", "OKP", Ed25519FromJwk},
};

base::Result<ClientKey> ReadClientKey(const base::Json& jwk) {
  for (const auto member : kPrivateMembers) {
    if (base::Member(jwk, member) != nullptr) {
      return base::Fail("the client's JWKS holds a private key");
    }
  }
  const auto kid = base::StringMember(jwk, "kid");
  const auto alg = base::StringMember(jwk, "alg");
  if (!kid || kid->empty() || !alg || base::StringMember(jwk, "use") != "sig") {
    return base::Fail("a key of the client's JWKS lacks kid, alg or \"use\":\"sig\"");
  }
  const auto* const row = std::ranges::find(kClientAlgorithms, *alg, &ClientAlgorithm::alg);
  if (row == kClientAlgorithms.end() || base::StringMember(jwk, "kty") != row->kty) {
    return base::Fail("a key of the client's JWKS has an alg that is not supported or does not fit its kty");
  }
  EvpKey key = row->read(jwk);
  if (!key) {
    return base::Fail("a key of the client's JWKS is malformed or too small");
  }
  return ClientKey{*kid, *alg, std::move(key)};
}

}  // namespace

Json PublicJwk(const Key& key) {
  Json jwk{{"kid", key.kid}, {"use", key.use}, {"alg", key.alg}};
  if (EVP_PKEY_get_base_id(key.key.get()) == EVP_PKEY_RSA) {
    jwk["kty"] = "RSA";
    jwk["n"] = Number(key.key.get(), OSSL_PKEY_PARAM_RSA_N);
    jwk["e"] = Number(key.key.get(), OSSL_PKEY_PARAM_RSA_E);
    return jwk;
  }
  const auto* const curve = std::ranges::find(kCurves, key.alg, &Curve::alg);
  jwk["kty"] = "EC";
  jwk["crv"] = curve->jwk_name;
  jwk["x"] = Number(key.key.get(), OSSL_PKEY_PARAM_EC_PUB_X, curve->size);
  jwk["y"] = Number(key.key.get(), OSSL_PKEY_PARAM_EC_PUB_Y, curve->size);
  return jwk;
}

std::string PublicPem(const Key& key) {
  const base::CHandle<BIO, BIO_free_all> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), key.key.get());
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(std::max(size, 0L))};
}

base::Result<KeyRing> KeyRing::Make(const std::optional<std::string>& signing_key_pem) {
  KeyRing ring;
  EvpKey signing;
  if (signing_key_pem) {
    CIS2_TRY(signing, ReadSigningKey(*signing_key_pem));
  } else {
    signing = NewRsa();
  }
  ring.signing_keys_.push_back(MakeKey("sig", "RS256", std::move(signing)));
  for (const auto& curve : kCurves) {
    ring.signing_keys_.push_back(
        MakeKey("sig", std::string(curve.alg), EvpKey(EVP_EC_gen(curve.openssl_name))));
  }
  if (std::ranges::any_of(ring.signing_keys_, [](const Key& key) { return !key.key; })) {
    return base::Fail("OpenSSL could not make the provider's keys");
  }
  return ring;
}

Json KeyRing::Jwks() {
  if (!encryption_) {
    encryption_ = MakeKey("enc", "RSA1_5", NewRsa());
  }
  Json keys = Json::array();
  for (const auto& key : signing_keys_) {
    keys.push_back(PublicJwk(key));
  }
  keys.push_back(PublicJwk(*encryption_));
  return Json{{"keys", std::move(keys)}};
}

const Key* KeyRing::Signing(std::string_view alg) const {
  const auto found = std::ranges::find(signing_keys_, alg, &Key::alg);
  return found == signing_keys_.end() ? nullptr : &*found;
}

const Key& KeyRing::Stranger() {
  if (!stranger_) {
    stranger_ = Key{signing().kid, "sig", "RS256", NewRsa()};
  }
  return *stranger_;
}

const Key& KeyRing::Successor() {
  if (!successor_) {
    successor_ = MakeKey("sig", "RS256", NewRsa());
  }
  return *successor_;
}

const Key& KeyRing::Weak() {
  if (!weak_) {
    weak_ = MakeKey("sig", "RS256", NewRsa(1024));
  }
  return *weak_;
}

const Key& KeyRing::Symmetric(std::string_view secret) {
  symmetric_ =
      Key{signing().kid, "sig", "HS256",
          EvpKey(EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, nullptr, Bytes(secret), secret.size()))};
  return *symmetric_;
}

base::Result<std::vector<ClientKey>> ParseClientJwks(std::string_view text) {
  const auto document = base::ParseJson(text);
  const base::Json* const list = document ? base::Member(*document, "keys") : nullptr;
  if (list == nullptr || !list->is_array() || list->empty()) {
    return base::Fail("the client's JWKS is no JSON object with a list \"keys\"");
  }
  std::vector<ClientKey> keys;
  for (const auto& jwk : *list) {
    CIS2_TRY(ClientKey key, ReadClientKey(jwk));
    if (std::ranges::find(keys, key.kid, &ClientKey::kid) != keys.end()) {
      return base::Fail("the client's JWKS has one kid twice");
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace cis2::simulator
