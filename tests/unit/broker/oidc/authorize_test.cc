#include "broker/oidc/authorize.h"

#include "broker/http/message.h"
#include "tests/unit/broker/oidc/relying_party.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace cis2::oidc {
namespace {

using http::FormField;
using testing::UnorderedElementsAreArray;

class AuthorizeTest : public testing::Test {
 protected:
  std::string Url() { return AuthorizationUrl(settings_, discovery_, kRedirectUri, transaction_); }
  std::vector<FormField> Query() {
    const std::string url = Url();
    return *http::ParseForm(url.substr(url.find('?') + 1));
  }

  config::Provider settings_ = TestSettings();
  Discovery discovery_ = *ParseDiscovery(DiscoveryDocument().dump(), settings_);
  tests::FakeRandom random_;
  Transaction transaction_ = NewTransaction(settings_, random_);
};

TEST_F(AuthorizeTest, AsksForACodeWithEveryProtection) {
  const std::vector<FormField> expected = {{"response_type", "code"},
                                           {"client_id", kClientId},
                                           {"redirect_uri", kRedirectUri},
                                           {"scope", "openid"},
                                           {"state", std::string(transaction_.state.Reveal())},
                                           {"nonce", std::string(transaction_.nonce.Reveal())},
                                           {"acr_values", "AAL3_ANY"},
                                           {"prompt", "login"},
                                           {"max_age", "300"},
                                           {"code_challenge", CodeChallenge(transaction_.code_verifier)},
                                           {"code_challenge_method", "S256"}};
  EXPECT_THAT(Query(), UnorderedElementsAreArray(expected));
  EXPECT_TRUE(Url().starts_with(kIssuer + "/authorize?response_type=code&"));
}

TEST_F(AuthorizeTest, WhatIsConfiguredEmptyIsNotSent) {
  settings_.acr_values = "";
  settings_.prompt = "";
  settings_.pkce = false;
  settings_.scopes = {"openid", "profile", "nationalrbacaccess"};
  transaction_ = NewTransaction(settings_, random_);
  const std::vector<FormField> expected = {{"response_type", "code"},
                                           {"client_id", kClientId},
                                           {"redirect_uri", kRedirectUri},
                                           {"scope", "openid profile nationalrbacaccess"},
                                           {"state", std::string(transaction_.state.Reveal())},
                                           {"nonce", std::string(transaction_.nonce.Reveal())},
                                           {"max_age", "300"}};
  EXPECT_THAT(Query(), UnorderedElementsAreArray(expected));
}

TEST_F(AuthorizeTest, TheVerifierIsNotInTheUrl) {
  EXPECT_EQ(Url().find(transaction_.code_verifier.Reveal()), std::string::npos);
}

TEST_F(AuthorizeTest, OneTransactionAlwaysGivesOneUrl) { EXPECT_EQ(Url(), Url()); }

TEST_F(AuthorizeTest, AnEndpointWithAQueryKeepsIt) {
  discovery_.authorization_endpoint += "?realm=x";
  EXPECT_TRUE(Url().starts_with(kIssuer + "/authorize?realm=x&response_type=code&"));
}

TEST_F(AuthorizeTest, TheThreeValuesAre256BitsAndDiffer) {
  const Transaction other = NewTransaction(settings_, random_);
  std::vector<std::string> values;
  for (const Transaction* t : std::initializer_list<const Transaction*>{&transaction_, &other}) {
    for (const base::Secret* secret : {&t->state, &t->nonce, &t->code_verifier}) {
      EXPECT_EQ(secret->size(), 43U);
      values.emplace_back(secret->Reveal());
    }
  }
  std::ranges::sort(values);
  EXPECT_EQ(std::ranges::adjacent_find(values), values.end());
}

// RFC 7636 appendix B.
TEST(CodeChallengeTest, Rfc7636AppendixB) {
  EXPECT_EQ(CodeChallenge(base::Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

}  // namespace
}  // namespace cis2::oidc
