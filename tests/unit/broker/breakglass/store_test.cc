#include "broker/breakglass/store.h"

#include "tests/support/fake_random.h"
#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace cis2::breakglass {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr Time kNow{seconds{1795425302}};

class StoreTest : public ::testing::Test {
 protected:
  [[nodiscard]] Store NewStore() const { return Store(path_, ::geteuid()); }
  // Makes a code of op1 and keeps it.
  Code Make() {
    Code code = NewCode(random_);
    const Entry entry{.id = code.id,
                      .account = "op1",
                      .made = kNow,
                      .valid_until = kNow + hours{1},
                      .hash = *HashSecret(code.secret, random_, {.n = 16}),
                      .used = {},
                      .revoked = {}};
    EXPECT_TRUE(NewStore().Change([&](Ledger& ledger) {
      ledger.push_back(entry);
      return base::Result<void>();
    }));
    return code;
  }
  [[nodiscard]] std::string Why() const {
    const auto loaded = NewStore().Load();
    return loaded ? "" : loaded.error().message;
  }
  [[nodiscard]] std::string Content() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }

  tests::FakeRandom random_;
  tests::TempDir dir_;
  std::string path_ = dir_.path() + "/break-glass.json";
};

TEST_F(StoreTest, WithoutAFileThereAreNoCodes) {
  const auto ledger = NewStore().Load();
  ASSERT_TRUE(ledger);
  EXPECT_TRUE(ledger->empty());
  const auto found = NewStore().Spend("op1", NewCode(random_), kNow);
  EXPECT_EQ(found.value_or(Finding::kRight), Finding::kWrong);
}

TEST_F(StoreTest, ACodeIsUsedUpOnDisk) {
  const Code code = Make();
  EXPECT_EQ(NewStore().Spend("op1", code, kNow).value_or(Finding::kWrong), Finding::kRight);
  EXPECT_EQ(NewStore().Load()->at(0).used, kNow);
  EXPECT_EQ(NewStore().Spend("op1", code, kNow).value_or(Finding::kRight), Finding::kUsed);
}

TEST_F(StoreTest, ACodeThatCannotBeMarkedIsNotRight) {
  const Code code = Make();
  // A folder where the draft would be: unlinkat(2) does not remove it, so no draft can be made.
  ASSERT_TRUE(std::filesystem::create_directory(path_ + ".new"));
  const auto found = NewStore().Spend("op1", code, kNow);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr(".new"));
  EXPECT_FALSE(NewStore().Load()->at(0).used);
  ASSERT_TRUE(std::filesystem::remove(path_ + ".new"));
  EXPECT_EQ(NewStore().Spend("op1", code, kNow).value_or(Finding::kWrong), Finding::kRight);
}

TEST_F(StoreTest, TheFileIsOfItsOwnerAlone) {
  Make();
  struct stat st{};
  ASSERT_EQ(::stat(path_.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777U, 0600U);
  for (const mode_t mode : {0640U, 0604U, 0660U, 0602U}) {
    ::chmod(path_.c_str(), mode);
    EXPECT_THAT(Why(), HasSubstr("chmod 0600")) << std::oct << mode;
  }
}

TEST_F(StoreTest, AFileOfSomebodyElseIsNotRead) {
  Make();
  const auto loaded = Store(path_, ::geteuid() + 1).Load();
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("chown"));
}

TEST_F(StoreTest, AFolderThatOthersMayWriteIsNotTrusted) {
  Make();
  for (const mode_t mode : {0770U, 0707U, 0777U}) {
    ::chmod(dir_.path().c_str(), mode);
    EXPECT_THAT(Why(), HasSubstr("chmod 0700")) << std::oct << mode;
    EXPECT_FALSE(NewStore().Change([](Ledger&) { return base::Result<void>(); }));
  }
}

