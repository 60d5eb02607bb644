// Wakes when something changes in a folder, so that nobody has to look again and again.
#ifndef CIS2_BROKER_CTL_FOLDER_WATCH_H_
#define CIS2_BROKER_CTL_FOLDER_WATCH_H_

#include "broker/base/fd.h"

#include <string>

namespace cis2::ctl {

// Files made, written, renamed or removed, from the construction on (inotify). A folder that cannot be watched never
// wakes anybody: wait with a limit.
class FolderWatch {
 public:
  explicit FolderWatch(const std::string& folder);

  // Readable when something has changed since the last Forget().
  [[nodiscard]] int fd() const { return fd_.get(); }
  void Forget();

 private:
  base::UniqueFd fd_;
};

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_FOLDER_WATCH_H_
