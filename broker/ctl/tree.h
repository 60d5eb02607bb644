// The files of a host, as they are below a folder: "" is this host, a test has a tree of its own.
//
// Paths are absolute and without the root. Reading is best effort: what cannot be read is not there. A file
// is read to 1 MiB at most. Threads: any.
#ifndef CIS2_BROKER_CTL_TREE_H_
#define CIS2_BROKER_CTL_TREE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cis2::ctl {

class Tree {
 public:
  explicit Tree(std::string root = "") : root_(std::move(root)) {}

  // The content of a regular file, through symbolic links.
  [[nodiscard]] std::optional<std::string> Read(const std::string& path) const;
  [[nodiscard]] bool Has(const std::string& path) const;
  // The names of the regular files in a folder, in their order.
  [[nodiscard]] std::vector<std::string> Names(const std::string& folder) const;
  // The paths that a shell's pattern matches, in their order.
  [[nodiscard]] std::vector<std::string> Glob(const std::string& pattern) const;
  // When the file was written last, in seconds since 1970.
  [[nodiscard]] std::optional<long> Written(const std::string& path) const;

 private:
  std::string root_;
};

// The lines of a text, without their ends. The text behind the last end is a line if it is not empty.
std::vector<std::string> Lines(const std::string& text);
// The words of a line, between blanks and tabs.
std::vector<std::string> Words(const std::string& line);
// "sshd, sudo"
std::string Joined(const std::vector<std::string>& words);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_TREE_H_
