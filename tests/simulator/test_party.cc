#include "tests/simulator/test_party.h"

#include "broker/base/c_handle.h"

#include <cjose/cjose.h>
#include <curl/curl.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace cis2::simulator::testing {
namespace {

struct JwkRelease {
  void operator()(cjose_jwk_t* jwk) const { cjose_jwk_release(jwk); }
};
using Jwk = std::unique_ptr<cjose_jwk_t, JwkRelease>;
using Jws = base::CHandle<cjose_jws_t, cjose_jws_release>;
using Header = base::CHandle<cjose_header_t, cjose_header_release>;
using EdKey = base::CHandle<EVP_PKEY, EVP_PKEY_free>;
using DigestContext = base::CHandle<EVP_MD_CTX, EVP_MD_CTX_free>;
using Curl = base::CHandle<CURL, curl_easy_cleanup>;
using CurlList = base::CHandle<curl_slist, curl_slist_free_all>;

constexpr long kTimeoutMs = 20'000;

void Must(bool held, const char* what) {
  if (!held) {
    (void)std::fprintf(stderr, "test party: %s failed\n", what);
    std::abort();
  }
}

const unsigned char* Bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

std::string Base64Url(std::string_view bytes) {
  char* text = nullptr;
  std::size_t size = 0;
  Must(cjose_base64url_encode(Bytes(bytes), bytes.size(), &text, &size, nullptr), "base64url");
  std::string out(text, size);
  std::free(text);  // NOLINT(cppcoreguidelines-no-malloc): cjose's contract
  return out;
}

std::string FromBase64Url(const std::string& text) {
  unsigned char* bytes = nullptr;
  std::size_t size = 0;
  Must(cjose_base64url_decode(text.data(), text.size(), &bytes, &size, nullptr), "base64url decoding");
  std::string out(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): cjose's contract
  return out;
}

std::string JwkText(cjose_jwk_t* jwk, bool with_private) {
  char* text = cjose_jwk_to_json(jwk, with_private, nullptr);
  Must(text != nullptr, "cjose_jwk_to_json");
  std::string out(text);
  std::free(text);  // NOLINT(cppcoreguidelines-no-malloc): cjose's contract
  return out;
}

Jwk ImportJwk(const std::string& text) { return Jwk(cjose_jwk_import(text.data(), text.size(), nullptr)); }

std::string NewPrivateJwk(const std::string& alg) {
  static constexpr unsigned char kExponent[] = {1, 0, 1};
  const Jwk jwk(alg == "ES256" ? cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, nullptr)
                               : cjose_jwk_create_RSA_random(2048, kExponent, sizeof(kExponent), nullptr));
  Must(jwk != nullptr, "making a key");
  return JwkText(jwk.get(), true);
}

EdKey EdKeyOf(const std::string& seed) {
  return EdKey(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed), seed.size()));
}

std::string SignByOpenSsl(const std::string& seed, const PlainJson& header, const PlainJson& claims) {
  const std::string input = Base64Url(header.dump()) + "." + Base64Url(claims.dump());
  const EdKey key = EdKeyOf(seed);
  const DigestContext context(EVP_MD_CTX_new());
  std::string signature(64, '\0');
  std::size_t size = signature.size();
  Must(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) > 0 &&
           EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                          Bytes(input), input.size()) > 0,
       "signing by Ed25519");
  return input + "." + Base64Url(signature);
}

