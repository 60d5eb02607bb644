#include "broker/oidc/token_request.h"

#include "broker/base/json.h"
#include "broker/base/text.h"
#include "broker/oidc/response_rules.h"

#include <algorithm>

namespace cis2::oidc {
namespace {

using base::Json;
using reasons::Checked;
using reasons::Reason;
using reasons::Refusal;
using reasons::Refuse;

constexpr std::size_t kMaxAccessToken = 8UL * 1024;
constexpr std::size_t kMaxErrorName = 64;
constexpr const char* kWhat = "token endpoint";

void WipeAll(std::vector<std::pair<std::string, std::string>>& fields) {
  for (auto& [name, value] : fields) {
    Wipe(value);
  }
}

std::vector<http::FormField> GrantForm(const config::Provider& settings, const SignInRequest& request) {
  std::vector<http::FormField> form = {{"grant_type", "authorization_code"},
                                       {"code", std::string(request.code.Reveal())},
                                       {"redirect_uri", request.redirect_uri},
                                       {"client_id", settings.client_id}};
  if (!request.transaction.code_verifier.empty()) {
    form.emplace_back("code_verifier", request.transaction.code_verifier.Reveal());
  }
  return form;
}

// The document of an answer that is JSON and one object.
std::optional<Json> JsonObjectOf(const http::Response& response) {
  if (!HasMediaType(response.headers, "application/json")) {
    return std::nullopt;
  }
  auto document = base::ParseJson(response.body);
  return document && document->is_object() ? std::move(document) : std::nullopt;
}

// A name as RFC 6749 section 5.2 and its extensions have them. Nothing else goes into a log line: it might be
// the code that we sent, given back.
bool IsErrorName(std::string_view error) {
  return error.size() <= kMaxErrorName &&
         std::ranges::all_of(error, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// RFC 6749 section 5.2. The description is left out, since it too might repeat what we sent.
Refusal RefusalOf(const http::Response& response) {
  const auto document = JsonObjectOf(response);
  const auto error = document ? base::StringMember(*document, "error") : std::nullopt;
  if (!error) {
    return {.reason = Reason::kTokenError, .detail = StatusDetail(kWhat, response.status), .args = {}};
  }
  const Reason reason = *error == "invalid_grant"    ? Reason::kTokenInvalidGrant
                        : *error == "invalid_client" ? Reason::kTokenInvalidClient
                                                     : Reason::kTokenError;
  return {.reason = reason,
          .detail = IsErrorName(*error) ? *error : StatusDetail(kWhat, response.status),
          .args = {}};
}

// RFC 6749 section 5.1: token_type is compared without case.
bool IsBearer(const Json& document) {
  const auto type = base::StringMember(document, "token_type");
  return type && base::EqualWithoutCase(*type, "bearer");
}

bool LifetimeIsAbsentOrANumber(const Json& document) {
  return base::Member(document, "expires_in") == nullptr || base::IntegerMember(document, "expires_in") >= 0;
}

// Moves a string out of the document, so that no copy of a token stays behind.
base::Secret TakeString(Json& document, const char* name) {
  const auto it = document.find(name);
  auto* text = it == document.end() ? nullptr : it->get_ptr<std::string*>();
  return text == nullptr ? base::Secret() : base::Secret::Take(*text);
}

// It goes into a header: RFC 6749 appendix A.12 without the space.
bool IsAccessToken(std::string_view token) {
  return !token.empty() && token.size() <= kMaxAccessToken &&
         std::ranges::all_of(token, [](char c) { return c > 0x20 && c <= 0x7e; });
}

Checked<Tokens> ReadTokens(const http::Response& response) {
  if (response.status >= 400) {
    return std::unexpected(RefusalOf(response));
  }
  if (response.status != 200) {
    return Refuse(Reason::kTokenMalformed, StatusDetail(kWhat, response.status));
  }
  auto document = JsonObjectOf(response);
  if (!document) {
    return Refuse(Reason::kTokenMalformed, "the answer is not one JSON object");
  }
  Tokens tokens{.access_token = TakeString(*document, "access_token"),
                .id_token = TakeString(*document, "id_token")};
  if (!IsBearer(*document) || !LifetimeIsAbsentOrANumber(*document)) {
    return Refuse(Reason::kTokenMalformed, "token_type is not Bearer, or expires_in is not a number");
  }
  if (!IsAccessToken(tokens.access_token.Reveal()) || tokens.id_token.empty()) {
    return Refuse(Reason::kTokenMalformed, "access_token or id_token is missing or not a token");
  }
  return tokens;
}

}  // namespace

Checked<Tokens> RequestTokens(const config::Provider& settings, const std::string& token_endpoint,
                              http::Client& client, const ClientCredential& credential,
                              const base::Clock& clock, base::Random& random, const SignInRequest& request) {
  http::ClientRequest post(http::Method::kPost, token_endpoint);
  post.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  auto form = GrantForm(settings, request);
  const auto authenticated =
      credential.Authenticate(settings, token_endpoint, clock, random, post.headers, form);
  if (!authenticated) {
    WipeAll(form);
    return Refuse(Reason::kLoginInternal, authenticated.error().message);
  }
  post.body = http::BuildForm(form);
  WipeAll(form);
  auto result = client.Send(post);
  Wipe(post.body);
  WipeAll(post.headers);
  if (auto refusal = Unavailable(result, kWhat)) {
    return std::unexpected(*std::move(refusal));
  }
  auto tokens = ReadTokens(*result);
  Wipe(result->body);
  return tokens;
}

}  // namespace cis2::oidc
