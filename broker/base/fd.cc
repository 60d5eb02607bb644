#include "broker/base/fd.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cis2::base {
namespace {

Result<void> CheckTrusted(const std::string& path, const struct stat& st, Privacy privacy) {
  if (!S_ISREG(st.st_mode)) {
    return Fail(path + " is not a regular file");
  }
  if (st.st_uid != 0 && st.st_uid != ::geteuid()) {
    return Fail(path + " belongs to uid " + std::to_string(st.st_uid) +
                "; it must belong to root: chown root '" + path + "'");
  }
  if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Fail(path + " may be written by others: chmod go-w '" + path + "'");
  }
  if (privacy == Privacy::kPrivate && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Fail(path + " may be read by others; it holds a secret: chmod 0600 '" + path + "'");
  }
  return {};
}

}  // namespace

Result<std::string> ReadTrustedFile(const std::string& path, Privacy privacy, std::size_t max_size) {
  if (!path.starts_with('/')) {
    return Fail("'" + path + "' is not an absolute path");
  }
  // O_NONBLOCK: a FIFO in place of the file must not make us wait.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.valid()) {
    return errno == ELOOP ? Fail(path + " is a symbolic link; name the file itself")
                          : FailErrno("cannot open " + path, errno);
  }
  struct stat st{};
  if (::fstat(fd.get(), &st) != 0) {
    return FailErrno("cannot read the state of " + path, errno);
  }
  CIS2_CHECK(CheckTrusted(path, st, privacy));
  std::string content(max_size + 1, '\0');
  std::size_t used = 0;
  while (used < content.size()) {
    const ssize_t got = ::read(fd.get(), content.data() + used, content.size() - used);
    if (got == 0) {
      break;
    }
    if (got < 0 && errno != EINTR) {
      return FailErrno("cannot read " + path, errno);
    }
    used += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  if (used > max_size) {
    return Fail(path + " is larger than " + std::to_string(max_size) + " bytes");
  }
  content.resize(used);
  return content;
}

}  // namespace cis2::base