std::string Sha256(const std::string& text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(Bytes(text), text.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::size_t Append(char* data, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(data, size * count);
  return size * count;
}

std::map<std::string, std::string> ParseHeaders(const std::string& text) {
  std::map<std::string, std::string> headers;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = text.find("\r\n", at);
    const std::string line = text.substr(at, end - at);
    at = end == std::string::npos ? text.size() : end + 2;
    const auto colon = line.find(": ");
    if (colon != std::string::npos) {
      std::string name = line.substr(0, colon);
      std::ranges::transform(name, name.begin(),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      headers[name] = line.substr(colon + 2);
    }
  }
  return headers;
}

}  // namespace

const PartyKey& PartyKey::For(const std::string& alg) {
  static std::map<std::string, PartyKey> keys;
  const auto found = keys.find(alg);
  return found != keys.end() ? found->second : keys.emplace(alg, PartyKey(alg)).first->second;
}

PartyKey::PartyKey(std::string alg) : alg_(std::move(alg)) {
  if (alg_ == "EdDSA") {
    seed_ = Sha256("a private key for tests");
  } else {
    private_jwk_ = NewPrivateJwk(alg_);
  }
}

PlainJson PartyKey::PublicJwk() const {
  PlainJson jwk;
  if (alg_ == "EdDSA") {
    std::string point(32, '\0');
    std::size_t size = point.size();
    EVP_PKEY_get_raw_public_key(EdKeyOf(seed_).get(), reinterpret_cast<unsigned char*>(point.data()), &size);
    jwk = {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", Base64Url(point)}};
  } else {
    jwk = PlainJson::parse(JwkText(ImportJwk(private_jwk_).get(), false));
  }
  jwk["kid"] = kid();
  jwk["use"] = "sig";
  jwk["alg"] = alg_;
  return jwk;
}

std::string PartyKey::Sign(const PlainJson& header, const PlainJson& claims) const {
  if (alg_ == "EdDSA") {
    return SignByOpenSsl(seed_, header, claims);
  }
  const Header cjose_header(cjose_header_new(nullptr));
  for (const auto& [name, value] : header.items()) {
    Must(value.is_string()
             ? cjose_header_set(cjose_header.get(), name.c_str(), value.get<std::string>().c_str(), nullptr)
             : cjose_header_set_raw(cjose_header.get(), name.c_str(), value.dump().c_str(), nullptr),
         "a header member");
  }
  const std::string payload = claims.dump();
  const Jwk jwk = ImportJwk(private_jwk_);
  const Jws jws(cjose_jws_sign(jwk.get(), cjose_header.get(), Bytes(payload), payload.size(), nullptr));
  const char* token = nullptr;  // belongs to `jws`
  Must(jws && cjose_jws_export(jws.get(), &token, nullptr), "signing by cjose");
  return token;
}

std::string JwksOf(const std::vector<std::string>& algs) {
  PlainJson keys = PlainJson::array();
  for (const auto& alg : algs) {
    keys.push_back(PartyKey::For(alg).PublicJwk());
  }
  return PlainJson{{"keys", keys}}.dump();
}

std::optional<PlainJson> VerifyByCjose(const std::string& token, const PlainJson& jwks) {
  const std::string kid = HeaderOf(token).value("kid", "");
  for (const auto& jwk : jwks.at("keys")) {
    if (jwk.value("kid", "") != kid) {
      continue;
    }
    const Jwk key = ImportJwk(jwk.dump());
    const Jws jws(cjose_jws_import(token.data(), token.size(), nullptr));
    unsigned char* payload = nullptr;  // belongs to `jws`
    std::size_t size = 0;
    if (!key || !jws || !cjose_jws_verify(jws.get(), key.get(), nullptr) ||
        !cjose_jws_get_plaintext(jws.get(), &payload, &size, nullptr)) {
      return std::nullopt;
    }
    return PlainJson::parse(std::string(reinterpret_cast<const char*>(payload), size));
  }
  return std::nullopt;
}

PlainJson HeaderOf(const std::string& token) {
  return PlainJson::parse(FromBase64Url(token.substr(0, token.find('.'))));
}

std::string LeftHalf(const std::string& text) { return Base64Url(Sha256(text).substr(0, 16)); }
std::string S256(const std::string& verifier) { return Base64Url(Sha256(verifier)); }

std::string Encode(const Fields& fields) {
  const Curl curl(curl_easy_init());
  std::string text;
  for (const auto& [name, value] : fields) {
    char* escaped = curl_easy_escape(curl.get(), value.c_str(), static_cast<int>(value.size()));
    text += (text.empty() ? "" : "&") + name + "=" + escaped;
    curl_free(escaped);
  }
  return text;
}

std::map<std::string, std::string> QueryOf(const std::string& url) {
  const Curl curl(curl_easy_init());
  std::map<std::string, std::string> fields;
  std::string rest = url.find('?') == std::string::npos ? "" : url.substr(url.find('?') + 1);
  while (!rest.empty()) {
    const std::string pair = rest.substr(0, rest.find('&'));
    rest = rest.find('&') == std::string::npos ? "" : rest.substr(rest.find('&') + 1);
    const auto equals = pair.find('=');
    std::string value = pair.substr(equals + 1);
    std::ranges::replace(value, '+', ' ');
    int size = 0;
    char* const plain = curl_easy_unescape(curl.get(), value.c_str(), static_cast<int>(value.size()), &size);
    EXPECT_TRUE(
        fields.emplace(pair.substr(0, equals), std::string(plain, static_cast<std::size_t>(size))).second)
        << pair.substr(0, equals) << " is given twice";
    curl_free(plain);
  }
  return fields;
}

HttpsClient::HttpsClient(std::string ca_pem, const std::string& host, std::uint16_t port)
    : ca_pem_(std::move(ca_pem)), resolve_(host + ":" + std::to_string(port) + ":127.0.0.1") {}

HttpReply HttpsClient::Get(const std::string& url, const Fields& headers) const {
  return Send(url, nullptr, headers);
}

HttpReply HttpsClient::PostForm(const std::string& url, const Fields& fields, const Fields& headers) const {
  return Post(url, Encode(fields), headers);
}

HttpReply HttpsClient::Post(const std::string& url, const std::string& body, const Fields& headers) const {
  return Send(url, &body, headers);
}

HttpReply HttpsClient::Send(const std::string& url, const std::string* body, const Fields& headers) const {
  const Curl curl(curl_easy_init());
  CurlList list;
  for (const auto& [name, value] : headers) {
    list.reset(curl_slist_append(list.release(), (name + ": " + value).c_str()));
  }
  const CurlList resolve(curl_slist_append(nullptr, resolve_.c_str()));
  curl_blob ca{.data = const_cast<char*>(ca_pem_.data()), .len = ca_pem_.size(), .flags = CURL_BLOB_COPY};
  HttpReply reply;
  std::string head;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kTimeoutMs);
  curl_easy_setopt(curl.get(), CURLOPT_CAINFO_BLOB, &ca);
  curl_easy_setopt(curl.get(), CURLOPT_RESOLVE, resolve.get());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, list.get());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply.body);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, Append);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &head);
  if (body != nullptr) {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body->c_str());
  }
  if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK) {
    reply.error = curl_easy_strerror(code);
    return reply;
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  reply.status = static_cast<int>(status);
  reply.headers = ParseHeaders(head);
  return reply;
}

}  // namespace cis2::simulator::testing
