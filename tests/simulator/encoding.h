// The encodings that tokens need besides base64url (broker/base/text.h). All of them are pure.
#ifndef CIS2_TESTS_SIMULATOR_ENCODING_H_
#define CIS2_TESTS_SIMULATOR_ENCODING_H_

#include <optional>
#include <string>
#include <string_view>

namespace cis2::simulator {

// RFC 4648 section 4, with padding.
std::string Base64Encode(std::string_view bytes);
// Strict: the one spelling that Base64Encode gives.
std::optional<std::string> Base64Decode(std::string_view text);

// The left half of the SHA-256 of `text`, base64url: at_hash, c_hash, s_hash (OIDC Core 3.1.3.6, 3.3.2.11).
std::string HalfHash(std::string_view text);

// 20 bytes as the kind of id that ForgeRock uses for keys and sessions: 28 characters of base64. Two of them
// are set, so that every id has all of "/", "+" and "=", which a careless client decodes or escapes.
std::string ForgeRockId(std::string_view twenty_bytes);

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_ENCODING_H_
