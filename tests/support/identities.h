// Valid identities, grants and targets to start a test from and change one thing of.
#ifndef CIS2_TESTS_SUPPORT_IDENTITIES_H_
#define CIS2_TESTS_SUPPORT_IDENTITIES_H_

#include "broker/identity/identity.h"
#include "broker/policy/policy.h"

namespace cis2::tests {

inline identity::Identity SomeIdentity() {
  identity::Identity identity;
  identity.iss = "https://am.sim-cis2.test:8444/openam";
  identity.sub = "656005750105";
  identity.ial = 3;
  identity.aal = 3;
  identity.acr = "AAL3_ANY";
  identity.amr = {"N3_SMARTCARD"};
  identity.auth_time = std::chrono::sys_seconds(std::chrono::seconds(1795425290));
  identity.auth_age = std::chrono::seconds(12);
  return identity;
}

inline policy::Grant SomeGrant() {
  policy::Grant grant;
  grant.name = "imaging on-call";
  grant.services = {"sshd"};
  grant.accounts = {"op1"};
  grant.operators = {"656005750105"};
  return grant;
}

}  // namespace cis2::tests

#endif  // CIS2_TESTS_SUPPORT_IDENTITIES_H_
