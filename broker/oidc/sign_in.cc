#include "broker/oidc/sign_in.h"

#include "broker/base/result.h"
#include "broker/oidc/id_token.h"
#include "broker/oidc/redact.h"
#include "broker/oidc/token_request.h"
#include "broker/oidc/userinfo.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace cis2::oidc {
namespace {

using identity::Identity;
using reasons::Checked;
using reasons::Reason;
using reasons::Refuse;

Identity ToIdentity(const std::string& issuer, IdToken id_token, Userinfo userinfo) {
  return {.iss = issuer,
          .sub = std::move(id_token.sub),
          .ial = id_token.ial,
          .aal = id_token.aal,
          .acr = std::move(id_token.acr),
          .amr = std::move(id_token.amr),
          .sid = std::move(id_token.sid),
          .auth_time = id_token.auth_time,
          .auth_age = id_token.auth_age,
          .selected_roleid = std::move(id_token.selected_roleid),
          .roles = std::move(userinfo.roles),
          .orgs = std::move(userinfo.orgs)};
}

// RFC 6749 section 5.2, but invalid_client: what a token endpoint says to a client that it knows.
constexpr std::array<std::string_view, 5> kErrorsForAKnownClient = {
    "invalid_request", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"};

// Whether a token endpoint that answered like this refuses us. Nothing: no failure on the way to it, answer of
// something before it, or key of ours that cannot sign says whether it does.
std::optional<bool> SaysRefused(const reasons::Refusal& refusal) {
  if (refusal.reason == Reason::kTokenInvalidClient) {
    return true;
  }
  const bool known =
      std::ranges::find(kErrorsForAKnownClient, refusal.detail) != kErrorsForAKnownClient.end();
  return known ? std::optional(false) : std::nullopt;
}

}  // namespace

SignIn::SignIn(const config::Provider& settings, Provider& provider, http::Client& client,
               const ClientCredential& credential, const base::Clock& clock, base::Random& random)
    : settings_(settings),
      provider_(provider),
      client_(client),
      credential_(credential),
      clock_(clock),
      random_(random) {}

// One exchange: redeem the code, prove the ID token, ask userinfo. What of it fails says so without a secret.
Checked<Identity> SignIn::Run(const SignInRequest& request) {
  const auto discovery = provider_.CurrentDiscovery();
  if (discovery == nullptr) {
    return Refuse(Reason::kProviderNotReady);
  }
  auto tokens =
      RequestTokens(settings_, discovery->token_endpoint, client_, credential_, clock_, random_, request);
  auto identity =
      tokens ? Prove(*discovery, *tokens, request) : Checked<Identity>(std::unexpected(tokens.error()));
  if (identity) {
    return identity;
  }
  if (identity.error().reason == Reason::kProviderUnavailable) {
    provider_.Suspect();
  }
  if (identity.error().reason == Reason::kTokenInvalidClient) {
    provider_.DoubtClient();
  }
  const Transaction& sent = request.transaction;
  std::vector<const base::Secret*> secrets = {&request.code, &sent.state, &sent.nonce, &sent.code_verifier,
                                              &credential_.secret()};
  if (tokens) {
    secrets.insert(secrets.end(), {&tokens->access_token, &tokens->id_token});
  }
  return std::unexpected(WithoutSecrets(std::move(identity).error(), secrets));
}

std::optional<bool> SignIn::IsRefused(const std::string& redirect_uri) {
  const auto discovery = provider_.CurrentDiscovery();
  if (discovery == nullptr) {
    return std::nullopt;
  }
  const SignInRequest made_up{.code = base::RandomToken(random_),
                              .transaction = NewTransaction(settings_, random_),
                              .redirect_uri = redirect_uri};
  const auto tokens =
      RequestTokens(settings_, discovery->token_endpoint, client_, credential_, clock_, random_, made_up);
  return tokens ? std::optional(false) : SaysRefused(tokens.error());
}

Checked<Identity> SignIn::Prove(const Discovery& discovery, const Tokens& tokens,
                                const SignInRequest& request) {
  const IdTokenContext context{.settings = settings_,
                               .transaction = request.transaction,
                               .code = request.code,
                               .access_token = tokens.access_token,
                               .now = clock_.WallNow()};
  CIS2_TRY(IdToken id_token, VerifyIdToken(tokens.id_token.Reveal(), provider_, context));
  Userinfo userinfo;
  if (settings_.userinfo) {
    const UserinfoContext userinfo_context{.settings = settings_,
                                           .provider = provider_,
                                           .access_token = tokens.access_token,
                                           .sub = id_token.sub,
                                           .ial = id_token.ial,
                                           .now = clock_.WallNow()};
    CIS2_TRY(userinfo, RequestUserinfo(discovery.userinfo_endpoint, client_, userinfo_context));
  }
  return ToIdentity(settings_.issuer, std::move(id_token), std::move(userinfo));
}

}  // namespace cis2::oidc
