// Small functions on text that crosses a trust boundary: encodings, and what may be shown or logged.
// All of them are pure.
#ifndef CIS2_BROKER_BASE_TEXT_H_
#define CIS2_BROKER_BASE_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

namespace cis2::base {

// RFC 4648 section 5 without padding.
std::string Base64UrlEncode(std::string_view bytes);
// Strict: refuses padding, any other character, lengths that cannot be, and non-zero unused bits.
std::optional<std::string> Base64UrlDecode(std::string_view text);
std::string HexEncode(std::string_view bytes);
// Letters of ASCII alone, whatever the locale: what protocols mean by "without case".
char AsciiLower(char c);
bool EqualWithoutCase(std::string_view a, std::string_view b);
// The value of a hexadecimal digit, either case.
std::optional<unsigned> HexDigit(char c);
// The byte that the "%HH" at `at` of `text` stands for (RFC 3986 section 2.1). Nothing if no such thing is
// there.
std::optional<char> PercentByte(std::string_view text, std::size_t at);

// What a terminal or a log line may carry of a foreign string: printable ASCII as it is, every other byte
// and the backslash as \xHH, cut at `max` input bytes with "..." behind.
std::string Printable(std::string_view s, std::size_t max = 64);

bool IsValidUtf8(std::string_view s);

// The grammars of design section 5. What does not match is shown only through Printable().
bool IsAccountName(std::string_view s);  // [A-Za-z_][A-Za-z0-9_.-]{0,31}
bool IsNumericAddress(std::string_view s);
// The name of an account or a service for people's eyes: as it is if it has the characters of such names,
// else with every other byte as \xHH, so that no name can pose as a sentence. Cut at 64 input bytes.
std::string ShownName(std::string_view s);

// The network an address is counted under: an IPv4 address itself, the /64 of an IPv6 address, an
// IPv4-mapped one as IPv4. Nothing for anything that is not a numeric address.
std::optional<std::string> AddressBucket(std::string_view address);

// application/x-www-form-urlencoded, RFC 3986 unreserved characters left alone.
std::string UrlEncode(std::string_view s);

// SHA-256 of `bytes`, 32 bytes.
std::string Sha256(std::string_view bytes);
// HMAC-SHA-256, 32 bytes.
std::string HmacSha256(std::string_view key, std::string_view bytes);

}  // namespace cis2::base

#endif  // CIS2_BROKER_BASE_TEXT_H_
