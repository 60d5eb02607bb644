#include "broker/front/client_address.h"

#include <gtest/gtest.h>

namespace cis2::front {
namespace {

std::string From(const std::string& peer, const http::Headers& headers,
                 const std::vector<std::string>& proxies = {"192.0.2.0/24"}) {
  std::vector<policy::Network> trusted;
  for (const std::string& text : proxies) {
    trusted.push_back(policy::Network::Parse(text).value());
  }
  http::ServerRequest request;
  request.peer_address = peer;
  request.headers = headers;
  return ClientAddress(request, trusted);
}

TEST(ClientAddressTest, IsThePeerUnlessThatIsAProxyOfOurs) {
  EXPECT_EQ(From("198.51.100.1", {{"X-Forwarded-For", "203.0.113.9"}}), "198.51.100.1");
  EXPECT_EQ(From("192.0.2.1", {{"X-Forwarded-For", "203.0.113.9"}}, {}), "192.0.2.1");
}

TEST(ClientAddressTest, BehindAProxyIsTheLastAddressThatIsNotAProxy) {
  EXPECT_EQ(From("192.0.2.1", {{"X-Forwarded-For", "203.0.113.9"}}), "203.0.113.9");
  EXPECT_EQ(From("192.0.2.1", {{"X-Forwarded-For", "10.0.0.1, 203.0.113.9 ,192.0.2.2"}}), "203.0.113.9");
  EXPECT_EQ(From("192.0.2.1", {{"X-Forwarded-For", "10.0.0.1"}, {"x-forwarded-for", "2001:db8::7"}}),
            "2001:db8::7");
  EXPECT_EQ(From("192.0.2.1", {{"X-Forwarded-For", "::ffff:203.0.113.9"}}), "203.0.113.9");
}

TEST(ClientAddressTest, WhatTheProxyDidNotSayIsItsOwnRequest) {
  EXPECT_EQ(From("192.0.2.1", {}), "192.0.2.1");
  for (const char* field :
       {"", "unknown", "203.0.113.9:1234", "203.0.113.9,", "203.0.113.9, _hidden", "203.0.113.9\\"}) {
    EXPECT_EQ(From("192.0.2.1", {{"X-Forwarded-For", field}}), "192.0.2.1") << field;
  }
}

TEST(ClientAddressTest, AChainOfProxiesAloneIsTheFirstOfThem) {
  EXPECT_EQ(From("192.0.2.1", {{"X-Forwarded-For", "192.0.2.3, 192.0.2.2"}}), "192.0.2.3");
}

}  // namespace
}  // namespace cis2::front
