#include "broker/base/fd.h"

#include <cerrno>
#include <cstdlib>
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

// The file of this name among what the unit hands over (systemd.exec(5), LoadCredential=); empty where it hands nothing over.
std::string CredentialOf(const std::string& path) {
  const char* folder = ::secure_getenv("CREDENTIALS_DIRECTORY");
  return folder == nullptr || *folder == '\0' ? "" : std::string(folder) + path.substr(path.rfind('/'));
}

UniqueFd Open(const std::string& path) {
  // O_NONBLOCK: a FIFO in place of the file must not make us wait.
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

std::unexpected<Error> CannotOpen(const std::string& path, const std::string& credential, int error) {
  if (error == ELOOP) {
    return Fail(path + " is a symbolic link; name the file itself");
  }
  if (error == EACCES && ::geteuid() != 0) {
    const std::string name = path.substr(path.rfind('/') + 1);
    return Fail(
        "cannot open " + path + " as uid " + std::to_string(::geteuid()) +
        (credential.empty()  // a person who is not root
             ? "; use sudo"
             : "; under systemd hand it over, by systemctl edit cis2-broker: [Service] LoadCredential=" +
                   name + ":" + path));
  }
  return FailErrno("cannot open " + path, error);
}

}  // namespace

Result<std::string> ReadTrustedFile(const std::string& path, Privacy privacy, std::size_t max_size) {
  if (!path.starts_with('/')) {
    return Fail("'" + path + "' is not an absolute path");
  }
  const std::string credential = CredentialOf(path);
  UniqueFd fd = Open(path);
  int error = errno;
  // The mode of a credential may show the mask of an access list as the group's; systemd keeps its folder closed.
  if (!credential.empty() && (path == credential || (!fd.valid() && error == EACCES))) {
    fd = Open(credential);
    error = fd.valid() ? 0 : error;
    privacy = Privacy::kPublic;
  }
  if (!fd.valid()) {
    return CannotOpen(path, credential, error);
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
