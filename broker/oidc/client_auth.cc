#include "broker/oidc/client_auth.h"

#include "broker/base/fd.h"
#include "broker/base/result.h"
#include "broker/base/text.h"
#include "broker/jose/public_half.h"
#include "broker/oidc/key_files.h"
#include "broker/oidc/response_rules.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <sys/stat.h>

namespace cis2::oidc {
namespace {

using base::Fail;
using base::Json;
using base::Result;
using std::chrono::seconds;

constexpr std::size_t kMaxKeyFile = 64UL * 1024;
constexpr std::size_t kMaxSecret = 1024;
// CIS2 refuses half an hour and takes five minutes (facts 3.3); three are enough for one request and a slow
// clock.
constexpr seconds kAssertionLife{180};
constexpr const char* kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

std::string KeyId(const jose::SigningKey& key, const config::Provider& settings) {
  return settings.client_key_id.empty() ? key.Thumbprint() : settings.client_key_id;
}

// RFC 4648 section 4, with padding: HTTP Basic does not use the base64url of everything else here.
std::string Base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

// RFC 6749 2.3.1: both parts are form-encoded first, so a colon in the id does not split it.
std::string BasicCredentials(const std::string& client_id, const base::Secret& secret) {
  std::string pair = base::UrlEncode(client_id) + ":" + base::UrlEncode(secret.Reveal());
  std::string value = "Basic " + Base64(pair);
  Wipe(pair);
  return value;
}

// RFC 7523 section 3, OIDC Core 9. `aud` is the endpoint byte for byte: CIS2's has ":443".
Json AssertionClaims(const config::Provider& settings, const std::string& token_endpoint,
                     const base::Clock& clock, base::Random& random) {
  const std::int64_t now = std::chrono::floor<seconds>(clock.WallNow()).time_since_epoch().count();
  return {{"iss", settings.client_id},
          {"sub", settings.client_id},
          {"aud", token_endpoint},
          {"jti", std::string(base::RandomToken(random).Reveal())},
          {"iat", now},
          {"exp", now + kAssertionLife.count()}};
}

Result<jose::Algorithm> AssertionAlg(const config::Provider& settings) {
  const auto alg = jose::AlgorithmFromName(settings.client_assertion_alg);
  if (!alg) {
    return Fail("[provider] client_assertion_alg '" + base::Printable(settings.client_assertion_alg) +
                "' is not known");
  }
  return *alg;
}

Result<jose::SigningKey> LoadKey(const config::Provider& settings, jose::Algorithm alg) {
  if (jose::IsKeyUri(settings.client_key)) {
    CIS2_TRY(const jose::KeyUri uri, jose::ParseKeyUri(settings.client_key));
    return jose::SigningKey::FromUri(uri, alg);
  }
  CIS2_TRY(std::string pem, base::ReadTrustedFile(settings.client_key, base::Privacy::kPrivate, kMaxKeyFile));
  auto key = jose::SigningKey::FromPem(pem, alg);
  Wipe(pem);
  if (!key) {
    return Fail(settings.client_key + ": " + key.error().message);
  }
  return key;
}

// Where the keys are that are published and not signed with.
std::vector<std::string> FurtherPlaces(const config::Provider& settings) {
  std::vector<std::string> places;
  if (const auto files = FilesOf(settings.client_key)) {
    for (const std::string& file : {files->next, files->previous}) {
      if (struct stat st{}; ::lstat(file.c_str(), &st) == 0) {
        places.push_back(file);
      }
    }
  }
  places.insert(places.end(), settings.client_keys_published.begin(), settings.client_keys_published.end());
  return places;
}

Result<std::vector<Json>> LoadFurtherKeys(const config::Provider& settings, jose::Algorithm alg) {
  std::vector<Json> keys;
  for (const std::string& place : FurtherPlaces(settings)) {
    CIS2_TRY(const jose::EvpKey half, jose::LoadPublicHalf(place));
    auto jwk = jose::FurtherJwk(half.get(), alg);
    if (!jwk) {
      return Fail(place + ": " + jwk.error().message);
    }
    keys.push_back(*std::move(jwk));
  }
  return keys;
}

// RFC 6749 appendix A.2: printable ASCII. The newline that editors leave at the end is not part of it.
Result<base::Secret> LoadSecret(const config::Provider& settings) {
  CIS2_TRY(std::string text,
           base::ReadTrustedFile(settings.client_secret_file, base::Privacy::kPrivate, kMaxSecret + 2));
  if (text.ends_with('\n')) {
    text.pop_back();
  }
  if (text.ends_with('\r')) {
    text.pop_back();
  }
  const bool good = !text.empty() && text.size() <= kMaxSecret &&
                    std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
  base::Secret secret = base::Secret::Take(text);
  if (!good) {
    return Fail(settings.client_secret_file + " must hold one line of 1 to 1024 printable ASCII characters");
  }
  return secret;
}

}  // namespace

Result<ClientCredential> ClientCredential::Load(const config::Provider& settings) {
  ClientCredential credential;
  if (settings.client_auth == config::ClientAuth::kPrivateKeyJwt) {
    CIS2_TRY(const jose::Algorithm alg, AssertionAlg(settings));
    // First these, whose tokens are closed again: a TPM without a resource manager has one user at a time.
    CIS2_TRY(credential.further_keys_, LoadFurtherKeys(settings, alg));
    CIS2_TRY(jose::SigningKey key, LoadKey(settings, alg));
    credential.key_ = std::move(key);
  } else {
    CIS2_TRY(credential.secret_, LoadSecret(settings));
  }
  return credential;
}

Result<void> ClientCredential::Authenticate(const config::Provider& settings,
                                            const std::string& token_endpoint, const base::Clock& clock,
                                            base::Random& random, http::Headers& headers,
                                            std::vector<http::FormField>& form) const {
  switch (settings.client_auth) {
    case config::ClientAuth::kPrivateKeyJwt: {
      CIS2_TRY(std::string assertion,
               key_->Sign(AssertionClaims(settings, token_endpoint, clock, random), KeyId(*key_, settings)));
      form.emplace_back("client_assertion_type", kAssertionType);
      form.emplace_back("client_assertion", std::move(assertion));
      return {};
    }
    case config::ClientAuth::kClientSecretBasic:
      headers.emplace_back("Authorization", BasicCredentials(settings.client_id, secret_));
      return {};
    case config::ClientAuth::kClientSecretPost:
      form.emplace_back("client_secret", secret_.Reveal());
      return {};
  }
  return Fail("unknown client authentication");
}

std::string ClientCredential::PublicJwks(const config::Provider& settings) const {
  Json keys = Json::array();
  if (key_) {
    keys.push_back(key_->PublicJwk(KeyId(*key_, settings)));
    std::set<std::string> seen = {key_->Thumbprint()};
    for (const Json& further : further_keys_) {
      if (seen.insert(base::StringMember(further, "kid").value_or("")).second) {
        keys.push_back(further);
      }
    }
  }
  return Json({{"keys", keys}}).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cis2::oidc
