#include "broker/base/shown.h"

#include "broker/base/text.h"

namespace cis2::base {
namespace {

constexpr std::size_t kMax = 64;

// `more`: the characters that such a name has beside those of an account's.
std::string Shown(std::string_view s, std::string_view more) {
  std::string out;
  for (const char c : s.substr(0, kMax)) {
    const std::string_view byte(&c, 1);
    out += more.contains(c) ? std::string(byte) : ShownName(byte);
  }
  return s.size() > kMax ? out + "..." : out;
}

}  // namespace

std::string ShownAddress(std::string_view s) { return Shown(s, ":%"); }

std::string ShownTerminal(std::string_view s) { return Shown(s, ":/"); }

}  // namespace cis2::base
