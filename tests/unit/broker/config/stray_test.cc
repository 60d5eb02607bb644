#include "broker/config/stray.h"

#include "broker/config/load.h"

#include <gtest/gtest.h>

namespace cis2::config {
namespace {

TEST(StrayCharacterTest, CommentsAndQuotesMayHoldAnything) {
  for (const char* text : {"", "a = 1\n", "# \xc3\xa9\na = 1 # \xc3\xa9", "a = \"\xc3\xa9\"",
                           "a = '\xc3\xa9'", "\"\xc3\xa9\" = 1", "a = \"\\\"\xc3\xa9\" # '",
                           "\xef\xbb\xbf"
                           "a = 1",
                           "a = \"\"\"b\"\"\"\"\"\n# \xc3\xa9", "a = ''''b'''\n# \xc3\xa9"}) {
    EXPECT_EQ(FindStrayCharacter(text), std::nullopt) << text;
  }
}

TEST(StrayCharacterTest, IsFoundOutsideOfThem) {
  EXPECT_EQ(FindStrayCharacter("\xc3\xa9 = 1"), 0U);
  EXPECT_EQ(FindStrayCharacter("a = \xe2\x80\x9c"
                               "b\xe2\x80\x9d"),
            4U);
  EXPECT_EQ(FindStrayCharacter("a = 1\xc2\xa0"), 5U);
  EXPECT_EQ(FindStrayCharacter("# b\n\xc3\xa9"), 4U);
  EXPECT_EQ(FindStrayCharacter("a = \"b\"\xc3\xa9"), 7U);
  EXPECT_EQ(FindStrayCharacter("a = 'b\\'\xc3\xa9"), 8U) << "a literal string has no escapes";
  EXPECT_EQ(FindStrayCharacter("a = \"b\n\xc3\xa9"), 7U) << "a string of one line ends with it";
}

TEST(StrayCharacterTest, StringsOfManyLinesAreAscii) {
  EXPECT_EQ(FindStrayCharacter("a = \"\"\"\nb \\\n\xc3\xa9\"\"\""), 12U);
  EXPECT_EQ(FindStrayCharacter("a = '''\n\xc3\xa9'''"), 8U);
}

TEST(StrayCharacterTest, TheLoaderNamesThePlace) {
  const auto loaded = LoadText("[host]\nname = \xe2\x80\x9cserver-a\xe2\x80\x9d\n", "broker.toml");
  ASSERT_FALSE(loaded.has_value());
  ASSERT_EQ(loaded.error().size(), 1U);
  EXPECT_EQ(Format(loaded.error()[0]),
            "broker.toml:2:8: a character beyond ASCII outside of quotes and comments, such as a typographic "
            "quotation mark");
}

}  // namespace
}  // namespace cis2::config
