// Chance that is the same in every run: SHA-256 of a counter. Two values drawn are never equal, and a test
// may start two sources with the same seed to know what the code under test has drawn.
//
// Threads: any; the order in which threads draw is theirs.
#ifndef CIS2_TESTS_SUPPORT_FAKE_RANDOM_H_
#define CIS2_TESTS_SUPPORT_FAKE_RANDOM_H_

#include "broker/base/random.h"
#include "broker/base/text.h"

#include <cstdint>
#include <mutex>
#include <string>

namespace cis2::tests {

class FakeRandom final : public base::Random {
 public:
  explicit FakeRandom(std::uint64_t seed = 0) : seed_(seed) {}

  std::string Bytes(std::size_t n) override {
    const std::lock_guard lock(mutex_);
    std::string out;
    while (out.size() < n) {
      out += base::Sha256("fake random " + std::to_string(seed_) + " " + std::to_string(counter_++));
    }
    out.resize(n);
    return out;
  }

 private:
  std::mutex mutex_;
  std::uint64_t seed_;
  std::uint64_t counter_ = 0;
};

}  // namespace cis2::tests

#endif  // CIS2_TESTS_SUPPORT_FAKE_RANDOM_H_
