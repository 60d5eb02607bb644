#include "broker/base/text.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <cstring>

namespace cis2::base {
namespace {

constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHexDigits = "0123456789abcdef";

constexpr std::array<signed char, 256> MakeBase64Table() {
  std::array<signed char, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kBase64Url.size(); ++i) {
    table[static_cast<unsigned char>(kBase64Url[i])] = static_cast<signed char>(i);
  }
  return table;
}
constexpr auto kBase64Values = MakeBase64Table();

bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string EscapeByte(std::string_view prefix, char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::string(prefix) + kHexDigits[byte >> 4] + kHexDigits[byte & 15];
}

const unsigned char* Bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

}  // namespace

std::string Base64UrlEncode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    have += 8;
    while (have >= 6) {
      have -= 6;
      out += kBase64Url[(bits >> have) & 63];
    }
  }
  if (have > 0) {
    out += kBase64Url[(bits << (6 - have)) & 63];
  }
  return out;
}

std::optional<std::string> Base64UrlDecode(std::string_view text) {
  if (text.size() % 4 == 1) {
    return std::nullopt;
  }
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    const signed char value = kBase64Values[static_cast<unsigned char>(c)];
    if (value < 0) {
      return std::nullopt;
    }
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>((bits >> have) & 0xff);
    }
  }
  // RFC 4648 section 3.5: unused bits must be zero, or one value would have several spellings.
  if ((bits & ((1U << have) - 1)) != 0) {
    return std::nullopt;
  }
  return out;
}

char AsciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualWithoutCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, AsciiLower, AsciiLower);
}

std::optional<unsigned> HexDigit(char c) {
  if (IsDigit(c)) {
    return static_cast<unsigned>(c - '0');
  }
  const char lower = AsciiLower(c);
  return lower >= 'a' && lower <= 'f' ? std::optional(static_cast<unsigned>(lower - 'a' + 10)) : std::nullopt;
}

std::optional<char> PercentByte(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size() || text[at] != '%') {
    return std::nullopt;
  }
  const auto high = HexDigit(text[at + 1]);
  const auto low = HexDigit(text[at + 2]);
  return high && low ? std::optional(static_cast<char>(*high << 4 | *low)) : std::nullopt;
}

std::string HexEncode(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += EscapeByte("", c);
  }
  return out;
}

std::string Printable(std::string_view s, std::size_t max) {
  std::string out;
  for (const char c : s.substr(0, max)) {
    if (c >= 0x20 && c < 0x7f && c != '\\') {
      out += c;
    } else {
      out += EscapeByte("\\x", c);
    }
  }
  if (s.size() > max) {
    out += "...";
  }
  return out;
}

bool IsValidUtf8(std::string_view s) {
  std::size_t i = 0;
  while (i < s.size()) {
    const auto lead = static_cast<unsigned char>(s[i++]);
    if (lead < 0x80) {
      continue;
    }
    const int more = lead >= 0xc2 && lead <= 0xdf   ? 1
                     : (lead & 0xf0) == 0xe0        ? 2
                     : lead >= 0xf0 && lead <= 0xf4 ? 3
                                                    : 0;
    if (more == 0) {
      return false;
    }
    for (int k = 0; k < more; ++k, ++i) {
      if (i >= s.size() || (static_cast<unsigned char>(s[i]) & 0xc0) != 0x80) {
        return false;
      }
      const auto next = static_cast<unsigned char>(s[i]);
      // Overlong forms, surrogates and values above U+10FFFF (RFC 3629 section 4).
      if (k == 0 && ((lead == 0xe0 && next < 0xa0) || (lead == 0xed && next > 0x9f) ||
                     (lead == 0xf0 && next < 0x90) || (lead == 0xf4 && next > 0x8f))) {
        return false;
      }
    }
  }
  return true;
}

bool IsAccountName(std::string_view s) {
  if (s.empty() || s.size() > 32 || (!IsAlpha(s[0]) && s[0] != '_')) {
    return false;
  }
  for (const char c : s.substr(1)) {
    if (!IsAlpha(c) && !IsDigit(c) && c != '_' && c != '.' && c != '-') {
      return false;
    }
  }
  return true;
}

std::string ShownName(std::string_view s) {
  constexpr std::size_t kMax = 64;
  std::string out;
  for (const char c : s.substr(0, kMax)) {
    const bool plain = IsAlpha(c) || IsDigit(c) || c == '_' || c == '.' || c == '-';
    out += plain ? std::string(1, c) : EscapeByte("\\x", c);
  }
  return s.size() > kMax ? out + "..." : out;
}

bool IsNumericAddress(std::string_view s) { return AddressBucket(s).has_value(); }

std::optional<std::string> AddressBucket(std::string_view address) {
  if (address.size() >= INET6_ADDRSTRLEN || address.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string text(address);
  std::array<char, INET6_ADDRSTRLEN> out{};
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    return std::string(::inet_ntop(AF_INET, &v4, out.data(), out.size()));
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) {
    return std::nullopt;
  }
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    return std::string(::inet_ntop(AF_INET, &v6.s6_addr[12], out.data(), out.size()));
  }
  std::memset(&v6.s6_addr[8], 0, 8);
  return std::string(::inet_ntop(AF_INET6, &v6, out.data(), out.size())) + "/64";
}

std::string UrlEncode(std::string_view s) {
  std::string out;
  for (const char c : s) {
    if (IsAlpha(c) || IsDigit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      std::string escaped = EscapeByte("%", c);
      for (char& e : escaped) {
        e = e >= 'a' && e <= 'f' ? static_cast<char>(e - 'a' + 'A') : e;
      }
      out += escaped;
    }
  }
  return out;
}

std::string Sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  ::SHA256(Bytes(bytes), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  std::string mac(SHA256_DIGEST_LENGTH, '\0');
  unsigned int size = 0;
  ::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(bytes), bytes.size(),
         reinterpret_cast<unsigned char*>(mac.data()), &size);
  return mac;
}

}  // namespace cis2::base
