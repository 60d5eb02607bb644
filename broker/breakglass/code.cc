#include "broker/breakglass/code.h"

#include "broker/base/c_handle.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace cis2::breakglass {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kGroup = 5;
constexpr std::uint64_t kMaxMemory = std::uint64_t{256} * 1024 * 1024;

using Kdf = base::CHandle<EVP_KDF, EVP_KDF_free>;
using KdfContext = base::CHandle<EVP_KDF_CTX, EVP_KDF_CTX_free>;

// The character of the alphabet that is meant; 0 for none.
char Meant(char typed) {
  const char c = static_cast<char>(std::toupper(static_cast<unsigned char>(typed)));
  if (c == 'O') {
    return '0';
  }
  if (c == 'I' || c == 'L') {
    return '1';
  }
  return kAlphabet.find(c) == std::string_view::npos ? '\0' : c;
}

// OSSL_PARAM takes pointers that it does not write through.
template <class T>
T* Unconst(const T* pointer) {
  return const_cast<T*>(pointer);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

// The scrypt of `secret`; empty where it cannot be computed.
base::Secret Scrypt(const Cost& cost, const std::string& salt, const base::Secret& secret) {
  const Kdf kdf(::EVP_KDF_fetch(nullptr, "SCRYPT", nullptr));
  const KdfContext context(kdf == nullptr ? nullptr : ::EVP_KDF_CTX_new(kdf.get()));
  std::uint64_t n = cost.n;
  std::uint64_t max_memory = kMaxMemory;
  std::uint32_t r = cost.r;
  std::uint32_t p = cost.p;
  const std::array parameters = {
      // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the size is the next argument
      ::OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, Unconst(secret.Reveal().data()),
                                          secret.size()),
      ::OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, Unconst(salt.data()), salt.size()),
      ::OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
      ::OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
      ::OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
      ::OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &max_memory),
      ::OSSL_PARAM_construct_end(),
  };
  std::array<unsigned char, kHashSize> derived{};
  if (context == nullptr ||
      ::EVP_KDF_derive(context.get(), derived.data(), derived.size(), parameters.data()) != 1) {
    ::ERR_clear_error();
    return {};
  }
  std::string value(derived.begin(), derived.end());
  OPENSSL_cleanse(derived.data(), derived.size());
  return base::Secret::Take(value);
}

}  // namespace

Code NewCode(base::Random& random) {
  std::string secret = base::RandomLetters(random, kAlphabet, kSecretSize);
  return {.id = base::RandomLetters(random, kAlphabet, kIdSize), .secret = base::Secret::Take(secret)};
}

std::optional<Code> ParseCode(std::string_view typed) {
  std::string meant;
  meant.reserve(kCodeSize);
  bool is_code = true;
  for (const char c : typed) {
    if (c == ' ' || c == '-') {
      continue;
    }
    is_code = is_code && Meant(c) != '\0' && meant.size() < kCodeSize;
    if (is_code) {
      meant += Meant(c);
    }
  }
  const base::Secret all = base::Secret::Take(meant);
  if (!is_code || all.size() != kCodeSize) {
    return std::nullopt;
  }
  return Code{.id = std::string(all.Reveal().substr(0, kIdSize)),
              .secret = base::Secret(all.Reveal().substr(kIdSize))};
}

bool IsCodeId(std::string_view text) {
  return text.size() == kIdSize &&
         std::ranges::all_of(text, [](char c) { return kAlphabet.find(c) != std::string_view::npos; });
}

base::Secret FormatCode(const Code& code) {
  std::string text;
  text.reserve(kCodeSize + kCodeSize / kGroup);
  text += code.id;
  for (std::size_t at = 0; at < code.secret.size(); at += kGroup) {
    text += '-';
    text += code.secret.Reveal().substr(at, kGroup);
  }
  return base::Secret::Take(text);
}

bool IsBearable(const Cost& cost) {
  const bool is_power_of_two = cost.n >= 2 && (cost.n & (cost.n - 1)) == 0;
  return is_power_of_two && cost.n <= (std::uint64_t{1} << 20) && cost.r >= 1 && cost.r <= 32 &&
         cost.p >= 1 && cost.p <= 4 && 128 * cost.n * cost.r < kMaxMemory;
}

base::Result<Hash> HashSecret(const base::Secret& secret, base::Random& random, const Cost& cost) {
  Hash hash{.cost = cost, .salt = random.Bytes(kSaltSize), .value = {}};
  const base::Secret value = Scrypt(hash.cost, hash.salt, secret);
  if (value.empty()) {
    return base::Fail("scrypt could not be computed: is there no memory left?");
  }
  hash.value = value.Reveal();
  return hash;
}

bool Matches(const Hash& hash, const base::Secret& secret) {
  return Scrypt(hash.cost, hash.salt, secret).Equals(hash.value);
}

}  // namespace cis2::breakglass
