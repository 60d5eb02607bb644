#include "broker/ctl/key_file.h"

#include "broker/base/fd.h"
#include "broker/base/write.h"

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
  return base::SyncFolder(std::filesystem::path(path).parent_path().string());
}

Result<void> WriteDraft(const std::string& draft, const base::Secret& pem) {
  ::unlink(draft.c_str());  // what a crash left; nobody was told of it
  const base::UniqueFd fd(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!fd.valid()) {
    return FailErrno("cannot make " + draft, errno);
  }
  CIS2_CHECK(base::WriteAll(fd.get(), draft, pem.Reveal()));
  return ::fsync(fd.get()) == 0 ? Result<void>() : FailErrno("cannot write " + draft + " to disk", errno);
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
    return why == EEXIST
               ? Fail(path +
                      " is there already; no key is overwritten; to replace it: cis2ctl rotate prepare")
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
