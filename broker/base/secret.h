// Bytes that must not be seen: keys, codes, states, verifiers, tokens.
//
// Move-only, wiped when destroyed or moved from, compared in constant time, and without any printer: a
// Secret in a log call does not compile.
#ifndef CIS2_BROKER_BASE_SECRET_H_
#define CIS2_BROKER_BASE_SECRET_H_

#include <openssl/crypto.h>

#include <string>
#include <string_view>
#include <utility>

namespace cis2::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes) : bytes_(bytes) {}
  // Takes the string over and wipes the original.
  static Secret Take(std::string& s) {
    Secret secret{s};
    OPENSSL_cleanse(s.data(), s.size());
    s.clear();
    return secret;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  // A moved short string keeps its bytes behind a size of zero, where Wipe() would not reach them.
  // NOLINTNEXTLINE(performance-move-constructor-init,cert-oop11-cpp): copied, then wiped
  Secret(Secret&& o) noexcept : bytes_(o.bytes_) { o.Wipe(); }
  Secret& operator=(Secret&& o) noexcept {
    if (this != &o) {
      Wipe();
      bytes_ = o.bytes_;
      o.Wipe();
    }
    return *this;
  }
  ~Secret() { Wipe(); }

  [[nodiscard]] Secret Copy() const { return Secret(bytes_); }
  // The bytes, for the one call that needs them. Valid while this object lives.
  [[nodiscard]] std::string_view Reveal() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  // Constant time for equal lengths; the length itself is not secret. Two empty secrets are not equal:
  // nothing is ever proved by an absent value.
  [[nodiscard]] bool Equals(std::string_view other) const {
    return !bytes_.empty() && bytes_.size() == other.size() &&
           CRYPTO_memcmp(bytes_.data(), other.data(), other.size()) == 0;
  }

 private:
  void Wipe() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
    bytes_.clear();
  }
  std::string bytes_;
};

}  // namespace cis2::base

#endif  // CIS2_BROKER_BASE_SECRET_H_
