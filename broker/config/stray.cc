#include "broker/config/stray.h"

#include <algorithm>
#include <string>

namespace cis2::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// A string, which begins at `at`: moves behind it, or to the end of what an unclosed one can be. True when it
// has a character in it that it may not have; `at` is at that one then.
bool SkipString(std::string_view text, std::size_t& at) {
  const char quote = text[at];
  const std::string triple(3, quote);
  const bool many_lines = text.substr(at).starts_with(triple);
  const std::string closing = many_lines ? triple : triple.substr(0, 1);
  at += closing.size();
  while (at < text.size()) {
    if (many_lines ? !IsAscii(text[at]) : text[at] == '\n') {
      return many_lines;
    }
    if (text.substr(at).starts_with(closing)) {
      at += closing.size();
      break;
    }
    const bool escape = quote == '"' && text[at] == '\\' && at + 1 < text.size() && IsAscii(text[at + 1]);
    at += escape ? std::size_t{2} : std::size_t{1};
  }
  // Before the three that close it, a string of many lines may have two more.
  while (many_lines && at < text.size() && text[at] == quote) {
    ++at;
  }
  return false;
}

}  // namespace

std::optional<std::size_t> FindStrayCharacter(std::string_view toml) {
  std::size_t at = toml.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  while (at < toml.size()) {
    const char c = toml[at];
    if (c == '#') {
      at = std::min(toml.find('\n', at), toml.size());
    } else if (c == '"' || c == '\'') {
      if (SkipString(toml, at)) {
        return at;
      }
    } else if (IsAscii(c)) {
      ++at;
    } else {
      return at;
    }
  }
  return std::nullopt;
}

}  // namespace cis2::config
