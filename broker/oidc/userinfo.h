// UserInfo (OIDC Core 5.3; facts: cis2.md section 5), as plain JSON.
//
// Asked once, with the access token as a Bearer header, and believed only for the `sub` of the ID token (NHS
// CIA UI Req 001). CIS2 sends lists, and some of its clients have met one object in place of a list; both are
// read. What is missing is empty; what has another form refuses: a role half understood must not decide.
#ifndef CIS2_BROKER_OIDC_USERINFO_H_
#define CIS2_BROKER_OIDC_USERINFO_H_

#include "broker/base/secret.h"
#include "broker/http/client.h"
#include "broker/identity/identity.h"
#include "broker/reasons/reasons.h"

#include <string>
#include <vector>

namespace cis2::oidc {

struct Userinfo {
  std::vector<identity::Role> roles;
  std::vector<std::string> orgs;
};

// Blocks. kUserinfoRefused for 4xx, kUserinfoMalformed for another form, kUserinfoSubject, kIalUserinfoLower,
// kProviderUnavailable for no answer and 5xx.
reasons::Checked<Userinfo> RequestUserinfo(const std::string& userinfo_endpoint, http::Client& client,
                                           const base::Secret& access_token, const std::string& sub, int ial);

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_USERINFO_H_
