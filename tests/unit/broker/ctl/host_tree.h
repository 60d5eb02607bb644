// A made-up host for tests of what reads /etc: files below a folder of the test's own.
#ifndef CIS2_TESTS_UNIT_BROKER_CTL_HOST_TREE_H_
#define CIS2_TESTS_UNIT_BROKER_CTL_HOST_TREE_H_

#include "broker/ctl/tree.h"
#include "tests/support/temp_dir.h"

#include <filesystem>
#include <string>

namespace cis2::ctl {

class HostTree {
 public:
  // Writes the file at this absolute path of the made-up host, with its folders.
  HostTree& With(const std::string& path, const std::string& content) {
    std::filesystem::create_directories(std::filesystem::path(dir_.path() + path).parent_path());
    std::ignore = dir_.Write(path.substr(1), content);
    return *this;
  }
  [[nodiscard]] Tree tree() const { return Tree(dir_.path()); }

 private:
  tests::TempDir dir_;
};

// What Debian has.
inline constexpr const char* kCommonAuth =
    "# primary\n"
    "auth\t[success=1 default=ignore]\tpam_unix.so nullok\n"
    "auth\trequisite\t\t\tpam_deny.so\n"
    "auth\trequired\t\t\tpam_permit.so\n";
inline constexpr const char* kCommonAccount =
    "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so\n"
    "account\trequisite\tpam_deny.so\n"
    "account\trequired\tpam_permit.so\n";

}  // namespace cis2::ctl

#endif  // CIS2_TESTS_UNIT_BROKER_CTL_HOST_TREE_H_
