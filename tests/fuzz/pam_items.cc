// What the module passes on from PAM, which a stranger on the network may have written:
// broker/login/pam_items.h. The input is SSH_CONNECTION, PAM_RHOST and PAM_TTY, a line each, and
// SSH_AUTH_INFO_0.
//
// Invariant: what people are shown is printable, a key has the form that ssh-keygen
// prints.
#include "broker/login/pam_items.h"

#include "tests/fuzz/target.h"

namespace cis2::fuzz {
namespace {

constexpr std::size_t kFingerprint = 43;  // SHA-256 in base64 without padding

void CheckKey(const std::string& key) {
  Require(IsPrintable(key) && key.starts_with("publickey "), "a key is printable");
  const auto hash = key.rfind(" SHA256:");
  Require(hash != std::string::npos && key.size() - hash - 8 == kFingerprint,
          "a key ends in its fingerprint");
}

}  // namespace

Judgement Judge(std::string_view input) {
  std::string_view rest = input;
  const std::string_view connection = TakeLine(rest);
  const std::string_view rhost = TakeLine(rest);
  const std::string_view tty = TakeLine(rest);
  const std::string address = login::ClientAddress(connection, rhost);
  Require(IsPrintable(address), "a client's address can be shown");
  const std::string from = login::ComesFrom(address, tty, rhost);
  Require(!from.empty() && IsPrintable(from), "where a login comes from can be shown");
  const auto key = login::AcceptedKey(rest);
  if (key) {
    CheckKey(*key);
  }
  return AcceptedIf(base::IsNumericAddress(address) && key.has_value());
}

}  // namespace cis2::fuzz
