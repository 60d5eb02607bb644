// UserInfo (OIDC Core 5.3; facts: cis2.md section 5): plain JSON, or a signed JWT where that is registered.
//
// Asked once, with the access token as a Bearer header, and believed only for the `sub` of the ID token (NHS
// CIA UI Req 001). CIS2 sends lists, and some of its clients have met one object in place of a list; both are
// read. What is missing is empty; what has another form refuses: a role half understood must not decide.
//
// A signed answer (OIDC Core 5.3.2) is verified like an ID token before its claims are read. CIS2's has no
// aud; iss, aud and exp must fit where they are there, and what has a nonce or events is another kind of
// token (RFC 8725 3.12). Plain where signed is configured is refused, and the reverse.
//
// In profile oidc roles and organisations are plain strings, in the claims that the settings name.
#ifndef CIS2_BROKER_OIDC_USERINFO_H_
#define CIS2_BROKER_OIDC_USERINFO_H_

#include "broker/base/clock.h"
#include "broker/base/secret.h"
#include "broker/config/config.h"
#include "broker/http/client.h"
#include "broker/identity/identity.h"
#include "broker/oidc/provider.h"
#include "broker/reasons/reasons.h"

#include <string>
#include <vector>

namespace cis2::oidc {

struct Userinfo {
  std::vector<identity::Role> roles;
  std::vector<std::string> orgs;
};

// What the answer must fit, and what is needed to verify it. Borrowed for the call.
struct UserinfoContext {
  const config::Provider& settings;
  Provider& provider;  // its keys
  const base::Secret& access_token;
  const std::string& sub;  // of the ID token
  int ial = 0;             // of the ID token
  base::WallTime now;
};

// Blocks. kUserinfoRefused for 4xx, kUserinfoMalformed for another form, kUserinfoSignature, kUserinfoClaims,
// kUserinfoSubject, kIalUserinfoLower, kProviderUnavailable for no answer and 5xx.
reasons::Checked<Userinfo> RequestUserinfo(const std::string& userinfo_endpoint, http::Client& client,
                                           const UserinfoContext& context);

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_USERINFO_H_
