#include "broker/base/json.h"

#include <gtest/gtest.h>

namespace cis2::base {
namespace {

TEST(JsonTest, ReadsAnObject) {
  const auto json = ParseJson(R"({"sub":"1","n":3,"list":[1,2]})");
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(StringMember(*json, "sub"), "1");
  EXPECT_EQ(IntegerMember(*json, "n"), 3);
  EXPECT_EQ(Member(*json, "absent"), nullptr);
}

TEST(JsonTest, RefusesDuplicateNamesAtAnyDepth) {
  EXPECT_FALSE(ParseJson(R"({"a":1,"a":1})").has_value());
  EXPECT_FALSE(ParseJson(R"({"b":[{"a":1,"\u0061":2}]})").has_value());
  EXPECT_TRUE(ParseJson(R"({"a":{"a":1},"b":[{"a":1},{"a":1}]})").has_value());
}

TEST(JsonTest, RefusesWhatIsNotOneValue) {
  for (const char* text :
       {"", "{", "{}x", "{} {}", "nul", "{'a':1}", "[1,]", "\xef\xbb\xbf{}", "\"\xff\"", "// c\n{}"}) {
    EXPECT_FALSE(ParseJson(text).has_value()) << text;
  }
}

// The library takes a zero byte for the end of the text.
TEST(JsonTest, RefusesAZeroByte) {
  using std::string_view_literals::operator""sv;
  for (const auto text : {"{}\0"sv, "{}\0x"sv, "{\0}"sv, "\0{}"sv, "\"a\0b\""sv}) {
    EXPECT_FALSE(ParseJson(text).has_value()) << text;
  }
}

TEST(JsonTest, RefusesDepthBeyondTheLimit) {
  EXPECT_TRUE(ParseJson("[[[[]]]]", {.max_depth = 4}).has_value());
  EXPECT_FALSE(ParseJson("[[[[[]]]]]", {.max_depth = 4}).has_value());
  EXPECT_FALSE(ParseJson(std::string(100000, '['), {}).has_value());
}

TEST(JsonTest, RefusesSizeBeyondTheLimit) {
  EXPECT_TRUE(ParseJson("[1234]", {.max_size = 6}).has_value());
  EXPECT_FALSE(ParseJson("[12345]", {.max_size = 6}).has_value());
}

// A value takes far more memory than text.
TEST(JsonTest, RefusesMoreValuesThanTheLimit) {
  EXPECT_TRUE(ParseJson(R"({"a":[null,true,-1,2,3.5,"s"],"b":{}})", {.max_values = 9}).has_value());
  EXPECT_FALSE(ParseJson(R"({"a":[null,true,-1,2,3.5,"s"],"b":{}})", {.max_values = 8}).has_value());
}

TEST(JsonTest, GettersRefuseOtherTypes) {
  const auto json = ParseJson(R"({"s":"1","f":3.0,"e":1e300,"u":18446744073709551615,"b":true,"z":null})");
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(IntegerMember(*json, "s"), std::nullopt);
  EXPECT_EQ(IntegerMember(*json, "f"), std::nullopt);
  EXPECT_EQ(IntegerMember(*json, "e"), std::nullopt);
  EXPECT_EQ(IntegerMember(*json, "u"), std::nullopt);
  EXPECT_EQ(StringMember(*json, "b"), std::nullopt);
  EXPECT_EQ(StringMember(*json, "z"), std::nullopt);
  EXPECT_EQ(Member(Json::array(), "a"), nullptr);
}

}  // namespace
}  // namespace cis2::base
