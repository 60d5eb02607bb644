#include "broker/front/callback_query.h"

#include <gtest/gtest.h>

namespace cis2::front {
namespace {

TEST(CallbackQueryTest, ACodeIsRead) {
  const auto callback =
      ParseCallbackQuery("code=a%2Bb&state=s+t&iss=https%3A%2F%2Fam.example%3A443&session_state=x");
  ASSERT_TRUE(callback.has_value());
  EXPECT_EQ(callback->code, "a+b");
  EXPECT_EQ(callback->state, "s t");
  EXPECT_EQ(callback->error, "");
  EXPECT_TRUE(callback->has_iss);
  EXPECT_EQ(callback->iss, "https://am.example:443");
}

TEST(CallbackQueryTest, AnErrorIsRead) {
  const auto callback =
      ParseCallbackQuery("error=access_denied&error_description=The%20user%20said%20n%C3%B3&state=s");
  ASSERT_TRUE(callback.has_value());
  EXPECT_EQ(callback->error, "access_denied");
  EXPECT_EQ(callback->error_description, "The user said n\\xc3\\xb3");
  EXPECT_FALSE(callback->has_iss);
}

TEST(CallbackQueryTest, AMissingStateIsTheBrokersBusiness) {
  const auto callback = ParseCallbackQuery("code=c");
  ASSERT_TRUE(callback.has_value());
  EXPECT_EQ(callback->state, "");
}

TEST(CallbackQueryTest, AnEmptyIssuerIsAnIssuer) {
  const auto callback = ParseCallbackQuery("code=c&iss=");
  ASSERT_TRUE(callback.has_value());
  EXPECT_TRUE(callback->has_iss);
}

TEST(CallbackQueryTest, AKnownParameterGivenTwiceIsRefused) {
  for (const char* query :
       {"code=c&code=c", "code=c&state=s&state=s", "code=c&iss=i&iss=i", "error=e&error=e",
        "error=e&error_description=d&error_description=d", "code=c&state=s&%73tate=s"}) {
    EXPECT_FALSE(ParseCallbackQuery(query).has_value()) << query;
  }
  EXPECT_TRUE(ParseCallbackQuery("code=c&other=1&other=2").has_value());
}

TEST(CallbackQueryTest, UnknownParametersAreIgnoredWhateverTheyHoldAndHoweverManyThereAre) {
  std::string many = "code=c&state=s";
  for (int i = 0; i < 100; ++i) {
    many += "&x=%00&y=%zz&z=%";
  }
  const auto callback = ParseCallbackQuery(many);
  ASSERT_TRUE(callback.has_value());
  EXPECT_EQ(callback->code, "c");
  EXPECT_EQ(callback->state, "s");
}

// What cannot be read as a name could be one of ours.
TEST(CallbackQueryTest, WhatIsIgnoredIsCertainlyUnknown) {
  for (const char* query : {"code=c&state=s&st%zzate=s", "code=c&state%00=s", "code=c&%=s",
                            "code=c&state=s&state=%zz", "code=c&%73tate=%zz", "code=c&s%74ate=%00"}) {
    EXPECT_FALSE(ParseCallbackQuery(query).has_value()) << query;
  }
}

TEST(CallbackQueryTest, ExactlyOneOfCodeAndErrorIsThereAndNotEmpty) {
  for (const char* query :
       {"", "state=s", "code=", "error=", "code=c&error=e", "code=c&error=", "code=&error=e", "Code=c"}) {
    EXPECT_FALSE(ParseCallbackQuery(query).has_value()) << query;
  }
}

TEST(CallbackQueryTest, ValuesAbove4096BytesAreRefused) {
  const std::string longest(4096, 'x');
  EXPECT_TRUE(ParseCallbackQuery("code=" + longest + "&state=" + longest).has_value());
  for (const char* name : {"state", "iss", "error_description"}) {
    EXPECT_FALSE(ParseCallbackQuery("code=c&" + std::string(name) + "=x" + longest).has_value()) << name;
  }
  EXPECT_FALSE(ParseCallbackQuery("code=x" + longest).has_value());
  EXPECT_FALSE(ParseCallbackQuery("error=x" + longest).has_value());
}

TEST(CallbackQueryTest, ValuesThatAreNotPrintableAsciiAreRefused) {
  for (const char* query : {"code=%0A", "code=c&state=%C3%A4", "code=c&iss=%7F", "error=%1b", "code=%00",
                            "code=%zz", "code=%4"}) {
    EXPECT_FALSE(ParseCallbackQuery(query).has_value()) << query;
  }
}

TEST(CallbackQueryTest, WhatIsReadCanBeSent) {
  for (const char* query : {"code=c&state=s", "error=e&error_description=%00%ff", "code=c&iss=https://x"}) {
    auto callback = ParseCallbackQuery(query);
    if (callback) {
      callback->browser_addr = "192.0.2.7";
      EXPECT_TRUE(front_wire::Encode(*callback).has_value()) << query;
    }
  }
}

}  // namespace
}  // namespace cis2::front
