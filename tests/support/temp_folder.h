// A private folder for one test, mode 0700, removed with all that is in it.
#ifndef CIS2_TESTS_SUPPORT_TEMP_FOLDER_H_
#define CIS2_TESTS_SUPPORT_TEMP_FOLDER_H_

#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <string>

namespace cis2::testing {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cis2-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string File(const std::string& name) const { return path_ + "/" + name; }
  void Write(const std::string& name, const std::string& content) const {
    std::ofstream(File(name)) << content;
  }

 private:
  std::string path_;
};

}  // namespace cis2::testing

#endif  // CIS2_TESTS_SUPPORT_TEMP_FOLDER_H_
