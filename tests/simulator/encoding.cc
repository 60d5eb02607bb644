#include "tests/simulator/encoding.h"

#include "broker/base/text.h"

#include <openssl/evp.h>

namespace cis2::simulator {
namespace {

const unsigned char* Bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

}  // namespace

std::string Base64Encode(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock writes a final NUL
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), Bytes(bytes), static_cast<int>(bytes.size()));
  out.pop_back();
  return out;
}

std::optional<std::string> Base64Decode(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 16UL * 1024) {
    return std::nullopt;
  }
  std::string out(text.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), Bytes(text),
                      static_cast<int>(text.size())) < 0) {
    return std::nullopt;
  }
  // EVP_DecodeBlock counts the padding as bytes.
  out.resize(out.size() - (text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U));
  if (Base64Encode(out) != text) {
    return std::nullopt;
  }
  return out;
}

std::string HalfHash(std::string_view text) {
  return base::Base64UrlEncode(base::Sha256(text).substr(0, 16));
}

std::string ForgeRockId(std::string_view twenty_bytes) {
  std::string id = Base64Encode(twenty_bytes.substr(0, 20));
  id[1] = '/';
  id[10] = '+';
  return id;
}

}  // namespace cis2::simulator
