// Writing a file so that it is whole and on disk: what files that must outlive a crash are made with.
#ifndef CIS2_BROKER_BASE_WRITE_H_
#define CIS2_BROKER_BASE_WRITE_H_

#include "broker/base/result.h"

#include <string>
#include <string_view>

namespace cis2::base {

// All of `bytes` to `fd`, however many calls it takes. `path` is for the error.
Result<void> WriteAll(int fd, const std::string& path, std::string_view bytes);

// The names in a folder, on disk when this returns: after a file in it was made, renamed or removed.
Result<void> SyncFolder(const std::string& folder);

}  // namespace cis2::base

#endif  // CIS2_BROKER_BASE_WRITE_H_
