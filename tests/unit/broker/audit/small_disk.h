// A disk that fills up: a folder on a tmpfs of two pages in a mount namespace of the calling thread's own,
// or, where that is not permitted, any folder under a limit on the size of files. Either way a write beyond 8
// KiB fails, and Enlarge() makes room again. Use it from a thread that ends with the test: RunOnItsOwnThread.
#ifndef CIS2_TESTS_UNIT_BROKER_AUDIT_SMALL_DISK_H_
#define CIS2_TESTS_UNIT_BROKER_AUDIT_SMALL_DISK_H_

#include "tests/support/temp_dir.h"

#include <csignal>
#include <functional>
#include <optional>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/resource.h>
#include <thread>

namespace cis2::audit {

inline void RunOnItsOwnThread(const std::function<void()>& test) { std::thread(test).join(); }

// SIGXFSZ ignored and the size of files limited, for as long as it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    Set(bytes);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    Lift();
    (void)std::signal(SIGXFSZ, handler_);
  }
  void Lift() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  void Set(rlim_t bytes) const {
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  void (*handler_)(int);
  rlimit before_{};
};

class SmallDisk {
 public:
  SmallDisk() {
    mounted_ = ::unshare(CLONE_NEWNS) == 0 &&
               ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
               ::mount("tmpfs", dir_.path().c_str(), "tmpfs", 0, "size=8k,mode=0700") == 0;
    if (!mounted_) {
      limit_.emplace(8192);
    }
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) {
      ::umount2(dir_.path().c_str(), MNT_DETACH);
    }
  }

  [[nodiscard]] const std::string& path() const { return dir_.path(); }
  void Enlarge() {
    if (mounted_) {
      ::mount("tmpfs", dir_.path().c_str(), "tmpfs", MS_REMOUNT, "size=1m");
    } else {
      limit_->Lift();
    }
  }

 private:
  tests::TempDir dir_;
  bool mounted_ = false;
  std::optional<FileSizeLimit> limit_;
};

}  // namespace cis2::audit

#endif  // CIS2_TESTS_UNIT_BROKER_AUDIT_SMALL_DISK_H_
