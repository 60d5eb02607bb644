#include "broker/oidc/levels.h"

#include <gtest/gtest.h>

namespace cis2::oidc {
namespace {

using base::Json;
using reasons::Reason;

const config::Provider kCis2;

// As it stands in a token: through the reader that tokens go through.
Json Claims(const std::string& value) {
  return *base::ParseJson(R"({"authentication_assurance_level":)" + value + R"(,"id_assurance_level":)" +
                          value + R"(,"idassurancelevel":)" + value + "}");
}

class GoodLevelTest : public testing::TestWithParam<std::pair<const char*, int>> {};
TEST_P(GoodLevelTest, IsRead) {
  const Json claims = Claims(GetParam().first);
  EXPECT_EQ(ReadAal(claims, kCis2).value(), GetParam().second);
  EXPECT_EQ(ReadIal(claims, kCis2).value(), GetParam().second);
}
INSTANTIATE_TEST_SUITE_P(All, GoodLevelTest,
                         testing::Values(std::pair("3", 3), std::pair("\"3\"", 3), std::pair("2", 2),
                                         std::pair("\"2\"", 2), std::pair("1", 1), std::pair("0", 0),
                                         std::pair("\"0\"", 0), std::pair("9", 9), std::pair("\"9\"", 9)));

class BadLevelTest : public testing::TestWithParam<const char*> {};
TEST_P(BadLevelTest, IsRefused) {
  const Json claims = Claims(GetParam());
  EXPECT_EQ(ReadAal(claims, kCis2).error().reason, Reason::kAalMalformed);
  EXPECT_EQ(ReadIal(claims, kCis2).error().reason, Reason::kIalMalformed);
  EXPECT_EQ(CheckUserinfoIal(claims, 0).error().reason, Reason::kIalUserinfoLower);
}
INSTANTIATE_TEST_SUITE_P(All, BadLevelTest,
                         testing::Values("null", "true", "\"\"", "\"three\"", "3.5", "3.0", "3e0", "\"3 \"",
                                         "\" 3\"", "\"3\\n\"", "\"3\\u0000\"", "-3", "\"-3\"", "\"+3\"", "-0",
                                         "10", "\"10\"", "\"03\"", "\"3.0\"", "99999999999999999999",
                                         "18446744073709551619", "[3]", "{}", "\"AAL3\"", "\"\\uff13\""));

TEST(LevelsTest, MissingHasItsOwnReason) {
  EXPECT_EQ(ReadAal(Json::object(), kCis2).error().reason, Reason::kAalMissing);
  EXPECT_EQ(ReadIal(Json::object(), kCis2).error().reason, Reason::kIalMissing);
}

TEST(LevelsTest, OnlyTheIdTokensNamesCountInTheIdToken) {
  const Json claims = {{"idassurancelevel", 3}, {"acr", "AAL3_ANY"}, {"aal", 3}, {"ial", 3}};
  EXPECT_EQ(ReadAal(claims, kCis2).error().reason, Reason::kAalMissing);
  EXPECT_EQ(ReadIal(claims, kCis2).error().reason, Reason::kIalMissing);
}

TEST(LevelsTest, UserinfoMayBeSilentEqualOrHigher) {
  EXPECT_TRUE(CheckUserinfoIal(Json::object(), 3).has_value());
  EXPECT_TRUE(CheckUserinfoIal(Claims("\"3\""), 3).has_value());
  EXPECT_TRUE(CheckUserinfoIal(Claims("3"), 2).has_value());
}

TEST(LevelsTest, UserinfoMayNotBeLower) {
  EXPECT_EQ(CheckUserinfoIal(Claims("\"2\""), 3).error().reason, Reason::kIalUserinfoLower);
  EXPECT_EQ(CheckUserinfoIal(Claims("0"), 1).error().reason, Reason::kIalUserinfoLower);
}

// --- profile oidc: claims and words by setting

config::Provider Mapped() {
  config::Provider settings;
  settings.profile = config::Profile::kOidc;
  settings.aal_claim = "acr";
  settings.aal_values = {{"urn:example:mfa", 3}, {"urn:example:password", 1}};
  settings.ial_claim = "";
  return settings;
}

TEST(MappedLevelTest, AWordStandsForItsLevel) {
  EXPECT_EQ(ReadAal({{"acr", "urn:example:mfa"}}, Mapped()).value(), 3);
  EXPECT_EQ(ReadAal({{"acr", "urn:example:password"}}, Mapped()).value(), 1);
}

TEST(MappedLevelTest, NothingElseIsRead) {
  for (const Json& value : {Json("urn:example:MFA"), Json("urn:example:mfa "), Json(""), Json("3"), Json(3),
                            Json(), Json::array({"urn:example:mfa"})}) {
    EXPECT_EQ(ReadAal({{"acr", value}}, Mapped()).error().reason, Reason::kAalMalformed) << value;
  }
  EXPECT_EQ(ReadAal({{"authentication_assurance_level", 3}}, Mapped()).error().reason, Reason::kAalMissing);
}

TEST(MappedLevelTest, ALevelWithoutAClaimIsZero) {
  EXPECT_EQ(ReadIal({{"id_assurance_level", 3}}, Mapped()).value(), 0);
}

TEST(MappedLevelTest, WithoutWordsAClaimIsReadAsAtCis2) {
  config::Provider settings = Mapped();
  settings.aal_values.clear();
  EXPECT_EQ(ReadAal({{"acr", "2"}}, settings).value(), 2);
  EXPECT_EQ(ReadAal({{"acr", "AAL3_ANY"}}, settings).error().reason, Reason::kAalMalformed);
}

}  // namespace
}  // namespace cis2::oidc
