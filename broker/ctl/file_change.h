// Changes to files of the system, each whole or not at all: a crash in between leaves the one text or the other.
#ifndef CIS2_BROKER_CTL_FILE_CHANGE_H_
#define CIS2_BROKER_CTL_FILE_CHANGE_H_

#include "broker/base/result.h"

#include <string>

namespace cis2::ctl {

// An empty text: there is no file.
struct FileChange {
  std::string path;
  std::string before;
  std::string after;
};

// The text of a file that root alone may write, at most 64 KiB; empty where there is none. A symbolic link is refused.
base::Result<std::string> ReadIfThere(const std::string& path);

// Makes the change, on disk when this returns. Owner and mode stay; a new file is 0644. Refused where the text is no
// longer `before`.
base::Result<void> Make(const FileChange& change);

// A folder of root's alone, made with what is above it. Refused where others own it or may write to it.
base::Result<void> MakePrivateFolder(const std::string& path);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_FILE_CHANGE_H_
