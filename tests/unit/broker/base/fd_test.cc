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

// A key of root's, for a broker that is not root: systemd hands it over under its own name.
class HandedOverTest : public TrustedFileTest {
 protected:
  void SetUp() override {
    TrustedFileTest::SetUp();
    credentials_ = folder_ + "/credentials";
    std::filesystem::create_directory(credentials_);
    ::chmod(folder_.c_str(), 0755);
    ::chmod(credentials_.c_str(), 0755);
    ::setenv("CREDENTIALS_DIRECTORY", credentials_.c_str(), 1);
    ::chmod(path_.c_str(), 0000);
    if (::geteuid() == 0) {
      ASSERT_EQ(::seteuid(kNobody), 0);  // root opens everything
    }
  }
  void TearDown() override {
    if (::getuid() == 0) {
      ASSERT_EQ(::seteuid(0), 0);
    }
    ::unsetenv("CREDENTIALS_DIRECTORY");
    TrustedFileTest::TearDown();
  }
  void HandOver(const std::string& name, mode_t mode) {
    const uid_t uid = ::geteuid();
    const std::string file = credentials_ + "/" + name;
    ASSERT_EQ(::seteuid(::getuid()), 0);
    std::ofstream(file) << "handed over";
    ::chmod(file.c_str(), mode);
    ASSERT_EQ(::chown(file.c_str(), uid, static_cast<gid_t>(-1)), 0);
    ASSERT_EQ(::seteuid(uid), 0);
  }

  static constexpr uid_t kNobody = 65534;
  std::string credentials_;
};

TEST_F(HandedOverTest, AFileThatWeMayNotOpenIsReadFromTheCredentialOfItsName) {
  HandOver("key", 0400);
  const auto content = ReadTrustedFile(path_, Privacy::kPrivate, 100);
  ASSERT_TRUE(content.has_value()) << content.error().message;
  EXPECT_EQ(*content, "handed over");
}

TEST_F(HandedOverTest, AFileThatWeMayOpenIsReadItself) {
  HandOver("key", 0400);
  HandOver("../own", 0600);
  HandOver("own", 0400);
  const std::string own = folder_ + "/own";
  ASSERT_EQ(::truncate(own.c_str(), 6), 0);
  EXPECT_EQ(ReadTrustedFile(own, Privacy::kPrivate, 100).value_or("nothing"), "handed");
}

TEST_F(HandedOverTest, TheAccessListOfACredentialMayShowAsAGroups) {
  HandOver("key", 0440);
  EXPECT_TRUE(ReadTrustedFile(path_, Privacy::kPrivate, 100).has_value());
  EXPECT_TRUE(ReadTrustedFile(credentials_ + "/key", Privacy::kPrivate, 100).has_value());
  HandOver("key", 0460);
  EXPECT_FALSE(ReadTrustedFile(path_, Privacy::kPrivate, 100).has_value());
}

TEST_F(HandedOverTest, WithoutACredentialTheLineThatMendsItIsSaid) {
  HandOver("another", 0400);
  const auto content = ReadTrustedFile(path_, Privacy::kPrivate, 100);
  ASSERT_FALSE(content.has_value());
  EXPECT_NE(content.error().message.find("LoadCredential=key:" + path_), std::string::npos)
      << content.error().message;
}

TEST_F(HandedOverTest, APersonIsToldToUseSudo) {
  ::unsetenv("CREDENTIALS_DIRECTORY");
  const auto content = ReadTrustedFile(path_, Privacy::kPrivate, 100);
  ASSERT_FALSE(content.has_value());
  EXPECT_TRUE(content.error().message.ends_with("; use sudo")) << content.error().message;
}

TEST_F(HandedOverTest, WhatIsNotThereIsNotSearchedAmongTheCredentials) {
  HandOver("absent", 0400);
  EXPECT_FALSE(ReadTrustedFile(folder_ + "/absent", Privacy::kPrivate, 100).has_value());
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
