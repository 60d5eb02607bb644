#include "broker/ctl/file_change.h"

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

constexpr std::size_t kMaxSize = 64UL * 1024;
constexpr mode_t kNewFile = 0644;
constexpr mode_t kPrivateFolder = 0700;

// The new text beside the file, under a name that neither libpam nor sshd reads.
Result<void> WriteDraft(const std::string& draft, const FileChange& change) {
  struct stat old{};
  const bool there = ::lstat(change.path.c_str(), &old) == 0;
  ::unlink(draft.c_str());  // what a crash left
  const base::UniqueFd fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) {
    return FailErrno("cannot make " + draft, errno);
  }
  CIS2_CHECK(base::WriteAll(fd.get(), draft, change.after));
  if (::fchown(fd.get(), there ? old.st_uid : ::geteuid(), there ? old.st_gid : ::getegid()) != 0 ||
      ::fchmod(fd.get(), there ? old.st_mode & 07777 : kNewFile) != 0 || ::fsync(fd.get()) != 0) {
    return FailErrno("cannot write " + draft + " to disk", errno);
  }
  return {};
}

}  // namespace

Result<std::string> ReadIfThere(const std::string& path) {
  struct stat state{};
  if (::lstat(path.c_str(), &state) != 0 && errno == ENOENT) {
    return std::string();
  }
  return base::ReadTrustedFile(path, base::Privacy::kPublic, kMaxSize);
}

Result<void> Make(const FileChange& change) {
  CIS2_TRY(const std::string now, ReadIfThere(change.path));
  if (now != change.before) {
    return Fail(change.path + " was changed by somebody else meanwhile; nothing was written. Start again");
  }
  const std::filesystem::path path(change.path);
  const std::string folder = path.parent_path();
  if (change.after.empty()) {
    if (::unlink(change.path.c_str()) != 0 && errno != ENOENT) {
      return FailErrno("cannot remove " + change.path, errno);
    }
    return base::SyncFolder(folder);
  }
  const std::string draft = folder + "/." + path.filename().string() + ".cis2-new";
  CIS2_CHECK(WriteDraft(draft, change));
  if (::rename(draft.c_str(), change.path.c_str()) != 0) {
    return FailErrno("cannot rename " + draft + " to " + change.path, errno);
  }
  return base::SyncFolder(folder);
}

Result<void> MakePrivateFolder(const std::string& path) {
  const std::filesystem::path folder(path);
  struct stat state{};
  if (::lstat(path.c_str(), &state) != 0) {
    if (folder.has_relative_path()) {
      CIS2_CHECK(MakePrivateFolder(folder.parent_path()));
    }
    if (::mkdir(path.c_str(), kPrivateFolder) != 0 && errno != EEXIST) {
      return FailErrno("cannot make the folder " + path, errno);
    }
    if (::lstat(path.c_str(), &state) != 0) {
      return FailErrno("cannot read the state of " + path, errno);
    }
  }
  // Sticky: /tmp, where others cannot touch what is ours.
  const bool others_write = (state.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (state.st_mode & S_ISVTX) == 0;
  if (!S_ISDIR(state.st_mode) || (state.st_uid != 0 && state.st_uid != ::geteuid()) || others_write) {
    return Fail(path + " must be a folder that root alone may write: chown root '" + path +
                "'; chmod go-w '" + path + "'");
  }
  return {};
}

}  // namespace cis2::ctl
