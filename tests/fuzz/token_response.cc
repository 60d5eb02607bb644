// The answer of the token endpoint: oidc::RequestTokens.
//
// Invariant: tokens come out of a 200 alone, the access token fits into a header, and a refusal repeats
// nothing of what was sent.
#include "broker/oidc/response_rules.h"
#include "broker/oidc/token_request.h"
#include "tests/fuzz/http_answer.h"
#include "tests/fuzz/target.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/broker/oidc/relying_party.h"

namespace cis2::fuzz {
namespace {

using reasons::Reason;

// A client with a secret, which costs nothing to send.
struct Client {
  Client() {
    settings.client_auth = config::ClientAuth::kClientSecretPost;
    settings.client_secret_file = folder.Write("secret", "client-secret-canary\n");
    auto loaded = oidc::ClientCredential::Load(settings);
    Require(loaded.has_value(), "the test's own secret loads");
    credential = *std::move(loaded);
  }
  tests::TempDir folder;
  config::Provider settings = oidc::TestSettings();
  oidc::ClientCredential credential;
};

reasons::Checked<oidc::Tokens> Request(const http::Response& answer) {
  static const Client client;
  const tests::FakeClock clock;
  tests::FakeRandom random;
  tests::ScriptedHttp http;
  http.Answer(oidc::kTokenUrl, answer);
  const oidc::SignInRequest request{.code = base::Secret(oidc::kCode),
                                    .transaction = oidc::NewTransaction(client.settings, random),
                                    .redirect_uri = oidc::kRedirectUri};
  return oidc::RequestTokens(client.settings, oidc::kTokenUrl, http, client.credential, clock, random,
                             request);
}

}  // namespace

Judgement Judge(std::string_view input) {
  const http::Response answer = AnswerOf(input);
  const auto fresh = oidc::FreshFor(answer.headers);
  Require(fresh >= std::chrono::minutes(1) && fresh <= std::chrono::hours(1), "freshness has its limits");
  const auto tokens = Request(answer);
  if (!tokens) {
    RequireRefusal(tokens.error(),
                   {Reason::kTokenInvalidGrant, Reason::kTokenInvalidClient, Reason::kTokenError,
                    Reason::kTokenMalformed, Reason::kProviderUnavailable});
    const bool outage = answer.status >= 500 || answer.status == 429;
    Require(outage == (tokens.error().reason == Reason::kProviderUnavailable),
            "5xx and 429, and nothing else, are an outage");
    Require(tokens.error().detail.find(oidc::kCode) == std::string::npos, "no code in a detail");
    return Judgement::kRefused;
  }
  Require(answer.status == 200, "tokens come with status 200 alone");
  const std::string_view access_token = tokens->access_token.Reveal();
  Require(!access_token.empty() && access_token.size() <= std::size_t{8} * 1024,
          "an access token has its limit");
  Require(IsPrintable(access_token) && access_token.find(' ') == std::string_view::npos,
          "an access token fits into a header");
  Require(!tokens->id_token.empty(), "there is an ID token");
  return Judgement::kAccepted;
}

}  // namespace cis2::fuzz
