#include "broker/policy/policy.h"

#include <gtest/gtest.h>

namespace cis2::policy {
namespace {

bool Contains(std::string_view network, std::string_view address) {
  const auto parsed = Network::Parse(network);
  EXPECT_TRUE(parsed.has_value()) << network;
  return parsed && parsed->Contains(address);
}

TEST(NetworkTest, ContainsItsAddressesAndNoOther) {
  EXPECT_TRUE(Contains("192.0.2.0/24", "192.0.2.0"));
  EXPECT_TRUE(Contains("192.0.2.0/24", "192.0.2.255"));
  EXPECT_FALSE(Contains("192.0.2.0/24", "192.0.3.0"));
  EXPECT_FALSE(Contains("192.0.2.0/24", "192.0.1.255"));
  EXPECT_TRUE(Contains("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_FALSE(Contains("2001:db8::/32", "2001:db9::"));
}

TEST(NetworkTest, ComparesBitsWithinAByte) {
  EXPECT_TRUE(Contains("10.0.0.128/25", "10.0.0.129"));
  EXPECT_FALSE(Contains("10.0.0.128/25", "10.0.0.127"));
  EXPECT_TRUE(Contains("2001:db8::/33", "2001:db8:7fff::"));
  EXPECT_FALSE(Contains("2001:db8::/33", "2001:db8:8000::"));
}

TEST(NetworkTest, OneAddressIsANetworkOfOne) {
  EXPECT_TRUE(Contains("192.0.2.7", "192.0.2.7"));
  EXPECT_FALSE(Contains("192.0.2.7", "192.0.2.6"));
  EXPECT_TRUE(Contains("2001:db8::1", "2001:0db8:0:0:0:0:0:1"));
  EXPECT_FALSE(Contains("2001:db8::1", "2001:db8::2"));
}

TEST(NetworkTest, MappedAddressCountsAsIpv4) {
  EXPECT_TRUE(Contains("192.0.2.0/24", "::ffff:192.0.2.9"));
  EXPECT_TRUE(Contains("::ffff:192.0.2.0/120", "192.0.2.9"));
  EXPECT_FALSE(Contains("::ffff:192.0.2.0/120", "192.0.3.9"));
}

TEST(NetworkTest, EverythingOfOneFamilyIsNothingOfTheOther) {
  EXPECT_TRUE(Contains("0.0.0.0/0", "255.255.255.255"));
  EXPECT_FALSE(Contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(Contains("::/0", "2001:db8::1"));
  EXPECT_FALSE(Contains("::/0", "192.0.2.1"));
  EXPECT_FALSE(Contains("::/0", "::ffff:192.0.2.1"));
}

TEST(NetworkTest, NoAddressIsInNoNetwork) {
  EXPECT_FALSE(Contains("0.0.0.0/0", ""));
  EXPECT_FALSE(Contains("::/0", "UNKNOWN"));
  EXPECT_FALSE(Contains("::/0", "fe80::1%eth0"));
  EXPECT_FALSE(Contains("0.0.0.0/0", std::string_view("192.0.2.1\0x", 11)));
  EXPECT_FALSE(Contains("0.0.0.0/0", " 192.0.2.1"));
}

TEST(NetworkTest, RefusesWhatIsNoNetwork) {
  for (const std::string_view text :
       {"", "/", "/8", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/08",
        "192.0.2.0/8 ", "192.0.2.0/255.255.255.0", "192.0.2/24", "192.0.2.0/24/24", "2001:db8::/129",
        "2001:db8::/1000", "example.org", "192.0.2.0 /24", "[2001:db8::]/32", "2001:db8::/0x20"}) {
    EXPECT_FALSE(Network::Parse(text).has_value()) << text;
  }
}

TEST(NetworkTest, RefusesBitsBehindThePrefix) {
  EXPECT_FALSE(Network::Parse("192.0.2.1/24").has_value());
  EXPECT_FALSE(Network::Parse("2001:db8::1/64").has_value());
  EXPECT_FALSE(Network::Parse("0.0.0.1/0").has_value());
  EXPECT_TRUE(Network::Parse("192.0.2.1/32").has_value());
}

}  // namespace
}  // namespace cis2::policy