TEST_F(StoreTest, ASymbolicLinkAFifoAndAFolderAreNoFiles) {
  const std::string elsewhere = dir_.Write("elsewhere", Encode({}));
  std::filesystem::create_symlink(elsewhere, path_);
  EXPECT_NE(Why(), "");
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(Why(), HasSubstr("not a regular file"));
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_THAT(Why(), HasSubstr("not a regular file"));
}

TEST_F(StoreTest, AMalformedFileIsNoCodesAndIsNotWrittenOver) {
  (void)dir_.Write("break-glass.json", "{\"version\":1,\"codes\":[");
  EXPECT_THAT(Why(), HasSubstr("move it away"));
  EXPECT_FALSE(NewStore().Change([](Ledger&) { return base::Result<void>(); }));
  EXPECT_EQ(Content(), "{\"version\":1,\"codes\":[");
}

TEST_F(StoreTest, WhatACrashLeftBehindIsNeverReadNorWrittenInto) {
  const Code code = Make();
  const std::string before = Content();
  // In the middle of a draft; a hard link in its place stands for a file that is somebody else's.
  const std::string victim = dir_.Write("victim", "precious");
  std::filesystem::create_hard_link(victim, path_ + ".new");
  EXPECT_EQ(Content(), before);
  EXPECT_EQ(NewStore().Spend("op1", code, kNow).value_or(Finding::kWrong), Finding::kRight);
  std::ostringstream text;
  text << std::ifstream(victim).rdbuf();
  EXPECT_EQ(text.str(), "precious");
}

TEST_F(StoreTest, AChangeThatFailsChangesNothing) {
  Make();
  const std::string before = Content();
  const auto changed = NewStore().Change([](Ledger& ledger) -> base::Result<void> {
    ledger.clear();
    return base::Fail("no");
  });
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().message, "no");
  EXPECT_EQ(Content(), before);
}

TEST_F(StoreTest, WritersDoNotLoseEachOthersCodes) {
  constexpr int kWriters = 4;
  constexpr int kEach = 10;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      tests::FakeRandom random(static_cast<std::uint64_t>(w + 1));
      for (int i = 0; i < kEach; ++i) {
        const std::string id = NewCode(random).id;
        const Hash hash{.cost = {}, .salt = random.Bytes(kSaltSize), .value = random.Bytes(kHashSize)};
        const auto add = [&](Ledger& ledger) {
          ledger.push_back({.id = id,
                            .account = "op1",
                            .made = kNow,
                            .valid_until = kNow,
                            .hash = hash,
                            .used = {},
                            .revoked = {}});
          return base::Result<void>();
        };
        while (!NewStore().Change(add)) {
        }  // the others may hold the lock for longer than anybody waits
      }
    });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  EXPECT_EQ(NewStore().Load()->size(), std::size_t{kWriters * kEach});
}

TEST_F(StoreTest, ACodeTypedTwiceAtOnceIsRightOnce) {
  const Code code = Make();
  std::atomic<int> right = 0;
  std::vector<std::thread> people;
  for (int i = 0; i < 4; ++i) {
    people.emplace_back([&] {
      const Code same{.id = code.id, .secret = code.secret.Copy()};
      right += NewStore().Spend("op1", same, kNow).value_or(Finding::kWrong) == Finding::kRight ? 1 : 0;
    });
  }
  for (std::thread& person : people) {
    person.join();
  }
  EXPECT_EQ(right, 1);
}

TEST_F(StoreTest, ALockThatIsNeverGivenBackIsAnErrorAndNoWait) {
  const Code code = Make();
  const base::UniqueFd folder(::open(dir_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(::flock(folder.get(), LOCK_EX), 0);
  const auto found = NewStore().Spend("op1", code, kNow);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("cannot lock"));
}

TEST_F(StoreTest, RoomIsKeptForTheNextChange) {
  Make();
  EXPECT_GE(std::filesystem::file_size(path_ + ".reserve"), std::filesystem::file_size(path_));
}

}  // namespace
}  // namespace cis2::breakglass
