// The audit file: lines are appended, and the file is turned over by size.
//
//   audit.jsonl                        being written, mode 0600
//   audit.jsonl.20261123T091502.123Z   turned over at that time; the newest keep_files of them are kept
//
// The names sort in the order of the lines, also when the clock stands still or is set back: then the name is
// a millisecond later than the newest before it, not the time.
//
// A line that could only be written in part is ended by a newline before the next one, so that it spoils
// itself alone; likewise one left behind by a crash. Turning over loses nothing: the new file exists and the
// old one is synchronised before a name changes. Where it cannot be done (the folder belongs to root and we
// no longer are) the old file goes on being written. Opened once, folder and file; later work needs no more
// rights than the folder's permissions give. Threads: one at a time.
#ifndef CIS2_BROKER_AUDIT_AUDIT_FILE_H_
#define CIS2_BROKER_AUDIT_AUDIT_FILE_H_

#include "broker/base/clock.h"
#include "broker/base/fd.h"
#include "broker/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::audit {

class AuditFile {
 public:
  // `path` is absolute, its folder exists. Refuses a symbolic link, what is no regular file, and a file that
  // belongs to another user or that others may write.
  static base::Result<AuditFile> Open(const std::string& path, std::uint64_t rotate_bytes, int keep_files);

  // Writes `line` and a newline. On an error the line does not count, even if a part of it is there.
  base::Result<void> Append(std::string_view line);
  // Returns when every line appended so far is on disk.
  base::Result<void> Sync();
  // Why the file could not be turned over the last time it was due; empty if it could.
  [[nodiscard]] const std::string& rotation_fault() const { return rotation_fault_; }

 private:
  AuditFile(std::string folder, std::string name, std::uint64_t rotate_bytes, int keep_files)
      : folder_path_(std::move(folder)),
        name_(std::move(name)),
        rotate_bytes_(rotate_bytes),
        keep_files_(keep_files) {}

  base::Result<base::UniqueFd> OpenAt(const std::string& name, int flags) const;
  base::Result<void> OpenCurrent();
  base::Result<void> ReopenIfGone();
  base::Result<void> Rotate();
  base::Result<void> Rename(const std::string& from, const std::string& to) const;
  std::string NextName();
  [[nodiscard]] std::vector<std::string> TurnedOver() const;
  void RemoveOldest() const;

  std::string folder_path_, name_;
  std::uint64_t rotate_bytes_;
  int keep_files_;
  base::UniqueFd folder_, file_;
  std::uint64_t size_ = 0;
  bool torn_ = false;       // the last byte of the file is not a newline
  bool lost_sync_ = false;  // a file turned over could not be synchronised
  std::string rotation_fault_;
  base::WallTime newest_{};  // the time in the name of the file turned over last
};

}  // namespace cis2::audit

#endif  // CIS2_BROKER_AUDIT_AUDIT_FILE_H_
