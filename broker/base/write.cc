#include "broker/base/write.h"

#include "broker/base/fd.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace cis2::base {

Result<void> WriteAll(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno != EINTR) {
      return FailErrno("cannot write " + path, errno);
    }
    bytes.remove_prefix(wrote > 0 ? static_cast<std::size_t>(wrote) : 0);
  }
  return {};
}

Result<void> SyncFolder(const std::string& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) {
    return FailErrno("cannot write the folder " + folder + " to disk", errno);
  }
  return {};
}

}  // namespace cis2::base
