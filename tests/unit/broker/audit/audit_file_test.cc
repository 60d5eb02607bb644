#include "broker/audit/audit_file.h"

#include "tests/unit/broker/audit/small_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

namespace cis2::audit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t kNever = 1U << 30;

std::string Content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Every file of the folder, by name: the ones turned over by their time, the current one last.
std::vector<std::string> FilesOf(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  if (!files.empty()) {
    std::rotate(files.begin(), files.begin() + 1, files.end());
  }
  return files;
}

class AuditFileTest : public testing::Test {
 protected:
  [[nodiscard]] AuditFile Open(std::uint64_t rotate_bytes = kNever, int keep_files = 8) const {
    auto file = AuditFile::Open(path_, rotate_bytes, keep_files);
    EXPECT_TRUE(file.has_value()) << (file ? "" : file.error().message);
    return *std::move(file);
  }
  [[nodiscard]] std::string ErrorOfOpen() const {
    const auto file = AuditFile::Open(path_, kNever, 8);
    return file ? "" : file.error().message;
  }

  tests::TempDir dir_;
  std::string path_ = dir_.path() + "/audit.jsonl";
};

TEST_F(AuditFileTest, AppendsLinesToAFileOfItsOwn) {
  {
    AuditFile file = Open();
    EXPECT_TRUE(file.Append("one"));
    EXPECT_TRUE(file.Append("two"));
    EXPECT_TRUE(file.Sync());
  }
  AuditFile again = Open();
  EXPECT_TRUE(again.Append("three"));

  EXPECT_EQ(Content(path_), "one\ntwo\nthree\n");
  struct stat st{};
  ASSERT_EQ(::stat(path_.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, 0600U);
}

TEST_F(AuditFileTest, EndsALineThatACrashLeftOpen) {
  (void)dir_.Write("audit.jsonl", "one\n{\"half");
  AuditFile file = Open();
  EXPECT_TRUE(file.Append("two"));
  EXPECT_EQ(Content(path_), "one\n{\"half\ntwo\n");
}

TEST_F(AuditFileTest, RefusesWhatIsNotItsFile) {
  ASSERT_EQ(::symlink("/dev/null", path_.c_str()), 0);
  EXPECT_THAT(ErrorOfOpen(), HasSubstr("is a symbolic link"));
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(ErrorOfOpen(), HasSubstr("is not a regular file"));
  std::filesystem::remove(path_);
  (void)dir_.Write("audit.jsonl", "", 0620);
  EXPECT_THAT(ErrorOfOpen(), HasSubstr("may be written by others: chmod go-w"));
}

TEST_F(AuditFileTest, MissingFolderIsNamed) {
  const auto file = AuditFile::Open(dir_.path() + "/none/audit.jsonl", kNever, 8);
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().message,
            "cannot open the folder of the audit file, " + dir_.path() + "/none: No such file or directory");
  EXPECT_FALSE(AuditFile::Open("audit.jsonl", kNever, 8).has_value());
  EXPECT_FALSE(AuditFile::Open("/var/", kNever, 8).has_value());
}

TEST_F(AuditFileTest, FileThatWasDeletedIsMadeAgain) {
  AuditFile file = Open();
  EXPECT_TRUE(file.Append("one"));
  std::filesystem::remove(path_);
  EXPECT_TRUE(file.Append("two"));
  EXPECT_EQ(Content(path_), "two\n");
}

TEST_F(AuditFileTest, DeletedFileThatCannotBeMadeAgainIsAnError) {
  const std::string folder = dir_.path() + "/sub";
  std::filesystem::create_directory(folder);
  auto file = AuditFile::Open(folder + "/audit.jsonl", kNever, 8);
  ASSERT_TRUE(file.has_value());
  std::filesystem::remove_all(folder);
  EXPECT_FALSE(file->Append("one"));
}

// --- turning over

