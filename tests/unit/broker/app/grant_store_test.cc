#include "broker/app/grant_store.h"

#include "tests/support/identities.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace cis2::app {
namespace {

class GrantStoreTest : public ::testing::Test {
 protected:
  GrantStoreTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cis2-map-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    WriteMap("op1 656005750105\n");
    policy::Grant grant = tests::SomeGrant();
    grant.accounts.clear();
    grant.operators.clear();
    grant.map_file = Path();
    grant.map = std::make_shared<const policy::AccountMap>(*policy::AccountMap::Parse("op1 656005750105\n"));
    grant_ = grant;
    store_.Replace({grant});
  }
  ~GrantStoreTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string Path() const { return folder_ + "/map"; }
  // As an administrator should: a new file, moved into place.
  void WriteMap(const std::string& text) const {
    std::ofstream(Path() + ".new") << text;
    std::filesystem::permissions(Path() + ".new", std::filesystem::perms(0644));
    std::filesystem::rename(Path() + ".new", Path());
  }
  bool Allows(const std::string& account, const std::string& sub) {
    return store_.Current()[0].map->Allows(account, sub);
  }

  std::string folder_;
  policy::Grant grant_;
  GrantStore store_{{}};
};

TEST_F(GrantStoreTest, AChangedMapIsReadAgain) {
  EXPECT_TRUE(Allows("op1", "656005750105"));
  WriteMap("op2 656005750107\n");
  EXPECT_FALSE(Allows("op1", "656005750105"));
  EXPECT_TRUE(Allows("op2", "656005750107"));
}

TEST_F(GrantStoreTest, AChangeBetweenTheConfigurationAndTheStoreIsSeen) {
  WriteMap("op2 656005750107\n");
  store_.Replace({grant_});
  EXPECT_FALSE(Allows("op1", "656005750105"));
  EXPECT_TRUE(Allows("op2", "656005750107"));
  std::filesystem::remove(Path());
  store_.Replace({grant_});
  EXPECT_FALSE(Allows("op1", "656005750105"));
}

TEST_F(GrantStoreTest, AMalformedMapMatchesNobodyUntilItIsMended) {
  WriteMap("op1\n");
  EXPECT_FALSE(Allows("op1", "656005750105"));
  WriteMap("op1 656005750105\n");
  EXPECT_TRUE(Allows("op1", "656005750105"));
}

TEST_F(GrantStoreTest, AMapThatIsGoneOrLooseMatchesNobody) {
  std::filesystem::permissions(Path(), std::filesystem::perms(0666));
  EXPECT_FALSE(Allows("op1", "656005750105"));
  std::filesystem::remove(Path());
  EXPECT_FALSE(Allows("op1", "656005750105"));
}

}  // namespace
}  // namespace cis2::app
