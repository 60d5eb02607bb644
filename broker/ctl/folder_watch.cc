#include "broker/ctl/folder_watch.h"

#include <array>
#include <sys/inotify.h>
#include <unistd.h>

namespace cis2::ctl {

FolderWatch::FolderWatch(const std::string& folder) : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  ::inotify_add_watch(fd_.get(), folder.c_str(),
                      IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
}

void FolderWatch::Forget() {
  alignas(inotify_event) std::array<char, 4096> events{};
  while (::read(fd_.get(), events.data(), events.size()) > 0) {
  }
}

}  // namespace cis2::ctl
