#include "tests/simulator/misbehave.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cis2::simulator {
namespace {

Answer ServerError() {
  return RefusalAnswer(
      {500, "server_error", "The authorization server encountered an unexpected condition.", "misbehaviour"});
}

Answer Hang() {
  Answer answer;
  answer.hang = true;
  answer.note = "misbehaviour";
  return answer;
}

Answer Refused(int status, std::string_view error, std::string_view description) {
  return RefusalAnswer({status, error, description, "misbehaviour"});
}

void SignWith(IdTokenDraft& draft, const Key& key) {
  draft.signer = &key;
  draft.header["kid"] = key.kid;
  draft.header["alg"] = key.alg;
}

// Rows are grouped by the artefact they change. A hook is as short as its rule: what needs more is a function
// above.
constexpr auto kRows = std::to_array<Misbehaviour>({
    // Discovery.
    {.name = "discovery-500",
     .what = "discovery answers 500",
     .discovery = [](DiscoveryDraft& d) { d.delivery.instead = ServerError(); }},
    {.name = "discovery-hang",
     .what = "discovery never answers",
     .discovery = [](DiscoveryDraft& d) { d.delivery.instead = Hang(); }},
    {.name = "discovery-other-issuer",
     .what = "discovery names another issuer",
     .discovery =
         [](DiscoveryDraft& d) {
           d.document["issuer"] = d.document["issuer"].get<std::string>() + "/other";
         }},

    // Keys.
    {.name = "jwks-500",
     .what = "the JWKS answers 500",
     .jwks = [](JwksDraft& d) { d.delivery.instead = ServerError(); }},
    {.name = "rotated-key",
     .what = "a new key signs; the JWKS has it in place of the old one",
     .jwks = [](JwksDraft& d) { d.document["keys"][0] = PublicJwk(d.keys.Successor()); },
     .id_token = [](IdTokenDraft& d) { SignWith(d, d.keys.Successor()); }},

    // Authorization.
    {.name = "authorize-error",
     .what = "the authorization endpoint redirects back with server_error when somebody signs in",
     .sign_in =
         [](SignInDraft& d) {
           d.error = AuthorizationError{d.request.redirect_uri, d.request.state, "server_error",
                                        "The authorization server encountered an unexpected condition."};
         }},
    {.name = "callback-wrong-state",
     .what = "the redirect back has another state",
     .callback = [](CallbackDraft& d) { d.Set("state", "not-the-state-that-was-sent"); }},
    {.name = "callback-wrong-iss",
     .what = "the redirect back has an iss parameter of another issuer",
     .callback = [](CallbackDraft& d) { d.Set("iss", "https://other.sim-cis2.example:443/openam/oauth2"); }},

    // Token endpoint.
    {.name = "token-500",
     .what = "the token endpoint answers 500",
     .token_request = [](RequestDraft& d) { d.delivery.instead = ServerError(); }},
    {.name = "token-hang",
     .what = "the token endpoint never answers",
     .token_request = [](RequestDraft& d) { d.delivery.instead = Hang(); }},
    {.name = "token-invalid-grant",
     .what = "the token endpoint refuses the code",
     .token_request =
         [](RequestDraft& d) {
           d.delivery.instead =
               Refused(400, "invalid_grant", "The provided access grant is invalid, expired, or revoked.");
         }},
    {.name = "token-invalid-client",
     .what = "the token endpoint refuses the client",
     .token_request =
         [](RequestDraft& d) { d.delivery.instead = Refused(401, "invalid_client", "JWT is not valid"); }},

    // ID token.
    {.name = "bad-signature",
     .what = "another key signed the ID token, under the kid of the right one",
     .id_token = [](IdTokenDraft& d) { d.signer = &d.keys.Stranger(); }},
    {.name = "alg-none",
     .what = "the ID token is not signed, alg none",
     .id_token =
         [](IdTokenDraft& d) {
           d.signer = nullptr;
           d.header["alg"] = "none";
         }},
    {.name = "wrong-nonce",
     .what = "the ID token has another nonce",
     .id_token = [](IdTokenDraft& d) { d.claims["nonce"] = "not-the-nonce-that-was-sent"; }},

    // Userinfo.
    {.name = "userinfo-401",
     .what = "userinfo refuses the access token",
     .userinfo_request =
         [](RequestDraft& d) {
           d.delivery.instead =
               Refused(401, "invalid_token",
                       "The access token provided is expired, revoked, malformed, or invalid "
                       "for other reasons.");
         }},
    {.name = "userinfo-500",
     .what = "userinfo answers 500",
     .userinfo_request = [](RequestDraft& d) { d.delivery.instead = ServerError(); }},
    {.name = "userinfo-hang",
     .what = "userinfo never answers",
     .userinfo_request = [](RequestDraft& d) { d.delivery.instead = Hang(); }},
    {.name = "userinfo-other-sub",
     .what = "userinfo is about somebody else",
     .userinfo = [](UserinfoDraft& d) { d.claims["sub"] = "656005759999"; }},
});

}  // namespace

void CallbackDraft::Set(std::string_view name, std::string value) {
  const auto found = std::ranges::find(parameters, name, &http::FormField::first);
  if (found == parameters.end()) {
    parameters.emplace_back(name, std::move(value));
  } else {
    found->second = std::move(value);
  }
}

std::span<const Misbehaviour> KnownMisbehaviours() { return kRows; }

bool Misbehaviours::Set(std::string_view name, unsigned times) {
  const auto* const row = std::ranges::find(kRows, name, &Misbehaviour::name);
  if (row == kRows.end()) {
    return false;
  }
  std::erase_if(active_, [row](const Active& entry) { return entry.row == row; });
  active_.push_back({row, times});
  return true;
}

void ClaimOverrides::ApplyTo(Json& claims) const {
  for (const auto& [name, value] : changes_) {
    if (value) {
      claims[name] = *value;
    } else {
      claims.erase(name);
    }
  }
}

}  // namespace cis2::simulator
