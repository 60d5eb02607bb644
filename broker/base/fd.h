// A file descriptor with one owner. Every descriptor of ours is close-on-exec from birth.
#ifndef CIS2_BROKER_BASE_FD_H_
#define CIS2_BROKER_BASE_FD_H_

#include "broker/base/result.h"
#include "broker/base/secret.h"

#include <string>
#include <unistd.h>
#include <utility>

namespace cis2::base {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& o) noexcept {
    if (this != &o) {
      Reset();
      fd_ = std::exchange(o.fd_, -1);
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { Reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void Reset() {
    if (fd_ >= 0) {
      ::close(fd_);
      fd_ = -1;
    }
  }

 private:
  int fd_ = -1;
};

// Who may read a file that decides about logins.
enum class Privacy {
  kPublic,   // certificates, map files: nobody but root or us may write it
  kPrivate,  // keys, secrets: besides that, no permission at all for group and others
};

// Reads a whole file that is trusted: absolute path, no symbolic link as last component, a regular file
// owned by root or by the caller's uid, permissions checked on the descriptor, at most `max_size` bytes.
// A file that we may not open is read from systemd's credential of the same name, if the unit hands one over:
// keys belong to root alone, and the broker never is root. The error says which rule was broken and what
// mends it.
Result<std::string> ReadTrustedFile(const std::string& path, Privacy privacy, std::size_t max_size);

}  // namespace cis2::base

#endif  // CIS2_BROKER_BASE_FD_H_
