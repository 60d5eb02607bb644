#include "broker/login/cancellation.h"

#include <gtest/gtest.h>

namespace cis2::login {
namespace {

using base::Json;

LoginSummary Pending(const std::string& reference, const std::string& account) {
  LoginSummary login;
  login.reference = reference;
  login.account = account;
  return login;
}

TEST(CancellationTest, AReferenceIsFoundHoweverItIsReadOut) {
  for (const char* typed :
       {"4G1K0-9QXD3", "4g1k0-9qxd3", "4G1K09QXD3", "4g1k0 9qxd3", "4GLKO-9QXD3", "4giko9qxd3"}) {
    const auto which = ParseCancellation({{"reference", typed}});
    ASSERT_TRUE(which) << typed;
    EXPECT_TRUE(Covers(*which, Pending("4G1K0-9QXD3", "op1"))) << typed;
    EXPECT_FALSE(Covers(*which, Pending("4G1K0-9QXD4", "op1"))) << typed;
  }
}

TEST(CancellationTest, APartOfAReferenceIsNone) {
  const auto which = ParseCancellation({{"reference", "4G1K0"}});
  ASSERT_TRUE(which);
  EXPECT_FALSE(Covers(*which, Pending("4G1K0-9QXD3", "op1")));
}

TEST(CancellationTest, AnAccountIsComparedExactly) {
  const auto which = ParseCancellation({{"account", "op1"}});
  ASSERT_TRUE(which);
  EXPECT_TRUE(Covers(*which, Pending("A", "op1")));
  EXPECT_FALSE(Covers(*which, Pending("A", "OP1")));
  EXPECT_FALSE(Covers(*which, Pending("A", "op10")));
}

TEST(CancellationTest, AllIsEveryLogin) {
  const auto which = ParseCancellation({{"all", true}});
  ASSERT_TRUE(which);
  EXPECT_TRUE(Covers(*which, Pending("A", "op1")));
}

TEST(CancellationTest, WhatNamesNoneOrSeveralEndsNothing) {
  for (const Json& request :
       {Json::object(), Json{{"reference", ""}}, Json{{"reference", "--"}}, Json{{"account", ""}},
        Json{{"all", false}}, Json{{"all", "true"}}, Json{{"all", 1}}, Json{{"reference", 4}},
        Json{{"reference", "A"}, {"all", true}}, Json{{"reference", "A"}, {"account", "op1"}},
        Json{{"account", "op1"}, {"all", true}}, Json("all")}) {
    EXPECT_FALSE(ParseCancellation(request)) << request.dump();
  }
}

TEST(CancellationTest, NothingCoversNothing) { EXPECT_FALSE(Covers({}, Pending("A", ""))); }

TEST(CancellationTest, WhoItWasIsTheUidAndAHintThatCannotPoseAsMore) {
  EXPECT_EQ(Canceller(0, ""), "by uid 0");
  EXPECT_EQ(Canceller(0, "asmith"), "by uid 0, SUDO_USER asmith");
  EXPECT_EQ(Canceller(0, "a, by uid 7\n"), "by uid 0, SUDO_USER a\\x2c\\x20by\\x20uid\\x207\\x0a");
}

}  // namespace
}  // namespace cis2::login
