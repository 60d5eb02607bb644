#include "broker/ctl/key_file.h"

#include "broker/base/fd.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace cis2::ctl {
namespace {

using base::Fail;
using base::FailErrno;
using base::Result;

Result<void> SyncFolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const base::UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) {
    return FailErrno("cannot write the folder " + folder + " to disk", errno);
  }
  return {};
}

Result<void> WriteAll(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno != EINTR) {
      return FailErrno("cannot write " + path, errno);
    }
    bytes.remove_prefix(wrote > 0 ? static_cast<std::size_t>(wrote) : 0);
  }
  if (::fsync(fd) != 0) {
    return FailErrno("cannot write " + path + " to disk", errno);
  }
  return {};
}

Result<void> WriteDraft(const std::string& draft, const base::Secret& pem) {
  ::unlink(draft.c_str());  // what a crash left; nobody was told of it
  const base::UniqueFd fd(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!fd.valid()) {
    return FailErrno("cannot make " + draft, errno);
  }
  return WriteAll(fd.get(), draft, pem.Reveal());
}

}  // namespace

Result<void> WriteNewKeyFile(const std::string& path, const base::Secret& pem) {
  const std::string draft = path + ".new";
  CIS2_CHECK(WriteDraft(draft, pem));
  // rename(2) would replace a file that came meanwhile; a link does not.
  const bool linked = ::link(draft.c_str(), path.c_str()) == 0;
  const int why = errno;
  ::unlink(draft.c_str());
  if (!linked) {
    return why == EEXIST ? Fail(path + " is there already; no key is overwritten")
                         : FailErrno("cannot make " + path, why);
  }
  return SyncFolderOf(path);
}

Result<void> SwitchKeyFiles(const std::string& current, const std::string& next,
                            const std::string& previous) {
  if (!IsSameFile(current, previous) && ::link(current.c_str(), previous.c_str()) != 0) {
    return FailErrno("cannot name " + current + " " + previous, errno);
  }
  CIS2_CHECK(SyncFolderOf(previous));
  if (::rename(next.c_str(), current.c_str()) != 0) {
    return FailErrno("cannot rename " + next + " to " + current, errno);
  }
  return SyncFolderOf(current);
}

Result<void> RemoveKeyFile(const std::string& path) {
  return ::unlink(path.c_str()) == 0 ? SyncFolderOf(path)
                                     : Result<void>(FailErrno("cannot remove " + path, errno));
}

bool IsSameFile(const std::string& one, const std::string& other) {
  struct stat a{};
  struct stat b{};
  return ::lstat(one.c_str(), &a) == 0 && ::lstat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

}  // namespace cis2::ctl
