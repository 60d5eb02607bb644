#include "broker/reasons/reasons.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace cis2::reasons {
namespace {

std::vector<Reason> All() {
  return {
#define X(name, id, operator_text, administrator_text) Reason::name,
#include "broker/reasons/list.inc"
#undef X
  };
}

TEST(ReasonsTest, IdsAreUniqueAndWellFormed) {
  std::set<std::string_view> seen;
  for (const Reason r : All()) {
    EXPECT_TRUE(seen.insert(Id(r)).second) << Id(r);
    EXPECT_TRUE(r == Reason::kNone || std::regex_match(std::string(Id(r)), std::regex("[a-z_]+\\.[a-z_]+")))
        << Id(r);
    EXPECT_EQ(FromId(Id(r)), r);
  }
  EXPECT_EQ(FromId("no.such"), std::nullopt);
}

TEST(ReasonsTest, EveryReasonHasASentenceForBoth) {
  for (const Reason r : All()) {
    EXPECT_FALSE(AdministratorText(r).empty()) << Id(r);
    EXPECT_TRUE(r == Reason::kNone || OperatorText(r).ends_with('.')) << Id(r);
  }
}

TEST(ReasonsTest, ArgumentsAreFilledIn) {
  EXPECT_EQ(OperatorText(Reason::kAalTooLow, {{"server_aal", "3"}, {"your_aal", "2"}}),
            "This server needs a sign-in of level 3, you signed in at level 2.");
  EXPECT_EQ(OperatorText(Reason::kAalTooLow).find('{'), std::string::npos);
}

}  // namespace
}  // namespace cis2::reasons
