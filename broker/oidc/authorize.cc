#include "broker/oidc/authorize.h"

#include "broker/base/text.h"
#include "broker/http/message.h"

namespace cis2::oidc {
namespace {

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

void AddIfSet(std::vector<http::FormField>& query, const char* name, const std::string& value) {
  if (!value.empty()) {
    query.emplace_back(name, value);
  }
}

}  // namespace

Transaction NewTransaction(const config::Provider& settings, base::Random& random) {
  return {.state = base::RandomToken(random),
          .nonce = base::RandomToken(random),
          .code_verifier = settings.pkce ? base::RandomToken(random) : base::Secret()};
}

std::string CodeChallenge(const base::Secret& code_verifier) {
  return base::Base64UrlEncode(base::Sha256(code_verifier.Reveal()));
}

std::string AuthorizationUrl(const config::Provider& settings, const Discovery& discovery,
                             const std::string& redirect_uri, const Transaction& transaction) {
  std::vector<http::FormField> query = {{"response_type", "code"},
                                        {"client_id", settings.client_id},
                                        {"redirect_uri", redirect_uri},
                                        {"scope", Joined(settings.scopes)},
                                        {"state", std::string(transaction.state.Reveal())},
                                        {"nonce", std::string(transaction.nonce.Reveal())}};
  AddIfSet(query, "acr_values", settings.acr_values);
  AddIfSet(query, "prompt", settings.prompt);
  query.emplace_back("max_age", std::to_string(settings.max_age.count()));
  if (!transaction.code_verifier.empty()) {
    query.emplace_back("code_challenge", CodeChallenge(transaction.code_verifier));
    query.emplace_back("code_challenge_method", "S256");
  }
  // RFC 6749 3.1: a query that the endpoint already has is kept.
  const std::string& endpoint = discovery.authorization_endpoint;
  return endpoint + (endpoint.find('?') == std::string::npos ? "?" : "&") + http::BuildForm(query);
}

}  // namespace cis2::oidc
