#include "broker/base/fd.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace cis2::base {
namespace {

class TrustedFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "cis2-fd-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/key";
    std::ofstream(path_) << "secret";
    ::chmod(path_.c_str(), 0600);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::string path_;
};

TEST_F(TrustedFileTest, ReadsAPrivateFile) {
  const auto content = ReadTrustedFile(path_, Privacy::kPrivate, 100);
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(*content, "secret");
}

TEST_F(TrustedFileTest, RefusesLoosePermissionsAndSaysHowToMendThem) {
  for (const mode_t mode : {0640U, 0604U, 0660U, 0610U}) {
    ::chmod(path_.c_str(), mode);
    const auto content = ReadTrustedFile(path_, Privacy::kPrivate, 100);
    ASSERT_FALSE(content.has_value()) << std::oct << mode;
    EXPECT_NE(content.error().message.find("chmod"), std::string::npos);
  }
}

TEST_F(TrustedFileTest, APublicFileMayBeReadButNotWrittenByOthers) {
  ::chmod(path_.c_str(), 0644);
  EXPECT_TRUE(ReadTrustedFile(path_, Privacy::kPublic, 100).has_value());
  ::chmod(path_.c_str(), 0664);
  EXPECT_FALSE(ReadTrustedFile(path_, Privacy::kPublic, 100).has_value());
}

TEST_F(TrustedFileTest, RefusesWhatIsNoRegularFileOfOneName) {
  std::filesystem::create_symlink(path_, folder_ + "/link");
  EXPECT_FALSE(ReadTrustedFile(folder_ + "/link", Privacy::kPrivate, 100).has_value());
  EXPECT_FALSE(ReadTrustedFile(folder_, Privacy::kPublic, 100).has_value());
  EXPECT_FALSE(ReadTrustedFile(folder_ + "/absent", Privacy::kPublic, 100).has_value());
  EXPECT_FALSE(ReadTrustedFile("key", Privacy::kPublic, 100).has_value());
  ::mkfifo((folder_ + "/fifo").c_str(), 0600);
  EXPECT_FALSE(ReadTrustedFile(folder_ + "/fifo", Privacy::kPrivate, 100).has_value());
}

TEST_F(TrustedFileTest, RefusesAFileAboveTheLimit) {
  EXPECT_TRUE(ReadTrustedFile(path_, Privacy::kPrivate, 6).has_value());
  EXPECT_FALSE(ReadTrustedFile(path_, Privacy::kPrivate, 5).has_value());
}

}  // namespace
}  // namespace cis2::base
