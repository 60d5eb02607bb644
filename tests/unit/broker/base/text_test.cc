#include "broker/base/text.h"

#include <gtest/gtest.h>

namespace cis2::base {
namespace {

using namespace std::chrono_literals;

TEST(TextTest, Base64UrlRoundTrip) {
  EXPECT_EQ(Base64UrlEncode("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(Base64UrlEncode("f"), "Zg");
  EXPECT_EQ(Base64UrlDecode("Zm9v"), "foo");
  EXPECT_EQ(Base64UrlDecode(""), "");
}

TEST(TextTest, Base64UrlDecodeIsStrict) {
  for (const char* text : {"Zg==", "Z", "Zh", "Zm9v\n", "Zm+v", "Zm/v", "Z m9"}) {
    EXPECT_EQ(Base64UrlDecode(text), std::nullopt) << text;
  }
}

TEST(TextTest, PrintableEscapesAndCuts) {
  EXPECT_EQ(Printable("op1"), "op1");
  // NOLINTNEXTLINE(misc-misleading-bidirectional): the character is what must be escaped
  EXPECT_EQ(Printable("a\x1b[31m\n\\\xe2\x80\xae"), "a\\x1b[31m\\x0a\\x5c\\xe2\\x80\\xae");
  EXPECT_EQ(Printable("abcdef", 3), "abc...");
}

TEST(TextTest, AccountNames) {
  EXPECT_TRUE(IsAccountName("op1"));
  EXPECT_TRUE(IsAccountName("_svc.a-b"));
  EXPECT_TRUE(IsAccountName(std::string(32, 'a')));
  EXPECT_FALSE(IsAccountName(std::string(33, 'a')));
  for (const char* name : {"", "1op", "-op", "op 1", "op/1", "op:1", "op\n", "\xc3\xb6p", "op$"}) {
    EXPECT_FALSE(IsAccountName(name)) << name;
  }
}

TEST(TextTest, AddressesAreCountedByNetwork) {
  EXPECT_EQ(AddressBucket("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(AddressBucket("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(AddressBucket("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(AddressBucket("2001:db8:1:2::1"), AddressBucket("2001:db8:1:2:ffff::"));
  EXPECT_EQ(AddressBucket("host.example"), std::nullopt);
  EXPECT_EQ(AddressBucket("192.0.2.7 "), std::nullopt);
  EXPECT_EQ(AddressBucket(""), std::nullopt);
}

TEST(TextTest, UrlEncode) { EXPECT_EQ(UrlEncode("a b+c/~\xff"), "a%20b%2Bc%2F~%FF"); }

TEST(TextTest, Utf8) {
  EXPECT_TRUE(IsValidUtf8("a\xc3\xa9\xe2\x96\x80\xf0\x9f\x98\x80"));
  for (const char* text : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x96", "\x80", "\xff"}) {
    EXPECT_FALSE(IsValidUtf8(text));
  }
}

// RFC 4231 test case 2.
TEST(TextTest, Hmac) {
  EXPECT_EQ(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(ShownNameTest, NoNamePosesAsASentence) {
  EXPECT_EQ(ShownName("pacs-admin_1.x"), "pacs-admin_1.x");
  EXPECT_EQ(ShownName("op1 (checked)"), "op1\\x20\\x28checked\\x29");
  // NOLINTNEXTLINE(misc-misleading-bidirectional): as above
  EXPECT_EQ(ShownName("\x1b[2J\xe2\x80\xae"), "\\x1b\\x5b2J\\xe2\\x80\\xae");
  EXPECT_EQ(ShownName(std::string(65, 'a')), std::string(64, 'a') + "...");
  EXPECT_EQ(ShownName(""), "");
}

TEST(EqualWithoutCaseTest, MeansLettersOfAsciiAlone) {
  EXPECT_TRUE(EqualWithoutCase("Content-TYPE", "content-type"));
  EXPECT_TRUE(EqualWithoutCase("", ""));
  EXPECT_FALSE(EqualWithoutCase("a", "ab"));
  EXPECT_FALSE(EqualWithoutCase("[", "{"));  // the neighbours of the letters differ by the same bit
  EXPECT_FALSE(EqualWithoutCase("@", "`"));
  EXPECT_FALSE(EqualWithoutCase("\xc3\x84", "\xc3\xa4"));
}

TEST(HexDigitTest, IsOfEitherCase) {
  EXPECT_EQ(HexDigit('0'), 0U);
  EXPECT_EQ(HexDigit('9'), 9U);
  EXPECT_EQ(HexDigit('a'), 10U);
  EXPECT_EQ(HexDigit('F'), 15U);
  for (const char c : {'g', 'G', '/', ':', '@', '`', ' ', '\0', '\xe1'}) {
    EXPECT_EQ(HexDigit(c), std::nullopt) << int{c};
  }
}

TEST(PercentByteTest, IsAPercentSignAndTwoDigits) {
  EXPECT_EQ(PercentByte("a%2Fb", 1), '/');
  EXPECT_EQ(PercentByte("%e9", 0), '\xe9');
  for (const auto* text : {"", "%", "%2", "%2g", "%g2", "2F%", "%%2F"}) {
    EXPECT_EQ(PercentByte(text, 0), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace cis2::base
