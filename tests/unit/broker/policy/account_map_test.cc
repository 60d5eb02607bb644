#include "broker/policy/policy.h"

#include <gtest/gtest.h>

#include <chrono>

namespace cis2::policy {
namespace {

std::string ErrorOf(std::string_view text) {
  const auto map = AccountMap::Parse(text);
  return map.has_value() ? "" : map.error();
}

TEST(AccountMapTest, AllowsExactlyThePairsOfTheFile) {
  const auto map = AccountMap::Parse("alice 656005750104\nbob\t656005750105\n");

  ASSERT_TRUE(map.has_value());
  EXPECT_EQ(map->size(), 2U);
  EXPECT_TRUE(map->Allows("alice", "656005750104"));
  EXPECT_TRUE(map->Allows("bob", "656005750105"));
  EXPECT_FALSE(map->Allows("alice", "656005750105"));
  EXPECT_FALSE(map->Allows("Alice", "656005750104"));
  EXPECT_FALSE(map->Allows("alice", "65600575010"));
  EXPECT_FALSE(map->Allows("carol", "656005750104"));
  EXPECT_FALSE(map->Allows("", ""));
  EXPECT_TRUE(map->HasSub("656005750105"));
  EXPECT_FALSE(map->HasSub("alice"));
}

TEST(AccountMapTest, IgnoresCommentsAndEmptyLines) {
  const auto map = AccountMap::Parse("# personal accounts\n\n   \n  alice  1 # since 2026\nbob 2#3");

  ASSERT_TRUE(map.has_value()) << map.error();
  EXPECT_TRUE(map->Allows("alice", "1"));
  EXPECT_TRUE(map->Allows("bob", "2#3"));
  EXPECT_EQ(map->size(), 2U);
}

TEST(AccountMapTest, EmptyFileAllowsNobody) {
  const auto map = AccountMap::Parse("");

  ASSERT_TRUE(map.has_value());
  EXPECT_EQ(map->size(), 0U);
  EXPECT_FALSE(map->Allows("alice", "1"));
}

TEST(AccountMapTest, RefusesALineOfAnotherForm) {
  EXPECT_EQ(ErrorOf("alice 1\nbob\n"), "line 2: expected two words, `account sub`, found 1");
  EXPECT_EQ(ErrorOf("\nalice 1 2\n"), "line 2: expected two words, `account sub`, found 3");
}

TEST(AccountMapTest, RefusesAnAccountOrASubGivenTwice) {
  EXPECT_EQ(ErrorOf("alice 1\nbob 2\nalice 3\n"), "line 3: the account alice is given twice");
  EXPECT_EQ(ErrorOf("alice 1\n# x\nbob 1"), "line 3: the sub 1 is given twice");
  EXPECT_EQ(ErrorOf("alice 1\nalice 1\n"), "line 2: the account alice is given twice");
}

TEST(AccountMapTest, RefusesBytesThatAreNotPrintableAscii) {
  for (const std::string& line :
       {std::string("alice 1\r"),
        std::string("\xef\xbb\xbf"
                    "alice 1"),
        std::string("al\0ice 1", 8), std::string("alice 1\x1b"), "alice " + std::string(256, '1')}) {
    EXPECT_TRUE(ErrorOf("x 0\n" + line + "\n").starts_with("line 2: a character")) << line;
  }
  EXPECT_EQ(ErrorOf("alice " + std::string(255, '1')), "");
}

TEST(AccountMapTest, AHundredThousandLinesCostALookUpNothing) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) {
    text += "user" + std::to_string(i) + " 6560" + std::to_string(i) + "\n";
  }
  const auto map = AccountMap::Parse(text);
  ASSERT_TRUE(map.has_value());
  ASSERT_EQ(map->size(), 100'000U);

  // A linear search through the file would need minutes for this, even on a fast machine.
  int allowed = 0;
  for (int i = 0; i < 100'000; ++i) {
    allowed += map->Allows("user" + std::to_string(i), "6560" + std::to_string(i)) ? 1 : 0;
  }
  EXPECT_EQ(allowed, 100'000);
}

}  // namespace
}  // namespace cis2::policy
