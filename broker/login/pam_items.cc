#include "broker/login/pam_items.h"

#include "broker/base/shown.h"
#include "broker/base/text.h"

#include <openssl/evp.h>

#include <vector>

namespace cis2::login {
namespace {

std::string_view Word(std::string_view line, int index) {
  while (index-- > 0) {
    const auto space = line.find(' ');
    line = space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
  }
  return line.substr(0, line.find(' '));
}

std::string EncodeBase64WithoutPadding(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int n =
      ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(n));
  return out.substr(0, out.find('='));
}

// Standard base64 with padding, as keys are written. OpenSSL alone would take "====" for a byte, and skip
// blanks: the text must be the one spelling of its bytes.
std::optional<std::string> DecodeBase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) {
    return std::nullopt;
  }
  std::string out(text.size() / 4 * 3, '\0');
  const int n =
      ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (n < 0) {
    return std::nullopt;
  }
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(static_cast<std::size_t>(n) - padding);
  const bool canonical = EncodeBase64WithoutPadding(out) + std::string(padding, '=') == text;
  return canonical ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

std::string ClientAddress(std::string_view ssh_connection, std::string_view rhost) {
  const std::string_view first = Word(ssh_connection, 0);
  return base::ShownAddress(first.empty() ? rhost : first);
}

std::string ComesFrom(std::string_view client_address, std::string_view tty, std::string_view caller) {
  if (!client_address.empty()) {
    return std::string(client_address);
  }
  return "this server" + (tty.empty() ? "" : ", " + base::ShownTerminal(tty)) +
         (caller.empty() ? "" : ", called by " + base::ShownName(caller));
}

std::optional<std::string> AcceptedKey(std::string_view ssh_auth_info) {
  while (!ssh_auth_info.empty()) {
    const auto end = ssh_auth_info.find('\n');
    const std::string_view line = ssh_auth_info.substr(0, end);
    if (Word(line, 0) == "publickey") {
      const auto key = DecodeBase64(Word(line, 2));
      if (key) {
        return "publickey " + base::Printable(Word(line, 1)) +
               " SHA256:" + EncodeBase64WithoutPadding(base::Sha256(*key));
      }
    }
    ssh_auth_info.remove_prefix(end == std::string_view::npos ? ssh_auth_info.size() : end + 1);
  }
  return std::nullopt;
}

}  // namespace cis2::login
