#include "broker/front/form_check.h"

#include "broker/base/text.h"

#include <gtest/gtest.h>

namespace cis2::front {
namespace {

const std::string kKey(43, 'k');
const std::string kCode = "BCDFGHJK";

TEST(FormTokenTest, IsAMacOfPurposeAndCodeUnderTheBrowserKey) {
  EXPECT_EQ(FormToken(kKey, kCode),
            base::Base64UrlEncode(base::HmacSha256(kKey, "continue-or-deny BCDFGHJK")));
  EXPECT_EQ(FormToken(kKey, kCode).size(), 43U);
}

TEST(FormTokenTest, IsOfOneBrowserAndOneLogin) {
  const std::string body = "csrf=" + FormToken(kKey, kCode);
  EXPECT_TRUE(HasFormToken(body, kKey, kCode));
  EXPECT_FALSE(HasFormToken(body, std::string(43, 'x'), kCode));
  EXPECT_FALSE(HasFormToken(body, kKey, "ZZZZZZZZ"));
}

TEST(FormTokenTest, IsInTheBodyExactlyOnce) {
  const std::string token = FormToken(kKey, kCode);
  EXPECT_TRUE(HasFormToken("a=b&csrf=" + token, kKey, kCode));
  for (const std::string& body :
       {std::string(), std::string("csrf="), std::string("csrf"), "CSRF=" + token,
        "csrf=" + token + "&csrf=" + token, "csrf=" + token + "x", "csrf=" + token.substr(1),
        std::string("csrf=%zz"), "a=1&b=2&c=3&d=4&csrf=" + token, "{\"csrf\":\"" + token + "\"}"}) {
    EXPECT_FALSE(HasFormToken(body, kKey, kCode)) << body;
  }
}

TEST(FormBodyTest, HasTheTypeOfAForm) {
  EXPECT_TRUE(IsFormBody({{"Content-Type", "application/x-www-form-urlencoded"}}));
  EXPECT_TRUE(IsFormBody({{"content-type", "Application/X-WWW-Form-URLencoded ; charset=UTF-8"}}));
  EXPECT_FALSE(IsFormBody({}));
  for (const char* type :
       {"", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded2", "application/json"}) {
    EXPECT_FALSE(IsFormBody({{"Content-Type", type}})) << type;
  }
  EXPECT_FALSE(
      IsFormBody({{"Content-Type", "application/x-www-form-urlencoded"}, {"Content-Type", "text/plain"}}));
}

TEST(OwnSiteTest, NoHeaderSaysAnotherSite) {
  const std::string own = "https://server.example:8443";
  EXPECT_TRUE(IsFromOwnSite({}, own));
  EXPECT_TRUE(IsFromOwnSite({{"Origin", own}, {"Sec-Fetch-Site", "same-origin"}}, own));
  // What a browser sends from a page with Referrer-Policy: no-referrer.
  EXPECT_TRUE(IsFromOwnSite({{"Origin", "null"}, {"Sec-Fetch-Site", "same-origin"}}, own));
  EXPECT_TRUE(IsFromOwnSite({{"Sec-Fetch-Site", "none"}}, own));

  for (const char* origin : {"https://evil.example", "https://server.example", "http://server.example:8443",
                             "https://server.example:8443/", ""}) {
    EXPECT_FALSE(IsFromOwnSite({{"Origin", origin}}, own)) << origin;
  }
  for (const char* site : {"cross-site", "same-site", "", "other"}) {
    EXPECT_FALSE(IsFromOwnSite({{"Sec-Fetch-Site", site}}, own)) << site;
  }
  EXPECT_FALSE(IsFromOwnSite({{"Origin", own}, {"Origin", "https://evil.example"}}, own));
  EXPECT_FALSE(IsFromOwnSite({{"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}}, own));
}

}  // namespace
}  // namespace cis2::front
