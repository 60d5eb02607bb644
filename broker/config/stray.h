// Characters beyond ASCII where TOML has none: outside of comments and quotes. Typographic quotation marks,
// pasted from a document, are the usual ones.
//
// Looked for before the text is parsed, for a message that says so, and because toml++ 3.3 has undefined
// behaviour for U+00A1 to U+0499 there (is_non_ascii_horizontal_whitespace). It has it behind a line that
// ends in a backslash in a string of several lines too, so such strings are ASCII alone. Pure.
#ifndef CIS2_BROKER_CONFIG_STRAY_H_
#define CIS2_BROKER_CONFIG_STRAY_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace cis2::config {

// Where the first one begins; nothing if there is none. A byte order mark at the very beginning is none.
std::optional<std::size_t> FindStrayCharacter(std::string_view toml);

}  // namespace cis2::config

#endif  // CIS2_BROKER_CONFIG_STRAY_H_
