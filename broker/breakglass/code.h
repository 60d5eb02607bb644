// An emergency code, as it is made, typed and compared. Pure: chance and time come from outside.
//
//   7K2QX-M4T0Z-9WCRB-3HN8D
//   id    secret
//
// Twenty characters of Crockford's base 32. The first five are the code's id: they find its entry, stand in
// the store, the log and the audit, and prove nothing. The other fifteen are 75 random bits, and kept as
// scrypt alone (RFC 7914). Read without regard to case, blanks and dashes; O is 0, I and L are 1, as
// Crockford says. Design section 9; docs/adr/0015-break-glass.md.
#ifndef CIS2_BROKER_BREAKGLASS_CODE_H_
#define CIS2_BROKER_BREAKGLASS_CODE_H_

#include "broker/base/random.h"
#include "broker/base/result.h"
#include "broker/base/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cis2::breakglass {

inline constexpr std::size_t kIdSize = 5;
inline constexpr std::size_t kSecretSize = 15;
inline constexpr std::size_t kCodeSize = kIdSize + kSecretSize;

struct Code {
  std::string id;
  base::Secret secret;
};

Code NewCode(base::Random& random);
// What was typed, if it has the form of a code.
std::optional<Code> ParseCode(std::string_view typed);
// Whether `text` is an id as NewCode() makes them.
bool IsCodeId(std::string_view text);
// For the person who makes it, once: four groups with dashes.
base::Secret FormatCode(const Code& code);

// What a hash costs: 128 * n * r bytes of memory, and about a tenth of a second.
struct Cost {
  std::uint64_t n = std::uint64_t{1} << 15;
  std::uint32_t r = 8;
  std::uint32_t p = 1;
  bool operator==(const Cost&) const = default;
};
// What a hash may cost, so that a strange store cannot take all memory.
bool IsBearable(const Cost& cost);

inline constexpr std::size_t kSaltSize = 16;
inline constexpr std::size_t kHashSize = 32;

struct Hash {
  Cost cost;
  std::string salt, value;
  bool operator==(const Hash&) const = default;
};
// Fails only without memory.
base::Result<Hash> HashSecret(const base::Secret& secret, base::Random& random, const Cost& cost = {});
// False also where the hash cannot be computed.
bool Matches(const Hash& hash, const base::Secret& secret);

}  // namespace cis2::breakglass

#endif  // CIS2_BROKER_BREAKGLASS_CODE_H_
