// The ID token: OIDC Core 3.1.3.7, RFC 7519, RFC 8725; facts: cis2.md sections 0.1, 4, 12 and 13.
//
// Every check is one function in id_token.cc with one reason, run in the order written there; the first that
// fails refuses. Claims that are not named there are ignored. Times are whole seconds of the wall clock.
// Limits: a token of 64 KiB (jose/verify.h), an iat at most an hour old.
#ifndef CIS2_BROKER_OIDC_ID_TOKEN_H_
#define CIS2_BROKER_OIDC_ID_TOKEN_H_

#include "broker/base/clock.h"
#include "broker/base/secret.h"
#include "broker/config/config.h"
#include "broker/oidc/authorize.h"
#include "broker/oidc/provider.h"
#include "broker/reasons/reasons.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::oidc {

// What the token must fit. Borrowed for the call.
struct IdTokenContext {
  const config::Provider& settings;
  const Transaction& transaction;  // nonce and state
  const base::Secret& code;
  const base::Secret& access_token;
  base::WallTime now;
};

// What a token said that passed every check.
struct IdToken {
  std::string sub;
  int aal = 0;
  int ial = 0;
  std::string acr;  // may be empty when acr_values was not sent
  std::vector<std::string> amr;
  std::string sid;
  std::string selected_roleid;
  std::chrono::sys_seconds auth_time{};
  std::chrono::seconds auth_age{0};
};

// Chooses the key by kid, with one refetch when it is unknown; may block for that.
reasons::Checked<IdToken> VerifyIdToken(std::string_view token, Provider& provider,
                                        const IdTokenContext& context);

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_ID_TOKEN_H_
