#include "broker/config/values.h"

#include <gtest/gtest.h>

namespace cis2::config {
namespace {

using std::chrono::seconds;

TEST(DurationTest, ReadsANumberAndItsUnit) {
  EXPECT_EQ(ParseDuration("90s"), seconds{90});
  EXPECT_EQ(ParseDuration("5m"), seconds{300});
  EXPECT_EQ(ParseDuration("12h"), seconds{43200});
  EXPECT_EQ(ParseDuration("0s"), seconds{0});
}

TEST(DurationTest, RefusesEveryOtherForm) {
  for (const std::string_view text : {"", "s", "90", "90 s", " 90s", "90s ", "-1s", "+1s", "01s", "1.5m",
                                      "1h30m", "5M", "5d", "0x5s", "99999999999s", "9000h", "5ms", "m5"}) {
    EXPECT_FALSE(ParseDuration(text).has_value()) << text;
  }
}

TEST(DurationTest, IsWrittenAsItIsRead) {
  for (const std::string text : {"0s", "59s", "1m", "90s", "1h", "61m", "12h", "3601s"}) {
    EXPECT_EQ(FormatDuration(ParseDuration(text).value()), text);
  }
}

TEST(ListenAddressTest, ReadsBothFamilies) {
  const auto v4 = ParseListenAddress("0.0.0.0:8443");
  ASSERT_TRUE(v4.has_value());
  EXPECT_EQ(v4->address, "0.0.0.0");
  EXPECT_EQ(v4->port, 8443);
  EXPECT_FALSE(v4->ipv6);
  const auto v6 = ParseListenAddress("[2001:db8::1]:443");
  ASSERT_TRUE(v6.has_value());
  EXPECT_EQ(v6->address, "2001:db8::1");
  EXPECT_EQ(v6->port, 443);
  EXPECT_TRUE(v6->ipv6);
}

TEST(ListenAddressTest, RefusesEveryOtherForm) {
  for (const std::string_view text :
       {"", "8443", ":8443", "0.0.0.0", "0.0.0.0:", "0.0.0.0:0", "0.0.0.0:65536", "0.0.0.0:08443",
        "localhost:8443", "::1:8443", "[::1]", "[::1]8443", "[127.0.0.1]:8443", "[::1:8443", "0.0.0.0:8443 ",
        "[::1%lo]:8443"}) {
    EXPECT_FALSE(ParseListenAddress(text).has_value()) << text;
  }
}

TEST(LoopbackListenerTest, OnlyThisHostCanReachIt) {
  for (const char* text : {"127.0.0.1:9488", "127.8.0.9:1", "[::1]:9488"}) {
    EXPECT_TRUE(IsLoopbackListener(text)) << text;
  }
  for (const char* text :
       {"0.0.0.0:9488", "[::]:9488", "192.0.2.1:9488", "[::ffff:127.0.0.1]:9488", "127.0.0.1", "127.0.0.1:0",
        "localhost:9488", "127.1:9488", ":9488", "[::1%lo]:9488", ""}) {
    EXPECT_FALSE(IsLoopbackListener(text)) << text;
  }
}

TEST(UrlTest, ReadsItsParts) {
  const auto url = ParseUrl("https://am.example.nhs.uk:443/openam/oauth2/realms/root");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "am.example.nhs.uk");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->path, "/openam/oauth2/realms/root");
  EXPECT_FALSE(url->has_query_or_fragment);
  EXPECT_TRUE(ParseUrl("https://h/?a")->has_query_or_fragment);
  EXPECT_TRUE(ParseUrl("https://h#a")->has_query_or_fragment);
  EXPECT_EQ(ParseUrl("https://[2001:db8::1]:8443")->host, "[2001:db8::1]");
  EXPECT_EQ(ParseUrl("https://h")->port, 0);
}

TEST(UrlTest, RefusesWhatIsNoUrl) {
  for (const std::string_view text : {"",
                                      "h",
                                      "//h",
                                      "https:/h",
                                      "https://",
                                      "https:///path",
                                      "https://u@h",
                                      "https://u:p@h",
                                      "https://h:",
                                      "https://h:0",
                                      "https://h:99999",
                                      "https://h:44x",
                                      "https://h h",
                                      "https://h\\x",
                                      "https://-h",
                                      "https://h..x",
                                      "https://h_x",
                                      "https://[::1",
                                      "https://[h]",
                                      "https://2001:db8::1/",
                                      "https://\xc3\xa9"}) {
    EXPECT_FALSE(ParseUrl(text).has_value()) << text;
  }
}

TEST(NearestTest, FindsTheWordThatWasMeant) {
  const std::vector<std::string> known = {"issuer", "client_id", "client_key", "max_age"};
  EXPECT_EQ(Nearest("isuer", known), "issuer");
  EXPECT_EQ(Nearest("issure", known), "issuer");
  EXPECT_EQ(Nearest("client-key", known), "client_key");
  EXPECT_EQ(Nearest("maxage", known), "max_age");
}

TEST(NearestTest, FindsNothingForAnotherWord) {
  const std::vector<std::string> known = {"issuer", "client_id", "pkce"};
  EXPECT_EQ(Nearest("endpoint_hosts", known), "");
  EXPECT_EQ(Nearest("", known), "");
  EXPECT_EQ(Nearest("x", known), "");
}

}  // namespace
}  // namespace cis2::config
