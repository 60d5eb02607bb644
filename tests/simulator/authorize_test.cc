#include "tests/simulator/authorize.h"

#include "tests/simulator/test_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace cis2::simulator {
namespace {

using testing::AsFields;
using testing::Encode;
using testing::FieldMap;
using ::testing::HasSubstr;
using testing::kCallback;
using ::testing::Not;

class AuthorizeTest : public testing::SimulatorTest {
 protected:
  // The page or redirect for the usual request with one field changed; an empty value drops it.
  Answer AskWith(const std::string& name, const std::string& value) {
    FieldMap fields = AuthorizationFields();
    fields[name] = value;
    if (value.empty()) {
      fields.erase(name);
    }
    return Get("/authorize", Encode(AsFields(fields)));
  }
  static std::string TransactionOn(const Answer& page) {
    const std::string mark = "name=\"transaction\" value=\"";
    const auto at = page.response.body.find(mark) + mark.size();
    return page.response.body.substr(at, page.response.body.find('"', at) - at);
  }
  Answer Press(const std::string& name, const std::string& transaction) {
    return Post("/authorize", Encode({{"transaction", transaction}, {"operator", name}}));
  }
};

TEST_F(AuthorizeTest, ThePageHasOneFormPerOperatorAndOneThatDenies) {
  const Answer page = AskWith("state", "hello");

  EXPECT_EQ(page.response.status, 200);
  for (const auto& who : Operators()) {
    EXPECT_THAT(page.response.body,
                HasSubstr("<form id=\"as-" + std::string(who.name) + "\" method=\"post\">"));
  }
  EXPECT_THAT(page.response.body, HasSubstr("<form id=\"deny\" method=\"post\">"));
  EXPECT_THAT(page.response.body, Not(HasSubstr("<script")));
  EXPECT_EQ(http::FindHeader(page.response.headers, "Cache-Control"), "no-store");
}

TEST_F(AuthorizeTest, WhatTheClientSentIsEscapedOnThePage) {
  const Answer page = AskWith("acr_values", "<script>alert(1)</script>");
  EXPECT_THAT(page.response.body, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page.response.body, Not(HasSubstr("<script")));
}

TEST_F(AuthorizeTest, PressingAFormRedirectsBackWithCodeAndStateAndUnknownExtras) {
  const Answer page = AskWith("state", "a state & more");
  const Answer back = Press("one-role", TransactionOn(page));

  EXPECT_THAT(std::string(*http::FindHeader(back.response.headers, "Location")),
              ::testing::StartsWith(kCallback + "?"));
  FieldMap fields = ReturnedBy(back);
  EXPECT_EQ(fields["state"], "a state & more");
  EXPECT_EQ(fields["client_id"], testing::kClientId);
  EXPECT_EQ(fields.count("session_state"), 1U);
  EXPECT_EQ(fields["code"].size(), 43U);
  EXPECT_EQ(fields.count("iss"), 0U);
  EXPECT_EQ(fields.size(), 4U);
}

TEST_F(AuthorizeTest, WithoutAStateNoneComesBack) {
  EXPECT_EQ(ReturnedBy(Press("one-role", TransactionOn(AskWith("state", "")))).count("state"), 0U);
}

TEST_F(AuthorizeTest, ATransactionWorksOnce) {
  const std::string transaction = TransactionOn(AskWith("state", "hello"));
  EXPECT_EQ(Press("one-role", transaction).response.status, 302);
  EXPECT_EQ(Press("one-role", transaction).response.status, 400);
}

TEST_F(AuthorizeTest, ATransactionEndsAfterTenMinutes) {
  const std::string transaction = TransactionOn(AskWith("state", "hello"));
  clock_.Advance(kTransactionLifetime);
  EXPECT_EQ(Press("one-role", transaction).response.status, 400);
}

TEST_F(AuthorizeTest, AnUnknownOperatorOrTransactionIsRefused) {
  const std::string transaction = TransactionOn(AskWith("state", "hello"));
  EXPECT_EQ(Press("nobody", transaction).response.status, 400);
  EXPECT_EQ(Press("one-role", "").response.status, 400);
  EXPECT_EQ(Press("one-role", "another").response.status, 400);
  EXPECT_EQ(Press("one-role", transaction).response.status, 302) << "a mistake uses nothing up";
}

TEST_F(AuthorizeTest, DenyAnswersAccessDeniedWithTheState) {
  FieldMap fields = ReturnedBy(Press("deny", TransactionOn(AskWith("state", "hello"))));
  EXPECT_EQ(fields["error"], "access_denied");
  EXPECT_EQ(fields["state"], "hello");
  EXPECT_EQ(fields.count("code"), 0U);
}

TEST_F(AuthorizeTest, TheRobotSignsInWithoutAPage) {
  EXPECT_EQ(SignIn("one-role").count("code"), 1U);
  EXPECT_EQ(SignIn("deny")["error"], "access_denied");
}

TEST_F(AuthorizeTest, AQueryOfTheRedirectUriIsKept) {
  FieldMap fields = AuthorizationFields();
  fields["redirect_uri"] = kCallback + "?tenant=1";
  bench_.robot = "one-role";
  const Answer back = Get("/authorize", Encode(AsFields(fields)));
  EXPECT_THAT(std::string(*http::FindHeader(back.response.headers, "Location")),
              ::testing::StartsWith(kCallback + "?tenant=1&code="));
}

TEST_F(AuthorizeTest, TheIssParameterIsSentInAnswersAndErrorsWhenPromised) {
  registration_.iss_parameter = true;
  EXPECT_EQ(SignIn("one-role")["iss"], testing::kIssuer);
  EXPECT_EQ(SignIn("deny")["iss"], testing::kIssuer);
}

// The way back cannot be trusted, so nothing goes there.
TEST_F(AuthorizeTest, AnUntrustedRequestShowsAPageAndNeverRedirects) {
  bench_.robot = "one-role";
  const std::pair<const char*, std::string> cases[] = {
      {"client_id", ""},
      {"client_id", "another"},
      {"redirect_uri", ""},
      {"redirect_uri", kCallback + "/"},
      {"redirect_uri", kCallback + "?x=1"},
      {"redirect_uri", "https://SERVER.example:8443/callback"},
      {"redirect_uri", "https://evil.example/callback"},
      {"state", "\xff"},
  };
  for (const auto& [name, value] : cases) {
    const Answer answer = AskWith(name, value);
    EXPECT_EQ(answer.response.status, 400) << name << "=" << value;
    EXPECT_FALSE(http::FindHeader(answer.response.headers, "Location")) << name << "=" << value;
  }
  EXPECT_TRUE(bench_.memory.Codes().empty());
}

TEST_F(AuthorizeTest, AClientIdOrRedirectUriGivenTwiceShowsAPage) {
  for (const auto* name : {"client_id", "redirect_uri"}) {
    auto fields = AsFields(AuthorizationFields());
    fields.emplace_back(name, AuthorizationFields()[name]);
    EXPECT_EQ(Get("/authorize", Encode(fields)).response.status, 400) << name;
  }
}

TEST_F(AuthorizeTest, AnyOtherParameterGivenTwiceIsInvalid) {
  for (const auto* name : {"response_type", "scope", "state", "nonce", "acr_values", "prompt", "max_age",
                           "code_challenge", "code_challenge_method"}) {
    auto fields = AsFields(AuthorizationFields());
    fields.emplace_back(name, AuthorizationFields()[name]);
    EXPECT_EQ(ReturnedBy(Get("/authorize", Encode(fields)))["error"], "invalid_request") << name;
  }
}

TEST_F(AuthorizeTest, AFaultyRequestIsRedirectedBackWithItsError) {
  bench_.robot = "one-role";
  struct Row {
    const char* name;
    const char* value;
    const char* error;
  };
  const Row rows[] = {
      {"response_type", "", "unsupported_response_type"},
      {"response_type", "token", "unsupported_response_type"},
      {"response_type", "code id_token", "unsupported_response_type"},
      {"scope", "", "invalid_scope"},
      {"scope", "profile", "invalid_scope"},
      {"scope", "openid odscodes", "invalid_scope"},
      {"prompt", "none", "login_required"},
      {"max_age", "5m", "invalid_request"},
      {"max_age", "-1", "invalid_request"},
      {"code_challenge_method", "plain", "invalid_request"},
      {"code_challenge_method", "", "invalid_request"},
      {"code_challenge", "", "invalid_request"},
      {"code_challenge", "too-short", "invalid_request"},
  };
  for (const auto& row : rows) {
    FieldMap fields = ReturnedBy(AskWith(row.name, row.value));
    EXPECT_EQ(fields["error"], row.error) << row.name << "=" << row.value;
    EXPECT_EQ(fields["state"], "hello") << row.name;
    EXPECT_EQ(fields.count("code"), 0U) << row.name;
  }
}

TEST_F(AuthorizeTest, WhatIsAskedIsRemembered) {
  const auto parsed = ParseAuthorization(Encode(AsFields(AuthorizationFields())), registration_.client);
  const auto* const request = std::get_if<AuthorizationRequest>(&parsed);
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(request->prompt, "login");
  EXPECT_EQ(request->max_age, 300);
  EXPECT_EQ(request->acr, "AAL3_ANY");
  EXPECT_EQ(request->scopes, (std::vector<std::string>{"openid", "nationalrbacaccess", "associatedorgs"}));
}

TEST_F(AuthorizeTest, OtherMethodsAndPathsAreRefused) {
  EXPECT_EQ(Get("/access_token").response.status, 405);
  EXPECT_EQ(http::FindHeader(Get("/access_token").response.headers, "Allow"), "POST");
  EXPECT_EQ(Post("/connect/jwk_uri", "").response.status, 405);
  EXPECT_EQ(Get("/authorize/").response.status, 404);
  EXPECT_EQ(Get("").response.status, 404);
}

}  // namespace
}  // namespace cis2::simulator
