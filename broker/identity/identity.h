// What was proved about a person by one sign-in. Only oidc/ makes an Identity, after every check passed.
#ifndef CIS2_BROKER_IDENTITY_IDENTITY_H_
#define CIS2_BROKER_IDENTITY_IDENTITY_H_

#include "broker/base/clock.h"

#include <chrono>
#include <string>
#include <vector>

namespace cis2::identity {

// One entry of nhsid_nrbac_roles (facts: cis2.md section 5).
struct Role {
  std::string person_roleid;
  std::string org_code;
  std::string role_code;                    // "S8001:G8002:R8008"
  std::vector<std::string> activity_codes;  // "B0062"
};

struct Identity {
  std::string iss;  // byte for byte
  std::string sub;  // byte for byte
  int ial = 0;      // identity assurance level, 1 to 3
  int aal = 0;      // authentication assurance level, 1 to 3
  std::string acr;  // what class was met; never a substitute for aal
  std::vector<std::string> amr;
  std::string sid;
  std::chrono::sys_seconds auth_time{};
  // How old auth_time was when the sign-in came back: judged once, then, never again by the wall clock.
  std::chrono::seconds auth_age{0};
  std::string selected_roleid;  // empty: none was selected
  std::vector<Role> roles;
  std::vector<std::string> orgs;  // org codes of nhsid_user_orgs
};

}  // namespace cis2::identity

#endif  // CIS2_BROKER_IDENTITY_IDENTITY_H_
