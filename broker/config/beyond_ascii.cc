#include "broker/config/beyond_ascii.h"

#include "broker/base/text.h"

#include <algorithm>
#include <cstdint>

namespace cis2::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// How many bytes a character of two or three bytes has, by its first one; 0 for any other.
std::size_t SizeOf(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte >= 0xc2 && byte <= 0xdf ? 2 : byte >= 0xe0 && byte <= 0xef ? 3 : 0;
}

std::string Moved(std::string_view character) {
  std::uint32_t c = static_cast<unsigned char>(character[0]) & (character.size() == 2 ? 0x1fU : 0x0fU);
  for (const char next : character.substr(1)) {
    c = c << 6 | (static_cast<unsigned char>(next) & 0x3fU);
  }
  return {'\xf4', static_cast<char>(0x80U | c >> 12), static_cast<char>(0x80U | (c >> 6 & 0x3fU)),
          static_cast<char>(0x80U | (c & 0x3fU))};
}

}  // namespace

bool HasBeyondAscii(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::string MoveBeyondAscii(std::string_view text) {
  std::string moved;
  std::size_t at = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  moved.append(text.substr(0, at));
  while (at < text.size()) {
    const std::string_view character = text.substr(at, SizeOf(text[at]));
    if (!character.empty() && character.size() == SizeOf(text[at]) && base::IsValidUtf8(character)) {
      moved += Moved(character);
      at += character.size();
    } else {
      moved += text[at++];
    }
  }
  return moved;
}

}  // namespace cis2::config
