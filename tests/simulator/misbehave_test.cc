// All rows of the misbehaviours at once, and signed userinfo with its own.

#include "tests/simulator/misbehave.h"

#include "tests/simulator/test_bench.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace cis2::simulator {
namespace {

using testing::PlainJson;

// A simulator of its own, so that each has the same clock and the same chance.
class Journey final : public testing::SimulatorTest {
 public:
  // Everything that the provider says in one journey.
  std::string Said(std::string_view misbehaviour, bool with_options) {
    registration_.iss_parameter = with_options;
    registration_.sign_userinfo = with_options;
    if (!misbehaviour.empty()) {
      Call("/misbehave", PlainJson{{"name", misbehaviour}, {"times", 0}}.dump());
    }
    bench_.robot = "one-role";
    const Answer back = Get("/authorize", testing::Encode(testing::AsFields(AuthorizationFields())));
    const std::string location(http::FindHeader(back.response.headers, "Location").value_or(""));
    const Answer tokens = Redeem(TokenFields(FirstCodeOf(location)));
    const PlainJson members = JsonOf(tokens);
    const PlainJson access_token =
        members.is_object() ? members.value("access_token", PlainJson()) : PlainJson();
    return Whole(Get("/.well-known/openid-configuration")) + Whole(Get("/connect/jwk_uri")) + Whole(back) +
           Whole(tokens) +
           Whole(AskUserinfo(access_token.is_string() ? access_token.get<std::string>() : ""));
  }

 private:
  void TestBody() override {}
  // A redirect that misbehaves may have two, or none.
  static std::string FirstCodeOf(std::string_view location) {
    const auto fields = http::ParseForm(location.substr(location.find('?') + 1));
    for (const auto& [name, value] : fields.value_or(std::vector<http::FormField>())) {
      if (name == "code") {
        return value;
      }
    }
    return "";
  }
  static std::string Whole(const Answer& answer) {
    std::string text = std::to_string(answer.response.status) + (answer.hang ? " never" : "") + "\n";
    for (const auto& [name, value] : answer.response.headers) {
      text.append(name).append(": ").append(value).append("\n");
    }
    return text + answer.response.body + "\n";
  }
};

std::string Said(std::string_view misbehaviour, bool with_options) {
  return Journey().Said(misbehaviour, with_options);
}

TEST(JourneyTest, AnHonestOneIsTheSameEachTime) {
  EXPECT_EQ(Said("", false), Said("", false));
  EXPECT_NE(Said("", false), Said("", true));
}

TEST(JourneyTest, EveryRowChangesWhatIsSaid) {
  const std::string plain = Said("", false);
  const std::string with_options = Said("", true);
  for (const auto& row : KnownMisbehaviours()) {
    EXPECT_TRUE(Said(row.name, false) != plain || Said(row.name, true) != with_options) << row.name;
  }
}

class SignedUserinfoTest : public testing::SimulatorTest {
 protected:
  SignedUserinfoTest() { registration_.sign_userinfo = true; }

  // The answer under this misbehaviour, with the ID token of its sign-in in `id_token_`.
  http::Response Userinfo(std::string_view misbehaviour = {}) {
    if (!misbehaviour.empty()) {
      EXPECT_EQ(Call("/misbehave", PlainJson{{"name", misbehaviour}}.dump()).response.status, 200);
    }
    const PlainJson tokens = TokensOf("one-role");
    id_token_ = tokens.value("id_token", "");
    return AskUserinfo(tokens.value("access_token", "")).response;
  }
  static std::string_view TypeOf(const http::Response& response) {
    return http::FindHeader(response.headers, "Content-Type").value_or("");
  }
  bool Verifies(const http::Response& response) {
    return testing::VerifyByCjose(response.body, JsonOf(Get("/connect/jwk_uri"))).has_value();
  }

  std::string id_token_;
};

TEST_F(SignedUserinfoTest, HasTheClaimsAndNoAud) {
  const http::Response response = Userinfo();
  EXPECT_EQ(TypeOf(response), "application/jwt");
  const auto claims = testing::VerifyByCjose(response.body, JsonOf(Get("/connect/jwk_uri")));
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->at("sub"), "656005750105");
  EXPECT_EQ(claims->at("nhsid_nrbac_roles").size(), 1U);
  EXPECT_FALSE(claims->contains("aud"));
  EXPECT_EQ(JsonOf(Call("/secrets"))["userinfo"], PlainJson::array({response.body}));
}

TEST_F(SignedUserinfoTest, ABadSignatureIsAnotherKeysUnderTheRightKid) {
  const http::Response response = Userinfo("signed-userinfo-bad-signature");
  EXPECT_EQ(testing::HeaderOf(response.body)["kid"], keys_.signing().kid);
  EXPECT_FALSE(Verifies(response));
}

TEST_F(SignedUserinfoTest, OtherAlgorithmsAreSaidInTheHeader) {
  const http::Response none = Userinfo("signed-userinfo-alg-none");
  EXPECT_EQ(testing::HeaderOf(none.body)["alg"], "none");
  EXPECT_TRUE(none.body.ends_with('.'));
  EXPECT_EQ(testing::HeaderOf(Userinfo("signed-userinfo-rs512").body)["alg"], "RS512");
}

TEST_F(SignedUserinfoTest, MayBeAboutSomebodyElse) {
  const http::Response response = Userinfo("userinfo-other-sub");
  EXPECT_TRUE(Verifies(response));
  const auto claims = testing::VerifyByCjose(response.body, JsonOf(Get("/connect/jwk_uri")));
  EXPECT_NE(claims.value_or(PlainJson::object())["sub"], "656005750105");
}

TEST_F(SignedUserinfoTest, MayBeOfAnotherKind) {
  const http::Response plain = Userinfo("signed-userinfo-plain");
  EXPECT_EQ(PlainJson::parse(plain.body, nullptr, false)["sub"], "656005750105");

  const http::Response id_token = Userinfo("signed-userinfo-id-token");
  EXPECT_EQ(TypeOf(id_token), "application/jwt");
  EXPECT_EQ(id_token.body, id_token_);

  const http::Response other_type = Userinfo("signed-userinfo-other-type");
  EXPECT_TRUE(TypeOf(other_type).starts_with("application/json"));
  EXPECT_TRUE(Verifies(other_type));
}

TEST_F(SignedUserinfoTest, PlainIsTheDefault) {
  registration_.sign_userinfo = false;
  EXPECT_TRUE(TypeOf(Userinfo()).starts_with("application/json"));
  EXPECT_EQ(TypeOf(Userinfo("userinfo-signed")), "application/jwt");
}

}  // namespace
}  // namespace cis2::simulator
