#include "broker/breakglass/code.h"

#include "tests/support/fake_random.h"

#include <gtest/gtest.h>

#include <set>

namespace cis2::breakglass {
namespace {

TEST(CodeTest, IsFourGroupsOfFiveAndReadBackAsItWasMade) {
  tests::FakeRandom random;
  for (int i = 0; i < 200; ++i) {
    const Code code = NewCode(random);
    const base::Secret text = FormatCode(code);
    EXPECT_EQ(text.size(), 23U);
    EXPECT_EQ(text.Reveal()[5], '-');
    EXPECT_EQ(text.Reveal().substr(0, 5), code.id);
    const auto parsed = ParseCode(text.Reveal());
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->id, code.id);
    EXPECT_TRUE(parsed->secret.Equals(code.secret.Reveal()));
  }
}

TEST(CodeTest, SecretsAreFifteenCharactersOfChanceAndNeverTheSame) {
  tests::FakeRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const Code code = NewCode(random);
    EXPECT_EQ(code.secret.size(), 15U);
    EXPECT_TRUE(seen.insert(std::string(code.secret.Reveal())).second);
  }
}

TEST(CodeTest, CaseBlanksAndDashesDoNotMatter) {
  for (const char* typed : {"7K2QX-M4T0Z-9WCRB-3HN8D", "7k2qxm4t0z9wcrb3hn8d", " 7k2qx m4t0z-9wcrb  3hn8d ",
                            "7-K-2-Q-X-M-4-T-0-Z-9-W-C-R-B-3-H-N-8-D"}) {
    const auto code = ParseCode(typed);
    ASSERT_TRUE(code) << typed;
    EXPECT_EQ(code->id, "7K2QX");
    EXPECT_TRUE(code->secret.Equals("M4T0Z9WCRB3HN8D"));
  }
}

TEST(CodeTest, LettersThatLookLikeDigitsAreThoseDigits) {
  const auto code = ParseCode("oOiIl-LLLLL-00000-11111");
  ASSERT_TRUE(code);
  EXPECT_EQ(code->id, "00111");
  EXPECT_TRUE(code->secret.Equals("111110000011111"));
}

TEST(CodeTest, AnythingElseIsNoCode) {
  for (const char* typed : {"", "482913", "7K2QX", "7K2QX-M4T0Z-9WCRB-3HN8", "7K2QX-M4T0Z-9WCRB-3HN8DD",
                            "7K2QX-M4T0Z-9WCRB-3HN8U", "7K2QX_M4T0Z_9WCRB_3HN8D", "7K2QX-M4T0Z-9WCRB-3HN8\n",
                            "\b7K2QX-M4T0Z-9WCRB-3HN8D", "7K2QX-M4T0Z-9WCRB-3HN8\xc3"}) {
    EXPECT_FALSE(ParseCode(typed)) << typed;
  }
}

TEST(CodeTest, AnIdIsFiveCharactersOfTheAlphabet) {
  EXPECT_TRUE(IsCodeId("7K2QX"));
  for (const char* text : {"", "7K2Q", "7K2QXX", "7k2qx", "7K2QO", "7K2 X"}) {
    EXPECT_FALSE(IsCodeId(text)) << text;
  }
}

TEST(HashTest, OnlyTheSecretItselfMatches) {
  tests::FakeRandom random;
  const base::Secret secret("M4T0Z9WCRB3HN8D");
  const auto hash = HashSecret(secret, random);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(Matches(*hash, secret));
  EXPECT_FALSE(Matches(*hash, base::Secret("M4T0Z9WCRB3HN8E")));
  EXPECT_FALSE(Matches(*hash, base::Secret()));
  EXPECT_EQ(hash->value.size(), kHashSize);
}

TEST(HashTest, OneSecretHasAnotherHashEachTime) {
  tests::FakeRandom random;
  const base::Secret secret("M4T0Z9WCRB3HN8D");
  EXPECT_NE(HashSecret(secret, random)->value, HashSecret(secret, random)->value);
}

// RFC 7914 section 12, the third vector.
TEST(HashTest, IsTheScryptOfTheRfc) {
  const std::string value =
      "\x70\x23\xbd\xcb\x3a\xfd\x73\x48\x46\x1c\x06\xcd\x81\xfd\x38\xeb"
      "\xfd\xa8\xfb\xba\x90\x4f\x8e\x3e\xa9\xb5\x43\xf6\x54\x5d\xa1\xf2";
  const Hash hash{.cost = {.n = 16384, .r = 8, .p = 1}, .salt = "SodiumChloride", .value = value};
  EXPECT_TRUE(Matches(hash, base::Secret("pleaseletmein")));
}

TEST(HashTest, AHashWithoutAValueMatchesNothing) {
  EXPECT_FALSE(Matches({.cost = {}, .salt = std::string(kSaltSize, '\0'), .value = ""}, base::Secret("x")));
}

TEST(HashTest, ACostBeyondReasonIsNotBorne) {
  EXPECT_TRUE(IsBearable({}));
  for (const Cost& cost :
       {Cost{.n = 0}, Cost{.n = 1}, Cost{.n = 32767}, Cost{.n = 1ULL << 21}, Cost{.n = 1ULL << 63},
        Cost{.r = 0}, Cost{.r = 33}, Cost{.p = 0}, Cost{.p = 5}, Cost{.n = 1 << 20, .r = 8}}) {
    EXPECT_FALSE(IsBearable(cost)) << cost.n << " " << cost.r << " " << cost.p;
  }
}

}  // namespace
}  // namespace cis2::breakglass
