#include "broker/front/cookies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace cis2::front {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kKey(43, 'k');

std::string Pair(const std::string& code, const std::string& value) {
  return "__Host-cis2-" + code + "=" + value;
}
std::string Good(const std::string& code, const std::string& time = "1795425302") {
  return Pair(code, time + "." + kKey);
}

std::vector<LoginCookie> Parse(const std::string& field) { return ParseLoginCookies({{"Cookie", field}}); }

std::vector<std::string> CodesOf(const std::vector<LoginCookie>& cookies) {
  std::vector<std::string> codes;
  for (const LoginCookie& cookie : cookies) {
    codes.push_back(cookie.user_code);
  }
  return codes;
}

LoginCookie Cookie(const std::string& code, std::int64_t created) {
  return {.user_code = code, .created = created, .browser_key = kKey};
}

TEST(CookiesTest, AWellFormedCookieIsRead) {
  const auto cookies = Parse("theme=dark; " + Good("BCDFGHJK") + "; other=1");
  ASSERT_EQ(cookies.size(), 1U);
  EXPECT_EQ(cookies[0].user_code, "BCDFGHJK");
  EXPECT_EQ(cookies[0].created, 1795425302);
  EXPECT_EQ(cookies[0].browser_key, kKey);
}

TEST(CookiesTest, AnyOtherFormIsAsIfItWereNotThere) {
  for (const std::string& field : {std::string(),
                                   std::string(";;;"),
                                   std::string("="),
                                   std::string("__Host-cis2-BCDFGHJK"),
                                   std::string("cis2-BCDFGHJK=1." + kKey),
                                   std::string("__host-cis2-BCDFGHJK=1." + kKey),
                                   Pair("bcdfghjk", "1." + kKey),
                                   Pair("BCDF-GHJK", "1." + kKey),
                                   Pair("ABCDEFGH", "1." + kKey),
                                   Pair("BCDFGHJK", ""),
                                   Pair("BCDFGHJK", kKey),
                                   Pair("BCDFGHJK", "." + kKey),
                                   Pair("BCDFGHJK", "-1." + kKey),
                                   Pair("BCDFGHJK", "+1." + kKey),
                                   Pair("BCDFGHJK", "1x." + kKey),
                                   Pair("BCDFGHJK", "123456789012." + kKey),
                                   Pair("BCDFGHJK", "1." + kKey + "x"),
                                   Pair("BCDFGHJK", "1." + kKey.substr(1)),
                                   Pair("BCDFGHJK", "1." + kKey.substr(1) + "="),
                                   Pair("BCDFGHJK", "\"1." + kKey + "\""),
                                   Pair("BCDFGHJK", "99999999999999999999." + kKey)}) {
    EXPECT_THAT(Parse(field), IsEmpty()) << field;
  }
}

TEST(CookiesTest, TwoCookiesForOneLoginAreNone) {
  EXPECT_THAT(Parse(Good("BCDFGHJK") + "; " + Pair("BCDFGHJK", "2." + std::string(43, 'x'))), IsEmpty());
  EXPECT_THAT(Parse(Good("BCDFGHJK") + "; " + Good("BCDFGHJK") + "; " + Good("BCDFGHJK")), IsEmpty());
  EXPECT_THAT(Parse(Pair("BCDFGHJK", "malformed") + "; " + Good("BCDFGHJK")), IsEmpty());
}

TEST(CookiesTest, AFieldThatAProxySplitIsPutTogether) {
  const auto cookies = ParseLoginCookies({{"Cookie", Good("BCDFGHJK")}, {"cookie", Good("ZZZZZZZZ")}});
  EXPECT_THAT(CodesOf(cookies), testing::UnorderedElementsAre("BCDFGHJK", "ZZZZZZZZ"));
}

TEST(CookiesTest, TheNewestComesFirst) {
  EXPECT_THAT(
      CodesOf(Parse(Good("BBBBBBBB", "5") + ";" + Good("CCCCCCCC", "9") + ";" + Good("DDDDDDDD", "7"))),
      ElementsAre("CCCCCCCC", "DDDDDDDD", "BBBBBBBB"));
}

TEST(CookiesTest, ACookieIsFoundByItsLogin) {
  const auto cookies = Parse(Good("BCDFGHJK"));
  EXPECT_EQ(FindLoginCookie(cookies, "BCDFGHJK"), cookies.data());
  EXPECT_EQ(FindLoginCookie(cookies, "ZZZZZZZZ"), nullptr);
}

TEST(CookiesTest, ANewCookieIsForThisHostAloneAndOutOfReachOfScripts) {
  EXPECT_THAT(SetLoginCookie(Cookie("BCDFGHJK", 1795425302), {}),
              ElementsAre("__Host-cis2-BCDFGHJK=1795425302." + kKey +
                          "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=900"));
}

TEST(CookiesTest, AFifthCookieTakesTheOldestAway) {
  const auto present = Parse(Good("BBBBBBBB", "5") + ";" + Good("CCCCCCCC", "9") + ";" +
                             Good("DDDDDDDD", "7") + ";" + Good("FFFFFFFF", "6"));
  const auto headers = SetLoginCookie(Cookie("GGGGGGGG", 10), present);
  EXPECT_THAT(headers,
              ElementsAre(testing::StartsWith("__Host-cis2-GGGGGGGG=10."),
                          "__Host-cis2-BBBBBBBB=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"));
}

TEST(CookiesTest, HoweverManyThereAreFourStay) {
  std::vector<LoginCookie> present;
  for (const char* code : {"BBBBBBBB", "CCCCCCCC", "DDDDDDDD", "FFFFFFFF", "GGGGGGGG", "HHHHHHHH"}) {
    present.insert(present.begin(), Cookie(code, static_cast<std::int64_t>(present.size())));
  }
  const auto headers = SetLoginCookie(Cookie("JJJJJJJJ", 10), present);
  EXPECT_THAT(headers, testing::SizeIs(4));
  EXPECT_THAT(headers.back(), testing::StartsWith("__Host-cis2-BBBBBBBB=;"));
}

TEST(CookiesTest, ThreeOthersMayStay) {
  EXPECT_THAT(SetLoginCookie(Cookie("JJJJJJJJ", 10),
                             Parse(Good("BBBBBBBB") + ";" + Good("CCCCCCCC") + ";" + Good("DDDDDDDD"))),
              testing::SizeIs(1));
}

}  // namespace
}  // namespace cis2::front
