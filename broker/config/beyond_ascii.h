// No setting takes a character beyond ASCII; comments do. toml++ 3.3 must not see one of the first plane: for some of
// them, such as U+00E9 and most of the kana, outside of strings and behind some line ends in them, its behaviour is
// undefined (is_non_ascii_horizontal_whitespace). Which places these are is for its parser to know, so they are kept
// from it everywhere. Pure.
#ifndef CIS2_BROKER_CONFIG_BEYOND_ASCII_H_
#define CIS2_BROKER_CONFIG_BEYOND_ASCII_H_

#include <string>
#include <string_view>

namespace cis2::config {

bool HasBeyondAscii(std::string_view text);

// The text with each character U+0080 to U+FFFF moved to U+100080 to U+10FFFF, which are private and mean nothing to
// TOML. Lines and columns stay, and so do a byte order mark at the very beginning and what is no UTF-8.
std::string MoveBeyondAscii(std::string_view text);

}  // namespace cis2::config

#endif  // CIS2_BROKER_CONFIG_BEYOND_ASCII_H_
