#include "broker/config/beyond_ascii.h"

#include "broker/config/load.h"

#include <gtest/gtest.h>

namespace cis2::config {
namespace {

std::string OnlyProblem(const std::string& text) {
  const auto loaded = LoadText(text, "broker.toml");
  return loaded || loaded.error().size() != 1 ? "not one problem" : Format(loaded.error()[0]);
}

TEST(BeyondAsciiTest, TheFirstPlaneMovesToThePrivateOne) {
  EXPECT_EQ(MoveBeyondAscii("a = 1\n"), "a = 1\n");
  EXPECT_EQ(MoveBeyondAscii("\xc2\x80"), "\xf4\x80\x82\x80") << "U+0080, the first";
  EXPECT_EQ(MoveBeyondAscii("b\xc3\xa9z"), "b\xf4\x80\x83\xa9z") << "U+00E9";
  EXPECT_EQ(MoveBeyondAscii("\xe3\x81\x82"), "\xf4\x83\x81\x82") << "U+3042";
  EXPECT_EQ(MoveBeyondAscii("\xef\xbf\xbf"), "\xf4\x8f\xbf\xbf") << "U+FFFF, the last";
  EXPECT_EQ(MoveBeyondAscii("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80") << "U+1F600 is harmless";
}

TEST(BeyondAsciiTest, WhatIsNoUtf8Stays) {
  for (const char* text : {"\xc3", "\xc3z", "\xe3\x81", "\xe3\x81z", "\xc0\x80", "\xe0\x80\x80",
                           "\xed\xa0\x80", "\xff", "\x80"}) {
    EXPECT_EQ(MoveBeyondAscii(text), text);
  }
}

TEST(BeyondAsciiTest, AByteOrderMarkStaysAtTheBeginningAlone) {
  EXPECT_EQ(MoveBeyondAscii("\xef\xbb\xbf"
                            "a\xef\xbb\xbf"),
            "\xef\xbb\xbf"
            "a\xf4\x8f\xbb\xbf");
}

TEST(BeyondAsciiTest, CommentsMayHoldAnything) {
  const auto loaded = LoadText(
      "# \xc3\xa9\n[host] # \xe3\x81\x82\nname = \"server-a\" # \xe2\x80\x9cit\xe2\x80\x9d\n", "broker.toml");
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->host.name, "server-a");
}

TEST(BeyondAsciiTest, NothingElseMay) {
  EXPECT_EQ(OnlyProblem("[host]\nname = \"serv\xc3\xa9r\"\n"),
            "broker.toml:2:8: host.name: expected letters, digits, '.', '-' and '_', at most 64, or nothing; "
            "found a "
            "string with a character beyond ASCII in it");
  EXPECT_EQ(OnlyProblem("[host]\n\"nam\xc3\xa9\" = \"server-a\"\n"),
            "broker.toml:2:1: unknown key with a character beyond ASCII in it");
  EXPECT_EQ(OnlyProblem("[\"host\xc3\xa9\"]\n"),
            "broker.toml:1:2: unknown section with a character beyond ASCII in its name");
}

TEST(BeyondAsciiTest, ALineThatIsNoTomlIsToldOfItsTypographicQuotes) {
  const std::string problem = OnlyProblem("[host]\nname = \xe2\x80\x9cserver-a\xe2\x80\x9d\n");
  EXPECT_TRUE(problem.starts_with("broker.toml:2:8: ")) << problem;
  EXPECT_NE(
      problem.find("characters beyond ASCII, such as typographic quotation marks, belong in comments alone"),
      std::string::npos)
      << problem;
  EXPECT_EQ(OnlyProblem("# \xc3\xa9\n[host]\nname = =\n").find("beyond ASCII"), std::string::npos);
}

// Each was undefined behaviour in toml++ 3.3, which the sanitised build sees.
TEST(BeyondAsciiTest, IsHarmlessWhereTomlHasNone) {
  for (const char* text :
       {"0b\xcc\xa4", "a = 9n'\xcc\xa4", "a = 9'\xc3\xa9'", "a = 9['\xe3\x81\x82'", "a = x.'\xc3\xa9'",
        "a = \"\"\"b \\\n\xc3\xa9\"\"\"", "a = 1\xc2\xa0", "\xc3\xa9 = 1"}) {
    EXPECT_FALSE(LoadText(text, "broker.toml").has_value()) << text;
  }
}

}  // namespace
}  // namespace cis2::config
