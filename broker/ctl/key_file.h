// Writing and moving private key files so that a crash leaves each whole, or not there.
#ifndef CIS2_BROKER_CTL_KEY_FILE_H_
#define CIS2_BROKER_CTL_KEY_FILE_H_

#include "broker/base/result.h"
#include "broker/base/secret.h"

#include <string>

namespace cis2::ctl {

// Writes a file that is not there yet: mode 0600, owned by the caller, on disk when this returns. Never
// overwrites.
base::Result<void> WriteNewKeyFile(const std::string& path, const base::Secret& pem);

// `current` gets a second name `previous`, then `next` takes its place: there is a whole `current` at every
// moment. Made again after a crash in between, it goes on where it was.
base::Result<void> SwitchKeyFiles(const std::string& current, const std::string& next,
                                  const std::string& previous);

// Removes the file, for good when this returns.
base::Result<void> RemoveKeyFile(const std::string& path);

// Whether both names are of one and the same file.
bool IsSameFile(const std::string& one, const std::string& other);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_KEY_FILE_H_
