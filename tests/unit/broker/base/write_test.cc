#include "broker/base/write.h"

#include "broker/base/fd.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <fcntl.h>

namespace cis2::base {
namespace {

TEST(WriteTest, WritesAllOfIt) {
  const tests::TempDir folder;
  const std::string path = folder.Write("file", "");
  const std::string bytes(std::size_t{3} * 1024 * 1024, 'x');
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(WriteAll(fd.get(), path, bytes).has_value());
  EXPECT_EQ(::lseek(fd.get(), 0, SEEK_CUR), static_cast<off_t>(bytes.size()));
}

TEST(WriteTest, AFullDiskIsToldWithThePath) {
  const UniqueFd fd(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const auto written = WriteAll(fd.get(), "/somewhere/file", "x");
  ASSERT_FALSE(written.has_value());
  EXPECT_TRUE(written.error().message.starts_with("cannot write /somewhere/file")) << written.error().message;
}

TEST(WriteTest, AFolderThatIsNotThereCannotBeSynced) {
  const tests::TempDir folder;
  EXPECT_TRUE(SyncFolder("/tmp").has_value());
  EXPECT_FALSE(SyncFolder(folder.Write("file", "")).has_value());
}

}  // namespace
}  // namespace cis2::base
