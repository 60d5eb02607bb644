#include "broker/jose/key_uri.h"

#include "broker/base/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace cis2::jose {
namespace {

using base::Fail;
using base::Result;

constexpr std::string_view kPkcs11 = "pkcs11:";
constexpr std::string_view kHandle = "handle:";
constexpr std::size_t kMaxUri = 2048;

// RFC 7512 section 2.3, pk11-pattr.
constexpr std::array<std::string_view, 13> kPathAttributes = {"token",
                                                              "manufacturer",
                                                              "serial",
                                                              "model",
                                                              "library-manufacturer",
                                                              "library-version",
                                                              "object",
                                                              "type",
                                                              "id",
                                                              "slot-manufacturer",
                                                              "slot-id",
                                                              "slot-description",
                                                              "library-description"};

// TPM 2.0 part 2, 7.4: the handles of persistent objects.
constexpr std::uint32_t kFirstPersistent = 0x81000000;
constexpr std::uint32_t kLastPersistent = 0x81ffffff;

using Attribute = std::pair<std::string_view, std::string_view>;

bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  return base::EqualWithoutCase(text.substr(0, prefix.size()), prefix);
}

// RFC 3986 section 2.1.
std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto byte = base::PercentByte(text, i);
    if (!byte) {
      return std::nullopt;
    }
    decoded += *byte;
    i += 2;
  }
  return decoded;
}

// "a=b;c=d": the attributes in their order. Nothing if one has no name or no value, or a name comes twice.
std::optional<std::vector<Attribute>> Split(std::string_view text, char separator) {
  std::vector<Attribute> attributes;
  std::set<std::string_view> names;
  while (!text.empty()) {
    const auto one = text.substr(0, text.find(separator));
    const auto equals = one.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == one.size() ||
        !names.insert(one.substr(0, equals)).second) {
      return std::nullopt;
    }
    attributes.emplace_back(one.substr(0, equals), one.substr(equals + 1));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
  }
  return attributes;
}

// What a file name of ours may be: it goes into a configuration of OpenSSL, which has special characters.
bool IsPlainPath(std::string_view path) {
  return path.starts_with('/') && std::ranges::all_of(path, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '/' || c == '.' || c == '-' || c == '_' || c == '+' ||
                  c == ':';
         });
}

// RFC 7512 2.4: a "file" URI (with "//" before the path or without).
std::optional<std::string> PinFile(std::string_view value) {
  constexpr std::string_view kFile = "file:";
  auto path = PercentDecode(value);
  if (!path || !path->starts_with(kFile)) {
    return std::nullopt;
  }
  path->erase(0, kFile.size());
  if (path->starts_with("//")) {
    path->erase(0, 2);
  }
  return IsPlainPath(*path) ? path : std::nullopt;
}

Result<void> CheckPathAttribute(const Attribute& attribute) {
  const auto& [name, value] = attribute;
  if (std::ranges::find(kPathAttributes, name) == kPathAttributes.end()) {
    return Fail("the PKCS#11 URI has an attribute that RFC 7512 does not know before its '?'");
  }
  if (name == "type" && value != "private") {
    return Fail("the PKCS#11 URI must name a private key: leave out type, or write type=private");
  }
  if (!PercentDecode(value)) {
    return Fail("the PKCS#11 URI has a '%' that two hexadecimal digits do not follow");
  }
  return {};
}

Result<void> ReadQueryAttribute(const Attribute& attribute, KeyUri& uri) {
  const auto& [name, value] = attribute;
  if (name == "pin-source") {
    const auto file = PinFile(value);
    if (!file) {
      return Fail(
          "pin-source of the PKCS#11 URI must be file: and an absolute path of letters, digits and ._+:-, "
          "such as pin-source=file:/etc/cis2-broker/token-pin");
    }
    uri.pin_source = *file;
    return {};
  }
  if (name == "module-path") {
    const auto file = PercentDecode(value);
    if (!file || !IsPlainPath(*file)) {
      return Fail("module-path of the PKCS#11 URI must be an absolute path of letters, digits and ._+:-");
    }
    uri.module_path = *file;
    return {};
  }
  return Fail("the PKCS#11 URI has an attribute after its '?' that is neither pin-source nor module-path");
}

bool NamesAPin(std::string_view text) {
  return !std::ranges::search(text, std::string_view("pin-value"), {}, base::AsciiLower).empty();
}

Result<KeyUri> ParsePkcs11(std::string_view text) {
  if (NamesAPin(text)) {
    return Fail(
        "the PKCS#11 URI holds a PIN (pin-value); write the PIN into a file that root alone may read and "
        "name "
        "it with pin-source=file:/PATH");
  }
  const std::string_view rest = text.substr(kPkcs11.size());
  const auto question = rest.find('?');
  const auto path = Split(rest.substr(0, question), ';');
  const auto query =
      question == std::string_view::npos ? std::vector<Attribute>{} : Split(rest.substr(question + 1), '&');
  if (!path || !query) {
    return Fail(
        "the PKCS#11 URI is no list of name=value, each name once, with ';' between them and '&' after the "
        "'?'");
  }
  KeyUri uri{.kind = KeyUri::Kind::kPkcs11,
             .object = std::string(text.substr(0, text.find('?'))),
             .pin_source = "",
             .module_path = ""};
  for (const Attribute& attribute : *path) {
    CIS2_CHECK(CheckPathAttribute(attribute));
  }
  for (const Attribute& attribute : *query) {
    CIS2_CHECK(ReadQueryAttribute(attribute, uri));
  }
  const auto names = [&path](std::string_view name) {
    return std::ranges::find(*path, name, &Attribute::first) != path->end();
  };
  if (!names("object") && !names("id")) {
    return Fail("the PKCS#11 URI names no single key; give it object=LABEL or id=%NN");
  }
  if (!names("type")) {
    uri.object += ";type=private";
  }
  return uri;
}

Result<KeyUri> ParseHandle(std::string_view text) {
  std::string_view digits = text.substr(kHandle.size());
  std::uint32_t handle = 0;
  bool good = digits.starts_with("0x") && digits.size() == 10;
  for (const char c : good ? digits.substr(2) : std::string_view()) {
    const auto digit = base::HexDigit(c);
    good = good && digit;
    handle = handle << 4 | digit.value_or(0);
  }
  if (!good || handle < kFirstPersistent || handle > kLastPersistent) {
    return Fail("expected the persistent handle of a TPM key, from handle:0x81000000 to handle:0x81ffffff");
  }
  return KeyUri{.kind = KeyUri::Kind::kTpm, .object = std::string(text), .pin_source = "", .module_path = ""};
}

}  // namespace

bool IsKeyUri(std::string_view text) {
  return StartsWithIgnoringCase(text, kPkcs11) || StartsWithIgnoringCase(text, kHandle);
}

Result<KeyUri> ParseKeyUri(std::string_view text) {
  const bool printable = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
  if (text.size() > kMaxUri || !printable) {
    return Fail(
        "the URI of the key has a blank or another character that must be written as %NN, or is too long");
  }
  if (text.starts_with(kPkcs11)) {
    return ParsePkcs11(text);
  }
  return text.starts_with(kHandle) ? ParseHandle(text)
                                   : Result<KeyUri>(Fail("write pkcs11: and handle: in small letters"));
}

}  // namespace cis2::jose
