// What of the broker's text may reach a terminal.
//
// login(1), su and sudo print PAM text raw, so a control byte in it is a command to the operator's terminal.
// The broker words everything in safe characters already; this is the second belt, for a broker that was
// taken over or is wrong (docs/DESIGN.md, section 5). No I/O, no locale, no allocation.
#ifndef CIS2_PAM_MODULE_PRINTABLE_H_
#define CIS2_PAM_MODULE_PRINTABLE_H_

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace cis2::pam_module {

// Writes to `out` the printable ASCII, newlines and half blocks (U+2580, U+2584, U+2588) of `text`, and one
// question mark for every other character. Returns how much was written; what does not fit is left out.
// The result is never longer than `text`.
std::size_t ReduceToPrintable(std::string_view text, std::span<char> out);

// Text for a terminal, made of pieces, with the NUL at its end that PAM wants. Holds at most N characters.
template <std::size_t N>
class TerminalText {
 public:
  void Append(std::string_view text) {
    used_ += ReduceToPrintable(text, std::span(text_).first(N).subspan(used_));
    text_[used_] = '\0';
  }
  [[nodiscard]] const char* c_str() const { return text_.data(); }

 private:
  std::array<char, N + 1> text_{};
  std::size_t used_ = 0;
};

}  // namespace cis2::pam_module

#endif  // CIS2_PAM_MODULE_PRINTABLE_H_
