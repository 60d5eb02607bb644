#include "broker/base/random.h"

#include <gtest/gtest.h>

#include <deque>
#include <set>

namespace cis2::base {
namespace {

class Scripted final : public Random {
 public:
  explicit Scripted(std::deque<std::string> values) : values_(std::move(values)) {}
  std::string Bytes(std::size_t n) override {
    std::string v = values_.front();
    values_.pop_front();
    EXPECT_EQ(v.size(), n);
    return v;
  }

 private:
  std::deque<std::string> values_;
};

TEST(RandomTest, BelowDrawsAgainWhereTheRangeIsUneven) {
  // 2^32 mod 10 is 6: the last six values are not used.
  Scripted random({"\xff\xff\xff\xff", "\xff\xff\xff\xfa", "\xff\xff\xff\xf9"});
  EXPECT_EQ(RandomBelow(random, 10), 9U);
}

TEST(RandomTest, BelowUsesTheWholeRangeWhereItIsEven) {
  Scripted random({"\xff\xff\xff\xff"});
  EXPECT_EQ(RandomBelow(random, 16), 15U);
}

TEST(RandomTest, TokensAreLongAndDiffer) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const Secret token = RandomToken(random);
    EXPECT_EQ(token.size(), 43U);
    seen.emplace(token.Reveal());
  }
  EXPECT_EQ(seen.size(), 100U);
}

TEST(SecretTest, ComparesAndIsNeverEqualWhenEmpty) {
  const Secret secret("abc");
  EXPECT_TRUE(secret.Equals("abc"));
  EXPECT_FALSE(secret.Equals("abd"));
  EXPECT_FALSE(secret.Equals("ab"));
  EXPECT_FALSE(Secret().Equals(""));
}

TEST(SecretTest, MovingLeavesNothingBehind) {
  Secret a("abc");
  const Secret b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): the emptied state is what is tested
  EXPECT_TRUE(b.Equals("abc"));
}

}  // namespace
}  // namespace cis2::base
