// The public keys of the examples in RFC 7515 (A.2, A.3) and RFC 8037 (A.2), one for each algorithm, and the
// tokens that they signed: kClaims under each header below. corpus/jws has them all.
#ifndef CIS2_TESTS_FUZZ_KNOWN_KEYS_H_
#define CIS2_TESTS_FUZZ_KNOWN_KEYS_H_

#include "broker/jose/jwk.h"
#include "tests/fuzz/target.h"

#include <algorithm>
#include <array>
#include <vector>

namespace cis2::fuzz {

inline constexpr const char* kKnownKeySet =
    R"({"keys":[{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Va)"
    R"(w-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpa)"
    R"(SHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXF)"
    R"(vUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"},{"kty":"EC","crv":"P-256","x":"f83OJ3)"
    R"(D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},{"kty":"OKP","c)"
    R"(rv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";

inline constexpr std::string_view kClaims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

// One for each algorithm. Of the set above each algorithm has a single key.
inline const std::vector<const jose::VerificationKey*>& KnownKeys() {
  static const auto sets = [] {
    std::vector<jose::KeySet> parsed;
    for (const char* name : {"RS256", "RS512", "PS256", "PS512", "ES256", "EdDSA"}) {
      auto set = jose::KeySet::Parse(kKnownKeySet, *jose::AlgorithmFromName(name));
      Require(set && set->size() == 1, "each algorithm has its known key");
      parsed.push_back(*std::move(set));
    }
    return parsed;
  }();
  static const auto keys = [] {
    std::vector<const jose::VerificationKey*> found;
    for (const jose::KeySet& set : sets) {
      found.push_back(set.Find(std::nullopt));
    }
    return found;
  }();
  return keys;
}

// Whether header.payload is one that was signed with one of the keys.
inline bool IsSignedPart(std::string_view signed_part) {
  constexpr std::array kHeaders = {
      R"({"alg":"RS256"})", R"({"alg":"RS512"})", R"({"alg":"PS256"})",
      R"({"alg":"PS512"})", R"({"alg":"ES256"})", R"({"typ":"JWT","kid":"b/O6OvVv1+y=","alg":"RS256"})"};
  return std::ranges::any_of(kHeaders, [&](std::string_view header) {
    return signed_part == base::Base64UrlEncode(header) + "." + std::string(kClaims);
  });
}

}  // namespace cis2::fuzz

#endif  // CIS2_TESTS_FUZZ_KNOWN_KEYS_H_
