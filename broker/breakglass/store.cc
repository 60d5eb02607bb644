#include "broker/breakglass/store.h"

#include "broker/base/write.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace cis2::breakglass {
namespace {

using base::Fail;
using base::FailErrno;
using base::Result;
using base::UniqueFd;

constexpr std::size_t kMaxFile = std::size_t{2} * 1024 * 1024;
constexpr std::size_t kLeastReserve = std::size_t{64} * 1024;
constexpr auto kLockTries = 100;
constexpr std::chrono::milliseconds kBetweenTries{20};
constexpr const char* kDraft = ".new";
constexpr const char* kReserve = ".reserve";

Result<std::string> ReadAll(int fd, const std::string& path) {
  std::string content(kMaxFile + 1, '\0');
  std::size_t used = 0;
  while (used < content.size()) {
    const ssize_t got = ::read(fd, content.data() + used, content.size() - used);
    if (got == 0) {
      break;
    }
    if (got < 0 && errno != EINTR) {
      return FailErrno("cannot read " + path, errno);
    }
    used += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  if (used > kMaxFile) {
    return Fail(path + " is larger than " + std::to_string(kMaxFile) + " bytes");
  }
  content.resize(used);
  return content;
}

}  // namespace

Store::Store(std::string path, uid_t owner)
    : path_(std::move(path)),
      folder_path_(std::filesystem::path(path_).parent_path().string()),
      name_(std::filesystem::path(path_).filename().string()),
      owner_(owner) {}

Result<UniqueFd> Store::OpenFolder() const {
  UniqueFd folder(::open(folder_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat st{};
  if (!folder.valid() || ::fstat(folder.get(), &st) != 0) {
    return FailErrno("cannot open the folder " + folder_path_, errno);
  }
  if ((st.st_uid != 0 && st.st_uid != owner_) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Fail("the folder " + folder_path_ + " may be written by others than uid " +
                std::to_string(owner_) + ", so they could bring codes of their own: chown " +
                std::to_string(owner_) + " '" + folder_path_ + "'; chmod 0700 '" + folder_path_ + "'");
  }
  return folder;
}

Result<UniqueFd> Store::Lock() const {
  CIS2_TRY(UniqueFd folder, OpenFolder());
  for (int tries = 0; ::flock(folder.get(), LOCK_EX | LOCK_NB) != 0; ++tries) {
    if ((errno != EWOULDBLOCK && errno != EINTR) || tries == kLockTries) {
      return FailErrno("cannot lock the folder " + folder_path_ + "; does a cis2ctl hang?", errno);
    }
    std::this_thread::sleep_for(kBetweenTries);
  }
  return folder;
}

Result<Ledger> Store::LoadFrom(int folder) const {
  // O_NONBLOCK: a FIFO in place of the file must not make us wait.
  const UniqueFd fd(
      ::openat(folder, name_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.valid()) {
    return errno == ENOENT ? Result<Ledger>(Ledger{})
                           : Result<Ledger>(FailErrno("cannot open " + path_, errno));
  }
  struct stat st{};
  if (::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) {
    return Fail(path_ + " is not a regular file");
  }
  if (st.st_uid != owner_ || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Fail(path_ + " must belong to uid " + std::to_string(owner_) + " and to nobody else: chown " +
                std::to_string(owner_) + " '" + path_ + "'; chmod 0600 '" + path_ + "'");
  }
  CIS2_TRY(const std::string content, ReadAll(fd.get(), path_));
  auto ledger = Decode(content);
  if (!ledger) {
    return Fail(path_ +
                " cannot be read as emergency codes, so there are none: move it away and make new ones");
  }
  return *std::move(ledger);
}

Result<Ledger> Store::Load() const {
  CIS2_TRY(const UniqueFd folder, OpenFolder());
  return LoadFrom(folder.get());
}

// A file that was not there, of the owner alone. Whatever has the name is no file of ours: a crash left it,
// and it is never written into.
Result<UniqueFd> Store::NewFile(int folder, const std::string& name) const {
  ::unlinkat(folder, name.c_str(), 0);
  UniqueFd fd(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       S_IRUSR | S_IWUSR));
  if (!fd.valid() || (::geteuid() != owner_ && ::fchown(fd.get(), owner_, static_cast<gid_t>(-1)) != 0)) {
    return FailErrno("cannot make " + folder_path_ + "/" + name, errno);
  }
  return fd;
}

// As good as it goes: without a reserve a code can be used while the disk has room.
void Store::MakeReserve(int folder, std::size_t size) const {
  const auto fd = NewFile(folder, name_ + kReserve);
  if (!fd || ::posix_fallocate(fd->get(), 0, static_cast<off_t>(size)) != 0) {
    ::unlinkat(folder, (name_ + kReserve).c_str(), 0);
  }
}

Result<void> Store::Keep(int folder, const Ledger& ledger) const {
  const std::string draft = name_ + kDraft;
  const std::string content = Encode(ledger);
  ::unlinkat(folder, (name_ + kReserve).c_str(), 0);
  CIS2_TRY(const UniqueFd fd, NewFile(folder, draft));
  CIS2_CHECK(base::WriteAll(fd.get(), folder_path_ + "/" + draft, content));
  if (::fsync(fd.get()) != 0 || ::renameat(folder, draft.c_str(), folder, name_.c_str()) != 0 ||
      ::fsync(folder) != 0) {
    return FailErrno("cannot write " + path_ + " to disk", errno);
  }
  MakeReserve(folder, std::max(kLeastReserve, 2 * content.size()));
  return {};
}

Result<void> Store::Change(const std::function<Result<void>(Ledger&)>& change) const {
  CIS2_TRY(const UniqueFd folder, Lock());
  CIS2_TRY(Ledger ledger, LoadFrom(folder.get()));
  CIS2_CHECK(change(ledger));
  return Keep(folder.get(), ledger);
}

Result<Finding> Store::Spend(std::string_view account, const Code& code, Time now) const {
  CIS2_TRY(const UniqueFd folder, Lock());
  CIS2_TRY(Ledger ledger, LoadFrom(folder.get()));
  const Finding finding = breakglass::Spend(ledger, account, code, now);
  if (finding == Finding::kRight) {
    CIS2_CHECK(Keep(folder.get(), ledger));  // before anybody is let in by it
  }
  return finding;
}

}  // namespace cis2::breakglass
