#include "broker/audit/audit_file.h"

#include "broker/base/clock.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace cis2::audit {
namespace {

base::Result<void> CheckFile(const std::string& path, const struct stat& st) {
  if (!S_ISREG(st.st_mode)) {
    return base::Fail(path + " is not a regular file");
  }
  if (st.st_uid != 0 && st.st_uid != ::geteuid() && ::geteuid() != 0) {
    return base::Fail(path + " belongs to uid " + std::to_string(st.st_uid));
  }
  if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return base::Fail(path + " may be written by others: chmod go-w '" + path + "'");
  }
  return {};
}

// How much of `text` was written, and whether all of it was.
struct Written {
  std::size_t bytes = 0;
  int error = 0;
};

Written WriteAll(int fd, std::string_view text) {
  Written written;
  while (written.bytes < text.size()) {
    const ssize_t n = ::write(fd, text.data() + written.bytes, text.size() - written.bytes);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      written.error = n < 0 ? errno : EIO;
      break;
    }
    written.bytes += static_cast<std::size_t>(n);
  }
  return written;
}

// "20261123T091502.123Z": sorts by time, and is a file name everywhere.
std::string Stamp(base::WallTime time) {
  std::string text = base::FormatWallTime(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

bool IsStamp(std::string_view text) {
  static const std::string form = Stamp(base::WallTime{});
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), [](char c, char f) {
           return f >= '0' && f <= '9' ? c >= '0' && c <= '9' : c == f;
         });
}

// The time that a stamp names; what is no stamp was sorted out before.
base::WallTime TimeOf(std::string_view stamp) {
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    std::from_chars(stamp.data() + at, stamp.data() + at + size, value);
    return value;
  };
  const std::chrono::year_month_day day(std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(4, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(6, 2))));
  return base::WallTime(std::chrono::sys_days(day)) + std::chrono::hours(number(9, 2)) +
         std::chrono::minutes(number(11, 2)) + std::chrono::seconds(number(13, 2)) +
         std::chrono::milliseconds(number(16, 3));
}

