// The functions through which foreign text goes before it is shown, logged or sent: broker/base/text.h,
// http::ParseForm and the module's pam_module/printable.h.
//
// Invariant: what is shown is printable and has its limit; what is decoded has one spelling; what is encoded
// decodes to what it was.
#include "broker/base/text.h"

#include "broker/http/message.h"
#include "pam_module/printable.h"
#include "tests/fuzz/target.h"

#include <vector>

namespace cis2::fuzz {
namespace {

void CheckLogText(std::string_view s) {
  constexpr std::size_t kMax = 64;
  const std::string shown = base::Printable(s, kMax);
  Require(IsPrintable(shown) && shown.size() <= 4 * kMax + 3, "a log line is printable and short");
}

// The terminal gets ASCII, newlines and three blocks.
bool IsTerminalText(std::string_view s) {
  while (!s.empty()) {
    const bool block =
        s.starts_with("\xe2\x96\x80") || s.starts_with("\xe2\x96\x84") || s.starts_with("\xe2\x96\x88");
    if (!block && s.front() != '\n' && !IsPrintable(s.substr(0, 1))) {
      return false;
    }
    s.remove_prefix(block ? 3 : 1);
  }
  return true;
}

std::string Reduced(std::string_view s) {
  std::vector<char> out(s.size());
  const std::size_t size = pam_module::ReduceToPrintable(s, out);
  Require(size <= s.size(), "the terminal's text is not longer");
  return {out.data(), size};
}

void CheckTerminalText(std::string_view s) {
  const std::string reduced = Reduced(s);
  Require(IsTerminalText(reduced), "the terminal gets what it may get");
  Require(Reduced(reduced) == reduced, "what is reduced stays");
}

void CheckEncodings(std::string_view s) {
  Require(base::Base64UrlDecode(base::Base64UrlEncode(s)) == s, "base64url brings back what it was given");
  if (const auto decoded = base::Base64UrlDecode(s)) {
    Require(base::Base64UrlEncode(*decoded) == s, "base64url has one spelling");
  }
  if (const auto fields = http::ParseForm(s)) {
    Require(fields->size() <= 32, "a form has its limit");
    Require(http::ParseForm(http::BuildForm(*fields)) == fields, "a form brings back what it was given");
  }
}

void CheckAddress(std::string_view s) {
  const auto bucket = base::AddressBucket(s);
  Require(bucket.has_value() == base::IsNumericAddress(s), "an address has a network");
  if (bucket) {
    const std::string network = bucket->substr(0, bucket->find('/'));
    Require(base::AddressBucket(network) == bucket, "a network is its own network");
  }
}

}  // namespace

Judgement Judge(std::string_view s) {
  CheckLogText(s);
  CheckTerminalText(s);
  CheckEncodings(s);
  CheckAddress(s);
  Require(!base::IsAccountName(s) || (IsPrintable(s) && s.size() <= 32), "an account name is printable");
  return AcceptedIf(base::IsValidUtf8(s) && Reduced(s) == s);
}

}  // namespace cis2::fuzz