TEST_F(AuditFileTest, NothingIsLostAcrossRotations) {
  AuditFile file = Open(/*rotate_bytes=*/1000, /*keep_files=*/1000);
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    const std::string line = "line " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 40), '.');
    expected += line + "\n";
    ASSERT_TRUE(file.Append(line));
    ASSERT_EQ(file.rotation_fault(), "");
  }
  EXPECT_TRUE(file.Sync());

  std::string found;
  const auto files = FilesOf(dir_.path());
  for (const std::string& name : files) {
    EXPECT_LE(std::filesystem::file_size(name), 1000U) << name;
    found += Content(name);
  }
  EXPECT_GT(files.size(), 10U);
  EXPECT_EQ(found, expected);
}

TEST_F(AuditFileTest, KeepsTheNewestFiles) {
  (void)dir_.Write("audit.jsonl.bak", "not ours");
  AuditFile file = Open(/*rotate_bytes=*/1, /*keep_files=*/2);
  for (const char* line : {"one", "two", "three", "four", "five"}) {
    EXPECT_TRUE(file.Append(line));
  }
  std::filesystem::remove(dir_.path() + "/audit.jsonl.bak");

  std::vector<std::string> contents;
  for (const std::string& name : FilesOf(dir_.path())) {
    contents.push_back(Content(name));
  }
  EXPECT_THAT(contents, ElementsAre("three\n", "four\n", "five\n"));
}

// The clock was set back, or many files were turned over within a millisecond: names still sort in the order
// of the lines.
TEST_F(AuditFileTest, AFileIsNamedLaterThanTheNewestBeforeIt) {
  (void)dir_.Write("audit.jsonl.20991231T235959.999Z", "from the future\n");
  AuditFile file = Open(/*rotate_bytes=*/1, /*keep_files=*/2);
  for (const char* line : {"one", "two", "three"}) {
    EXPECT_TRUE(file.Append(line));
  }
  EXPECT_EQ(Content(path_ + ".21000101T000000.000Z"), "one\n");
  EXPECT_EQ(Content(path_ + ".21000101T000000.001Z"), "two\n");
  EXPECT_EQ(FilesOf(dir_.path()).size(), 3U);
}

TEST_F(AuditFileTest, ForeignFilesBesideItAreLeftAlone) {
  (void)dir_.Write("audit.jsonl.bak", "not ours");
  (void)dir_.Write("audit.jsonl.20260101T000000.000", "nearly ours");
  AuditFile file = Open(/*rotate_bytes=*/1, /*keep_files=*/1);
  for (const char* line : {"one", "two", "three"}) {
    EXPECT_TRUE(file.Append(line));
  }
  EXPECT_EQ(Content(dir_.path() + "/audit.jsonl.bak"), "not ours");
  EXPECT_EQ(Content(dir_.path() + "/audit.jsonl.20260101T000000.000"), "nearly ours");
}

