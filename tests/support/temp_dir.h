// A folder of one test, gone with it.
#ifndef CIS2_TESTS_SUPPORT_TEMP_DIR_H_
#define CIS2_TESTS_SUPPORT_TEMP_DIR_H_

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

namespace cis2::tests {

class TempDir {
 public:
  TempDir() : path_((std::filesystem::temp_directory_path() / "cis2-test-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) {
      std::abort();
    }
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

  // Writes a file and returns its path.
  [[nodiscard]] std::string Write(const std::string& name, std::string_view content,
                                  mode_t mode = 0600) const {
    const std::string file = path_ + "/" + name;
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
    ::chmod(file.c_str(), mode);
    return file;
  }

 private:
  std::string path_;
};

}  // namespace cis2::tests

#endif  // CIS2_TESTS_SUPPORT_TEMP_DIR_H_
