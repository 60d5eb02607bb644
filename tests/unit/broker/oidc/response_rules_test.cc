#include "broker/oidc/response_rules.h"

#include <gtest/gtest.h>

namespace cis2::oidc {
namespace {

using std::chrono::seconds;

seconds Fresh(const std::string& cache_control) { return FreshFor({{"Cache-Control", cache_control}}); }

TEST(FreshForTest, IsAnHourWhereNothingIsSaid) {
  EXPECT_EQ(FreshFor({}), seconds(3600));
  EXPECT_EQ(Fresh("public, must-revalidate"), seconds(3600));
  EXPECT_EQ(Fresh("s-maxage=5"), seconds(3600));
}

TEST(FreshForTest, FollowsMaxAgeBetweenAMinuteAndAnHour) {
  EXPECT_EQ(Fresh("max-age=600"), seconds(600));
  EXPECT_EQ(Fresh("public, Max-Age=600 , x"), seconds(600));
  EXPECT_EQ(Fresh("max-age=\"600\""), seconds(600));
  EXPECT_EQ(Fresh("max-age=60"), seconds(60));
  EXPECT_EQ(Fresh("max-age=59"), seconds(60));
  EXPECT_EQ(Fresh("max-age=0"), seconds(60));
  EXPECT_EQ(Fresh("max-age=3600"), seconds(3600));
  EXPECT_EQ(Fresh("max-age=3601"), seconds(3600));
  EXPECT_EQ(Fresh("max-age=99999999999999999999"), seconds(3600));
}

TEST(FreshForTest, IsAMinuteForWhatMustNotBeKeptOrCannotBeRead) {
  for (const char* value : {"no-store", "no-cache", "max-age=600, no-store", "no-store, max-age=600",
                            "max-age=x", "max-age=", "max-age=-1", "max-age=60x", "max-age=\""}) {
    EXPECT_EQ(Fresh(value), seconds(60)) << value;
  }
}

TEST(FreshForTest, TheShortestOfSeveralCounts) {
  EXPECT_EQ(FreshFor({{"Cache-Control", "max-age=900"}, {"cache-control", "max-age=300"}}), seconds(300));
}

bool IsJson(const std::string& type) { return HasMediaType({{"Content-Type", type}}, "application/json"); }

TEST(HasMediaTypeTest, TakesTheTypeWithCharsetUtf8AtMost) {
  for (const char* type : {"application/json", "Application/JSON", "application/json;charset=UTF-8",
                           "application/json ; charset=\"utf-8\" "}) {
    EXPECT_TRUE(IsJson(type)) << type;
  }
  for (const char* type :
       {"", "text/html", "application/jwt", "application/json; charset=utf-16", "application/json;",
        "application/jsonx", "application/json, text/html", "text/html;application/json"}) {
    EXPECT_FALSE(IsJson(type)) << type;
  }
  EXPECT_FALSE(HasMediaType({}, "application/json"));
  EXPECT_FALSE(HasMediaType({{"Content-Type", "application/json"}, {"Content-Type", "application/json"}},
                            "application/json"));
}

TEST(UnavailableTest, MeansNoAnswer5xxOr429) {
  EXPECT_FALSE(Unavailable(http::Response{.status = 200, .headers = {}, .body = ""}, "x").has_value());
  EXPECT_FALSE(Unavailable(http::Response{.status = 499, .headers = {}, .body = ""}, "x").has_value());
  EXPECT_FALSE(Unavailable(http::Response{.status = 428, .headers = {}, .body = ""}, "x").has_value());
  EXPECT_FALSE(Unavailable(http::Response{.status = 430, .headers = {}, .body = ""}, "x").has_value());
  EXPECT_EQ(Unavailable(http::Response{.status = 429, .headers = {}, .body = ""}, "x")->detail,
            "x answered with status 429");
  EXPECT_EQ(Unavailable(http::Response{.status = 500, .headers = {}, .body = ""}, "x")->detail,
            "x answered with status 500");
  const auto gone = Unavailable(
      std::unexpected(http::TransportError{.fault = http::TransportFault::kTls, .detail = "expired"}), "x");
  EXPECT_EQ(gone->reason, reasons::Reason::kProviderUnavailable);
  EXPECT_EQ(gone->detail, "x: expired");
}

}  // namespace
}  // namespace cis2::oidc