TEST_F(AuditFileTest, NewFileLeftByACrashIsNoHindrance) {
  (void)dir_.Write("audit.jsonl.new", "");
  AuditFile file = Open(/*rotate_bytes=*/1, /*keep_files=*/8);
  EXPECT_TRUE(file.Append("one"));
  EXPECT_TRUE(file.Append("two"));
  EXPECT_EQ(file.rotation_fault(), "");
  EXPECT_EQ(Content(path_), "two\n");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

TEST_F(AuditFileTest, LineLongerThanTheLimitIsWrittenWhole) {
  AuditFile file = Open(/*rotate_bytes=*/10, /*keep_files=*/8);
  const std::string line(100, 'x');
  EXPECT_TRUE(file.Append(line));
  EXPECT_EQ(Content(path_), line + "\n");
}

// Opened as root in root's folder, then the privileges are gone.
TEST_F(AuditFileTest, GoesOnWithTheOldFileWhereItCannotTurnOver) {
  AuditFile file = Open(/*rotate_bytes=*/1, /*keep_files=*/8);
  ASSERT_EQ(::chmod(dir_.path().c_str(), 0500), 0);
  const uid_t before = ::geteuid();
  if (before == 0) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  EXPECT_TRUE(file.Append("one"));
  EXPECT_EQ(file.rotation_fault(), "");
  EXPECT_TRUE(file.Append("two"));
  EXPECT_THAT(file.rotation_fault(), HasSubstr("audit.jsonl.new: Permission denied"));
  EXPECT_TRUE(file.Append("three"));
  EXPECT_TRUE(file.Sync());
  ASSERT_EQ(::seteuid(before), 0);
  ASSERT_EQ(::chmod(dir_.path().c_str(), 0700), 0);
  EXPECT_EQ(Content(path_), "one\ntwo\nthree\n");

  EXPECT_TRUE(file.Append("four"));
  EXPECT_EQ(file.rotation_fault(), "");
  EXPECT_EQ(Content(path_), "four\n");
}

// --- faults

// Fills the disk with lines until one fails, and returns those that did not.
std::string Fill(AuditFile& file) {
  std::string written;
  for (int i = 0; i < 1000; ++i) {
    const std::string line = "line " + std::to_string(i) + " " + std::string(190, '.');
    if (!file.Append(line)) {
      return written;
    }
    written += line + "\n";
  }
  ADD_FAILURE() << "the disk never filled up";
  return written;
}

void WritesAgainAfterAFullDisk(const std::string& path, const std::function<void()>& make_room) {
  auto file = AuditFile::Open(path, kNever, 8);
  ASSERT_TRUE(file.has_value());
  const std::string written = Fill(*file);
  ASSERT_GT(written.size(), 4000U);
  EXPECT_FALSE(file->Append("still full " + std::string(190, '.')));
  make_room();
  EXPECT_TRUE(file->Append("after"));
  EXPECT_TRUE(file->Sync());

  const std::string content = Content(path);
  ASSERT_TRUE(content.starts_with(written));
  const std::string rest = content.substr(written.size());
  // At most one line is torn, and it is ended before the good one.
  EXPECT_TRUE(rest == "after\n" || rest.ends_with("\nafter\n")) << rest;
  EXPECT_LE(std::count(rest.begin(), rest.end(), '\n'), 2) << rest;
}

TEST(AuditFileFaultTest, FullDiskIsAnErrorAndTheTornLineIsEnded) {
  RunOnItsOwnThread([] {
    SmallDisk disk;
    WritesAgainAfterAFullDisk(disk.path() + "/audit.jsonl", [&] { disk.Enlarge(); });
  });
}

TEST(AuditFileFaultTest, LimitOnFileSizeIsAnErrorAndTheTornLineIsEnded) {
  const tests::TempDir dir;
  FileSizeLimit limit(5000);
  WritesAgainAfterAFullDisk(dir.path() + "/audit.jsonl", [&] { limit.Lift(); });
}

TEST(AuditFileFaultTest, ReadOnlyFolderIsAnErrorThatSaysSo) {
  RunOnItsOwnThread([] {
    const tests::TempDir dir;
    const bool mounted = ::unshare(CLONE_NEWNS) == 0 &&
                         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         ::mount("tmpfs", dir.path().c_str(), "tmpfs", MS_RDONLY, nullptr) == 0;
    if (!mounted) {
      ASSERT_EQ(::chmod(dir.path().c_str(), 0500), 0);
    }
    const auto file = AuditFile::Open(dir.path() + "/audit.jsonl", kNever, 8);
    ASSERT_FALSE(file.has_value());
    EXPECT_THAT(file.error().message,
                testing::AnyOf(HasSubstr("Read-only file system"), HasSubstr("Permission denied")));
    if (mounted) {
      ::umount2(dir.path().c_str(), MNT_DETACH);
    }
  });
}

}  // namespace
}  // namespace cis2::audit