bool EndsInsideALine(int fd, off_t size) {
  char last = '\n';
  return size > 0 && ::pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

base::Result<AuditFile> AuditFile::Open(const std::string& path, std::uint64_t rotate_bytes, int keep_files) {
  const auto slash = path.rfind('/');
  if (!path.starts_with('/') || slash + 1 == path.size()) {
    return base::Fail("'" + path + "' is not the absolute path of a file");
  }
  AuditFile file(slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1), rotate_bytes, keep_files);
  file.folder_ = base::UniqueFd(::open(file.folder_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.folder_.valid()) {
    return base::FailErrno("cannot open the folder of the audit file, " + file.folder_path_, errno);
  }
  CIS2_CHECK(file.OpenCurrent());
  return file;
}

base::Result<base::UniqueFd> AuditFile::OpenAt(const std::string& name, int flags) const {
  constexpr int kFlags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  base::UniqueFd fd(::openat(folder_.get(), name.c_str(), kFlags | flags, S_IRUSR | S_IWUSR));
  if (!fd.valid()) {
    const std::string path = folder_path_ + "/" + name;
    return errno == ELOOP ? base::Fail(path + " is a symbolic link; name the file itself")
                          : base::FailErrno("cannot open " + path, errno);
  }
  return fd;
}

base::Result<void> AuditFile::OpenCurrent() {
  CIS2_TRY(base::UniqueFd fd, OpenAt(name_, 0));
  struct stat st{};
  if (::fstat(fd.get(), &st) != 0) {
    return base::FailErrno("cannot read the state of " + folder_path_ + "/" + name_, errno);
  }
  CIS2_CHECK(CheckFile(folder_path_ + "/" + name_, st));
  // A name that is not on disk would take every later fdatasync(2) with it.
  if (::fsync(folder_.get()) != 0) {
    return base::FailErrno("cannot synchronise " + folder_path_, errno);
  }
  file_ = std::move(fd);
  size_ = static_cast<std::uint64_t>(st.st_size);
  torn_ = EndsInsideALine(file_.get(), st.st_size);
  return {};
}

// A file that was deleted under us would swallow every line.
base::Result<void> AuditFile::ReopenIfGone() {
  struct stat st{};
  if (::fstat(file_.get(), &st) == 0 && st.st_nlink > 0) {
    return {};
  }
  return OpenCurrent();
}

base::Result<void> AuditFile::Append(std::string_view line) {
  CIS2_CHECK(ReopenIfGone());
  if (size_ > 0 && size_ + line.size() + 1 > rotate_bytes_) {
    const auto rotated = Rotate();
    rotation_fault_ = rotated ? "" : rotated.error().message;
  }
  const std::string text = (torn_ ? "\n" : "") + std::string(line) + "\n";
  const Written written = WriteAll(file_.get(), text);
  size_ += written.bytes;
  if (written.bytes > 0) {
    torn_ = text[written.bytes - 1] != '\n';
  }
  if (written.error != 0) {
    return base::FailErrno("cannot write to " + folder_path_ + "/" + name_, written.error);
  }
  return {};
}

base::Result<void> AuditFile::Sync() {
  const bool lost = std::exchange(lost_sync_, false);
  if (::fdatasync(file_.get()) != 0) {
    return base::FailErrno("cannot synchronise " + folder_path_ + "/" + name_, errno);
  }
  if (lost) {
    return base::Fail("cannot synchronise the file before " + folder_path_ + "/" + name_);
  }
  return {};
}

base::Result<void> AuditFile::Rename(const std::string& from, const std::string& to) const {
  if (::renameat(folder_.get(), from.c_str(), folder_.get(), to.c_str()) != 0) {
    return base::FailErrno("cannot rename " + folder_path_ + "/" + from, errno);
  }
  return {};
}

// The name of a file turned over now. Names sort in the order of their lines whatever the clock does: where
// it stands still, was set back, or the files turned over before are gone, the name is later than the newest
// one there was.
std::string AuditFile::NextName() {
  const base::WallTime now = base::SystemClock().WallNow();
  if (const auto old = TurnedOver(); !old.empty()) {
    newest_ = std::max(newest_, TimeOf(std::string_view(old.back()).substr(name_.size() + 1)));
  }
  newest_ = std::max(now, newest_ + std::chrono::milliseconds{1});
  return name_ + "." + Stamp(newest_);
}

base::Result<void> AuditFile::Rotate() {
  const std::string fresh = name_ + ".new";
  // One left behind by a crash holds nothing: lines only go to a file that has its final name.
  ::unlinkat(folder_.get(), fresh.c_str(), 0);
  CIS2_TRY(base::UniqueFd fd, OpenAt(fresh, O_EXCL));
  // The last lines may wait for their Sync(), which will only see the new file.
  lost_sync_ = ::fdatasync(file_.get()) != 0 || lost_sync_;
  const std::string old = NextName();
  CIS2_CHECK(Rename(name_, old));
  if (auto renamed = Rename(fresh, name_); !renamed) {
    CIS2_CHECK(Rename(old, name_));
    return renamed;
  }
  file_ = std::move(fd);
  size_ = 0;
  torn_ = false;
  lost_sync_ = ::fsync(folder_.get()) != 0 || lost_sync_;
  RemoveOldest();
  return {};
}

// The names of the files turned over, the oldest first.
std::vector<std::string> AuditFile::TurnedOver() const {
  const int fd = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
  std::vector<std::string> old;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this function's own
  while (const dirent* entry = entries == nullptr ? nullptr : ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name.starts_with(name_ + ".") && IsStamp(name.substr(name_.size() + 1))) {
      old.emplace_back(name);
    }
  }
  std::sort(old.begin(), old.end());
  return old;
}

void AuditFile::RemoveOldest() const {
  const std::vector<std::string> old = TurnedOver();
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep_files_) < old.size(); ++i) {
    ::unlinkat(folder_.get(), old[i].c_str(), 0);
  }
}

}  // namespace cis2::audit
