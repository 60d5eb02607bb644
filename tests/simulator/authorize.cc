#include "tests/simulator/authorize.h"

#include "broker/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace cis2::simulator {
namespace {

using Form = std::vector<http::FormField>;

// Every parameter that is looked at; each at most once (RFC 6749 section 3.1).
constexpr std::array<std::string_view, 11> kParameters = {
    "response_type", "client_id", "redirect_uri",          "scope",         "state", "nonce", "acr_values",
    "prompt",        "max_age",   "code_challenge_method", "code_challenge"};

bool AnyTwice(const Form& form) {
  return std::ranges::any_of(kParameters,
                             [&](std::string_view name) { return !http::SingleField(form, name); });
}

std::optional<std::string> Get(const Form& form, std::string_view name) {
  const auto field = http::SingleField(form, name);
  return field ? *field : std::nullopt;
}

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) {
      words.emplace_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool IsKnownScope(const std::string& scope) {
  return std::ranges::find(KnownScopes(), scope) != KnownScopes().end();
}

// A whole number of seconds from 0 up.
std::optional<std::int64_t> Seconds(const std::string& text) {
  std::int64_t value = -1;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end && value >= 0 ? std::optional(value) : std::nullopt;
}

// RFC 7636 section 4.2: 43 characters of base64url, the 32 bytes of a SHA-256.
bool IsS256Challenge(const std::string& challenge) {
  const auto bytes = base::Base64UrlDecode(challenge);
  return bytes && bytes->size() == 32;
}

struct Fault {
  std::string_view error;
  std::string_view description;
};

std::optional<Fault> ReadScopes(const Form& form, AuthorizationRequest& request) {
  request.scopes = Words(Get(form, "scope").value_or(""));
  if (!std::ranges::all_of(request.scopes, IsKnownScope)) {
    return Fault{"invalid_scope", "Unknown/invalid scope(s)"};
  }
  if (!request.HasScope("openid")) {
    return Fault{"invalid_scope", "The scope openid is missing"};
  }
  return std::nullopt;
}

std::optional<Fault> ReadSignInRules(const Form& form, AuthorizationRequest& request) {
  if (const auto acr = Words(Get(form, "acr_values").value_or("")); !acr.empty()) {
    request.acr = acr.front();
  }
  request.prompt = Get(form, "prompt").value_or("");
  const auto prompts = Words(request.prompt);
  if (std::ranges::find(prompts, "none") != prompts.end()) {
    return Fault{"login_required", "The request requires login."};
  }
  if (const auto max_age = Get(form, "max_age")) {
    request.max_age = Seconds(*max_age);
    if (!request.max_age) {
      return Fault{"invalid_request", "Invalid max_age"};
    }
  }
  return std::nullopt;
}

std::optional<Fault> ReadPkce(const Form& form, AuthorizationRequest& request) {
  const auto challenge = Get(form, "code_challenge");
  const auto method = Get(form, "code_challenge_method");
  if (!challenge && !method) {
    return std::nullopt;
  }
  // RFC 9700 section 2.1.1: S256 alone; a challenge without a method would mean "plain".
  if (method != "S256" || !challenge || !IsS256Challenge(*challenge)) {
    return Fault{"invalid_request", "Invalid code_challenge or code_challenge_method"};
  }
  request.code_challenge = *challenge;
  return std::nullopt;
}

std::optional<Fault> ReadAll(const Form& form, AuthorizationRequest& request) {
  if (AnyTwice(form)) {
    return Fault{"invalid_request", "A parameter is repeated"};
  }
  if (Get(form, "response_type") != "code") {
    return Fault{"unsupported_response_type", "Response type is not supported"};
  }
  if (const auto fault = ReadScopes(form, request)) {
    return fault;
  }
  if (const auto fault = ReadSignInRules(form, request)) {
    return fault;
  }
  return ReadPkce(form, request);
}

}  // namespace

bool AuthorizationRequest::HasScope(std::string_view scope) const {
  return std::ranges::find(scopes, scope) != scopes.end();
}

ParsedAuthorization ParseAuthorization(std::string_view query, const Client& client) {
  const auto form = http::ParseForm(query);
  const bool readable = form && std::ranges::all_of(*form, [](const http::FormField& f) {
                          return base::IsValidUtf8(f.second);
                        });
  if (!readable) {
    return PageError{"The request cannot be read."};
  }
  if (Get(*form, "client_id") != client.id) {
    return PageError{"The client is not known."};
  }
  AuthorizationRequest request;
  request.redirect_uri = Get(*form, "redirect_uri").value_or("");
  // RFC 9700 section 2.1: compared as a string, nothing else.
  if (std::ranges::find(client.redirect_uris, request.redirect_uri) == client.redirect_uris.end()) {
    return PageError{"The redirection URI provided does not match a pre-registered value."};
  }
  request.state = Get(*form, "state");
  request.nonce = Get(*form, "nonce");
  if (const auto fault = ReadAll(*form, request)) {
    return AuthorizationError{request.redirect_uri, request.state, std::string(fault->error),
                              std::string(fault->description)};
  }
  return request;
}

const std::vector<std::string_view>& KnownScopes() {
  static const std::vector<std::string_view> scopes = {"openid",
                                                       "profile",
                                                       "email",
                                                       "nhsperson",
                                                       "associatedorgs",
                                                       "selectedrole",
                                                       "changedrole",
                                                       "organisationalmemberships",
                                                       "nationalrbacaccess",
                                                       "professionalmemberships"};
  return scopes;
}

std::vector<http::FormField> ErrorParameters(const AuthorizationError& error) {
  std::vector<http::FormField> parameters = {{"error_description", error.description},
                                             {"error", error.error}};
  if (error.state) {
    parameters.emplace_back("state", *error.state);
  }
  return parameters;
}

std::string RedirectTarget(const std::string& redirect_uri, const std::vector<http::FormField>& parameters) {
  return redirect_uri + (redirect_uri.find('?') == std::string::npos ? '?' : '&') +
         http::BuildForm(parameters);
}

}  // namespace cis2::simulator
