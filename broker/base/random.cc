#include "broker/base/random.h"

#include "broker/base/text.h"

#include <cerrno>
#include <cstdlib>
#include <sys/random.h>

namespace cis2::base {

std::string SystemRandom::Bytes(std::size_t n) {
  std::string out(n, '\0');
  std::size_t filled = 0;
  while (filled < n) {
    const ssize_t got = ::getrandom(out.data() + filled, n - filled, 0);
    if (got > 0) {
      filled += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      std::abort();  // without chance there is no secret, so there is no broker
    }
  }
  return out;
}

std::uint32_t RandomBelow(Random& random, std::uint32_t bound) {
  // Rejection: the part of the 32-bit range that `bound` does not divide is drawn again.
  const std::uint32_t limit = UINT32_MAX - (UINT32_MAX % bound + 1) % bound;
  while (true) {
    std::uint32_t value = 0;
    for (const char c : random.Bytes(4)) {
      value = (value << 8) | static_cast<unsigned char>(c);
    }
    if (value <= limit) {
      return value % bound;
    }
  }
}

std::string RandomLetters(Random& random, std::string_view alphabet, std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) {
    out += alphabet[RandomBelow(random, static_cast<std::uint32_t>(alphabet.size()))];
  }
  return out;
}

Secret RandomToken(Random& random) {
  std::string text = Base64UrlEncode(random.Bytes(32));
  return Secret::Take(text);
}

}  // namespace cis2::base
