// Chance, as an input. Everything that must not be guessed comes from here.
// Threads: SystemRandom may be used from any thread.
#ifndef CIS2_BROKER_BASE_RANDOM_H_
#define CIS2_BROKER_BASE_RANDOM_H_

#include "broker/base/secret.h"

#include <cstdint>
#include <string>

namespace cis2::base {

class Random {
 public:
  virtual ~Random() = default;
  // `n` random bytes. Never fails: without a source of randomness the process ends.
  virtual std::string Bytes(std::size_t n) = 0;
};

class SystemRandom final : public Random {
 public:
  std::string Bytes(std::size_t n) override;
};

// A number in [0, bound) without bias. bound > 0.
std::uint32_t RandomBelow(Random& random, std::uint32_t bound);
// `n` letters drawn from `alphabet`, without bias.
std::string RandomLetters(Random& random, std::string_view alphabet, std::size_t n);
// 256 random bits as 43 characters of base64url: state, nonce, PKCE verifier, browser key, jti.
Secret RandomToken(Random& random);

}  // namespace cis2::base

#endif  // CIS2_BROKER_BASE_RANDOM_H_
