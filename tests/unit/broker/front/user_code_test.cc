#include "broker/front/user_code.h"

#include <gtest/gtest.h>

namespace cis2::front {
namespace {

TEST(UserCodeTest, APathTakesAnyCaseWithOrWithoutTheDash) {
  for (const char* spelling : {"BCDF-GHJK", "bcdf-ghjk", "BCDFGHJK", "bcdfGHJK"}) {
    EXPECT_EQ(UserCodeInPath(spelling), "BCDFGHJK") << spelling;
  }
}

TEST(UserCodeTest, APathTakesNothingElse) {
  for (const char* text : {"", "BCDF-GHJ", "BCDFG-HJK", "BCDF--GHJK", "-BCDFGHJK", "BCDF GHJK", "BCDF%2DGHJK",
                           "ABCDEFGH", "BCDFGHJ1", "BCDFGHJKL", "BCDF-GHJKL"}) {
    EXPECT_EQ(UserCodeInPath(text), std::nullopt) << text;
  }
}

TEST(UserCodeTest, WhatIsTypedMayHaveSpacesAndDashesAnywhere) {
  for (const char* spelling :
       {"BCDF-GHJK", " bcdf ghjk ", "b c d f g h j k", "BC-DF-GH-JK", "BCDF\xe2\x80\x93GHJK",
        "BCDF\xe2\x80\x91GHJK", "BCDF\xc2\xa0GHJK", "\tBCDFGHJK"}) {
    EXPECT_EQ(UserCodeAsTyped(spelling), "BCDFGHJK") << spelling;
  }
}

TEST(UserCodeTest, WhatIsTypedIsEightLettersOfTheAlphabet) {
  for (const std::string& text :
       {std::string(), std::string("BCDF"), std::string("ABCD-EFGH"), std::string("BCDF_GHJK"),
        std::string("BCDF\xe2\x80"), std::string("BCDFGHJK\n"), std::string(57, ' ') + "BCDFGHJK",
        std::string("BCDF\0GHJK", 9)}) {
    EXPECT_EQ(UserCodeAsTyped(text), std::nullopt) << text;
  }
}

TEST(UserCodeTest, IsShownWithADashInTheMiddle) { EXPECT_EQ(WithDash("BCDFGHJK"), "BCDF-GHJK"); }

}  // namespace
}  // namespace cis2::front
