#include "broker/http/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace cis2::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(HeadersTest, NamesCompareWithoutCase) {
  const Headers headers = {{"Content-Type", "a"}, {"X-Other", "b"}};
  EXPECT_EQ(FindHeader(headers, "content-TYPE"), "a");
  EXPECT_EQ(FindHeader(headers, "content-typ"), std::nullopt);
  EXPECT_EQ(FindHeader({}, "content-type"), std::nullopt);
}

TEST(HeadersTest, AHeaderGivenTwiceIsNoHeader) {
  const Headers headers = {{"Content-Type", "a"}, {"content-type", "b"}};
  EXPECT_EQ(FindHeader(headers, "Content-Type"), std::nullopt);
  EXPECT_THAT(FindHeaders(headers, "Content-Type"), ElementsAre("a", "b"));
}

TEST(ParseFormTest, ReadsFieldsInOrder) {
  EXPECT_THAT(*ParseForm("code=a%2Bb&state=x+y&flag&empty="),
              ElementsAre(Pair("code", "a+b"), Pair("state", "x y"), Pair("flag", ""), Pair("empty", "")));
  EXPECT_THAT(*ParseForm("a=1=2"), ElementsAre(Pair("a", "1=2")));
  EXPECT_TRUE(ParseForm("")->empty());
  EXPECT_THAT(*ParseForm("&a=1&&b=2&"), ElementsAre(Pair("a", "1"), Pair("b", "2")));
}

TEST(ParseFormTest, RefusesBrokenEscapes) {
  for (const char* text : {"a=%", "a=%4", "a=%zz", "a=%4g", "a=1&b=%", "%=1", "a=%%41"}) {
    EXPECT_FALSE(ParseForm(text).has_value()) << text;
  }
}

TEST(ParseFormTest, RefusesNulInEitherSpelling) {
  EXPECT_FALSE(ParseForm("a=1%002").has_value());
  EXPECT_FALSE(ParseForm(std::string_view("a=1\0002", 5)).has_value());
  EXPECT_FALSE(ParseForm("a%00=1").has_value());
}

TEST(ParseFormTest, RefusesMoreFieldsThanTheLimit) {
  EXPECT_TRUE(ParseForm("a=1&b=2", 2).has_value());
  EXPECT_FALSE(ParseForm("a=1&b=2&c=3", 2).has_value());
}

TEST(ParseKnownFieldsTest, ReadsPastEveryOtherField) {
  constexpr std::array<std::string_view, 2> kNames = {"code", "state"};
  EXPECT_THAT(*ParseKnownFields("x=%zz&c%6fde=1&y=%00&&state=2&z", kNames),
              ElementsAre(Pair("code", "1"), Pair("state", "2")));
  EXPECT_FALSE(ParseKnownFields("code=%zz", kNames).has_value());
  EXPECT_FALSE(ParseKnownFields("code%zz=1", kNames).has_value());
  std::string many;
  for (std::size_t i = 0; i <= kMaxFields; ++i) {
    many += "code=1&";
  }
  EXPECT_FALSE(ParseKnownFields(many, kNames).has_value());
}

TEST(SingleFieldTest, TellsOnceFromNeverFromTwice) {
  const auto fields = *ParseForm("code=1&state=2&state=2");
  ASSERT_TRUE(SingleField(fields, "code").has_value());
  EXPECT_EQ(SingleField(fields, "code")->value(), "1");
  ASSERT_TRUE(SingleField(fields, "iss").has_value());
  EXPECT_FALSE(SingleField(fields, "iss")->has_value());
  EXPECT_FALSE(SingleField(fields, "state").has_value());
}

TEST(BuildFormTest, EscapesWhatIsReserved) {
  EXPECT_EQ(BuildForm({{"redirect_uri", "https://h:1/c?a=b&c"}, {"a b", "~-._"}}),
            "redirect_uri=https%3A%2F%2Fh%3A1%2Fc%3Fa%3Db%26c&a%20b=~-._");
  EXPECT_EQ(BuildForm({}), "");
}

TEST(BuildFormTest, WhatItBuildsParsesBack) {
  const std::vector<FormField> fields = {{"a&=+% ", "\xc3\xa9&=+%\r\n"}, {"", "x"}};
  EXPECT_EQ(ParseForm(BuildForm(fields)), fields);
}

}  // namespace
}  // namespace cis2::http
