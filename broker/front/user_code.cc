#include "broker/front/user_code.h"

#include "broker/front/wire/messages.h"

namespace cis2::front {
namespace {

constexpr std::size_t kHalf = front_wire::kUserCodeSize / 2;
constexpr std::size_t kMaxTyped = 64;

std::string InCapitals(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

std::optional<std::string> Canonical(std::string_view letters) {
  std::string code = InCapitals(letters);
  return front_wire::IsUserCode(code) ? std::optional(std::move(code)) : std::nullopt;
}

// The bytes of the separator that `text` begins with, 0 if there is none: space, tab, hyphen, and U+2010 to
// U+2015 and U+00A0 in UTF-8.
std::size_t SeparatorSize(std::string_view text) {
  if (text.starts_with(' ') || text.starts_with('\t') || text.starts_with('-')) {
    return 1;
  }
  if (text.starts_with("\xc2\xa0")) {
    return 2;
  }
  const bool dash =
      text.size() >= 3 && text.starts_with("\xe2\x80") && text[2] >= '\x90' && text[2] <= '\x95';
  return dash ? 3 : 0;
}

}  // namespace

std::optional<std::string> UserCodeInPath(std::string_view text) {
  if (text.size() == front_wire::kUserCodeSize + 1 && text[kHalf] == '-') {
    return Canonical(std::string(text.substr(0, kHalf)) + std::string(text.substr(kHalf + 1)));
  }
  return Canonical(text);
}

std::optional<std::string> UserCodeAsTyped(std::string_view text) {
  if (text.size() > kMaxTyped) {
    return std::nullopt;
  }
  std::string letters;
  while (!text.empty()) {
    const std::size_t separator = SeparatorSize(text);
    if (separator == 0) {
      letters += text.front();
    }
    text.remove_prefix(separator == 0 ? 1 : separator);
  }
  return Canonical(letters);
}

std::string WithDash(std::string_view user_code) {
  return std::string(user_code.substr(0, kHalf)) + "-" + std::string(user_code.substr(kHalf));
}

}  // namespace cis2::front
