#include "broker/oidc/sign_in.h"

#include "broker/base/result.h"
#include "broker/oidc/id_token.h"
#include "broker/oidc/redact.h"
#include "broker/oidc/token_request.h"
#include "broker/oidc/userinfo.h"

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

bool SignIn::IsRefused(const std::string& redirect_uri) {
  const auto discovery = provider_.CurrentDiscovery();
  if (discovery == nullptr) {
    return false;
  }
  const SignInRequest made_up{.code = base::RandomToken(random_),
                              .transaction = NewTransaction(settings_, random_),
                              .redirect_uri = redirect_uri};
  const auto tokens =
      RequestTokens(settings_, discovery->token_endpoint, client_, credential_, clock_, random_, made_up);
  return !tokens && tokens.error().reason == Reason::kTokenInvalidClient;
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
