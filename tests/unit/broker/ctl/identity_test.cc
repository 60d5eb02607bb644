#include "broker/ctl/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ParseRoleTest, ReadsCodeOrganisationAndActivities) {
  const auto role = ParseRole("S8001:G8002:R8008@RX1:B0062,B1570");
  ASSERT_TRUE(role.has_value());
  EXPECT_EQ(role->role_code, "S8001:G8002:R8008");
  EXPECT_EQ(role->org_code, "RX1");
  EXPECT_THAT(role->activity_codes, ElementsAre("B0062", "B1570"));
  EXPECT_THAT(ParseRole("R@O")->activity_codes, IsEmpty());
}

TEST(ParseRoleTest, RefusesOtherForms) {
  for (const char* text : {"", "R", "@O", "R@", "R@:B", "R@O:", "R@O:B,", "R@O:,B"}) {
    EXPECT_FALSE(ParseRole(text).has_value()) << text;
  }
}

TEST(ParseIdentityTest, ReadsWhatTheHelpShows) {
  const auto identity = ParseIdentity(R"({"sub": "656005750104", "ial": 3, "aal": 2, "auth_age": 20,
     "selected_roleid": "1", "roles": [{"person_roleid": "1", "org_code": "RX1", "role_code": "S:G:R",
     "activity_codes": ["B0062"]}], "orgs": ["RX1", "Y51"]})");
  ASSERT_TRUE(identity.has_value());
  EXPECT_EQ(identity->sub, "656005750104");
  EXPECT_EQ(identity->ial, 3);
  EXPECT_EQ(identity->aal, 2);
  EXPECT_EQ(identity->auth_age, std::chrono::seconds{20});
  EXPECT_EQ(identity->selected_roleid, "1");
  ASSERT_EQ(identity->roles.size(), 1U);
  EXPECT_EQ(identity->roles[0].role_code, "S:G:R");
  EXPECT_THAT(identity->roles[0].activity_codes, ElementsAre("B0062"));
  EXPECT_THAT(identity->orgs, ElementsAre("RX1", "Y51"));
}

TEST(ParseIdentityTest, WhatIsMissingProvesNothing) {
  const auto identity = ParseIdentity("{}");
  ASSERT_TRUE(identity.has_value());
  EXPECT_EQ(identity->ial, 0);
  EXPECT_EQ(identity->aal, 0);
}

TEST(ParseIdentityTest, RefusesUnknownMembersAndOtherTypes) {
  for (const char* text :
       {"", "[]", R"({"subject":"1"})", R"({"sub":1})", R"({"ial":"3"})", R"({"ial":-1})", R"({"aal":3.0})",
        R"({"orgs":"RX1"})", R"({"orgs":[1]})", R"({"orgs":{}})", R"({"roles":{}})", R"({"roles":["x"]})",
        R"({"roles":[{"code":"x"}]})", R"({"sub":"1","sub":"2"})", R"({"roles":[{"activity_codes":"B"}]})"}) {
    EXPECT_FALSE(ParseIdentity(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace cis2::ctl
