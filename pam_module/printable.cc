#include "pam_module/printable.h"

namespace cis2::pam_module {
namespace {

// The half blocks of a QR code in UTF-8: U+2580 upper, U+2584 lower, U+2588 full.
constexpr std::string_view kBlocks[] = {"\xe2\x96\x80", "\xe2\x96\x84", "\xe2\x96\x88"};

bool IsBlock(std::string_view text) {
  for (const std::string_view block : kBlocks) {
    if (text.starts_with(block)) {
      return true;
    }
  }
  return false;
}

constexpr bool IsKept(char c) { return c == '\n' || (c >= ' ' && c <= '~'); }
// 10xxxxxx: the second to fourth byte of a UTF-8 character.
constexpr bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

}  // namespace

std::size_t ReduceToPrintable(std::string_view text, std::span<char> out) {
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t size = IsBlock(text) ? kBlocks[0].size() : 1;
    if (out.size() - used < size) {
      break;
    }
    if (size > 1) {
      text.copy(out.data() + used, size);
      used += size;
    } else if (IsKept(text.front())) {
      out[used++] = text.front();
    } else if (!IsContinuation(text.front())) {
      out[used++] = '?';
    }
    text.remove_prefix(size);
  }
  return used;
}

}  // namespace cis2::pam_module
