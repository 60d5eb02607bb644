// A relying party for the simulator's own tests, on cjose and OpenSSL alone: neither the broker's code nor
// the simulator's. It makes client assertions, verifies ID tokens, and speaks HTTPS by libcurl.
//
// Threads: one. A failure of a library aborts the test program.
#ifndef CIS2_TESTS_SIMULATOR_TEST_PARTY_H_
#define CIS2_TESTS_SIMULATOR_TEST_PARTY_H_

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cis2::simulator::testing {

using PlainJson = nlohmann::json;
using Fields = std::vector<std::pair<std::string, std::string>>;

// A key pair of the client. Made once for each algorithm in a process: RSA keys take their time.
class PartyKey {
 public:
  // RS256, RS512, PS256, PS512, ES256 or EdDSA. The kid is "key-" and the algorithm.
  static const PartyKey& For(const std::string& alg);

  [[nodiscard]] const std::string& alg() const { return alg_; }
  [[nodiscard]] std::string kid() const { return "key-" + alg_; }
  // With kid, use and alg, public members only.
  [[nodiscard]] PlainJson PublicJwk() const;
  // A compact JWS. The algorithm is header["alg"].
  [[nodiscard]] std::string Sign(const PlainJson& header, const PlainJson& claims) const;

 private:
  explicit PartyKey(std::string alg);
  std::string alg_;
  std::string private_jwk_;  // empty for EdDSA
  std::string seed_;         // EdDSA: the 32 bytes of the private key
};

// {"keys":[...]} of these algorithms.
std::string JwksOf(const std::vector<std::string>& algs);

// The payload, if cjose finds the signature good under the key of `jwks` that the header names.
std::optional<PlainJson> VerifyByCjose(const std::string& token, const PlainJson& jwks);
PlainJson HeaderOf(const std::string& token);

// base64url of the left half of SHA-256, by OpenSSL.
std::string LeftHalf(const std::string& text);
std::string S256(const std::string& verifier);

std::string Encode(const Fields& fields);
// The query of a URL, decoded. Fails the test on a name given twice.
std::map<std::string, std::string> QueryOf(const std::string& url);

struct HttpReply {
  int status = 0;  // 0: no answer
  std::string body;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string error;

  [[nodiscard]] PlainJson json() const { return PlainJson::parse(body, nullptr, false); }
};

// libcurl with one CA and one name that is really 127.0.0.1.
class HttpsClient {
 public:
  HttpsClient(std::string ca_pem, const std::string& host, std::uint16_t port);
  HttpReply Get(const std::string& url, const Fields& headers = {}) const;
  HttpReply PostForm(const std::string& url, const Fields& fields, const Fields& headers = {}) const;
  HttpReply Post(const std::string& url, const std::string& body, const Fields& headers = {}) const;

 private:
  HttpReply Send(const std::string& url, const std::string* body, const Fields& headers) const;
  std::string ca_pem_;
  std::string resolve_;
};

}  // namespace cis2::simulator::testing

#endif  // CIS2_TESTS_SIMULATOR_TEST_PARTY_H_
