// pam_cis2.so: the hooks libpam calls. Nothing else leaves this file's shared object (module.map).
//
// pam_sm_setcred and the session hooks have nothing to do and say so, whatever the arguments: a bad argument
// has been refused by authenticate or acct_mgmt, and failing here would cut off a login that was allowed.
// There is no pam_sm_chauthtok: this module has no password to change.
//
// Nothing throws: the module is built without exceptions, and what the hooks call is noexcept (the hooks
// themselves are declared by libpam, without it).
#include "pam_module/hooks.h"

#include <security/pam_modules.h>

#include <cstddef>
#include <span>

#define CIS2_PAM_HOOK extern "C" __attribute__((visibility("default"))) int

namespace {

std::span<const char* const> Arguments(int argc, const char** argv) {
  return {argv, static_cast<std::size_t>(argc)};
}

}  // namespace

CIS2_PAM_HOOK pam_sm_authenticate(pam_handle_t* pamh, int flags, int argc, const char** argv) {
  return cis2::pam_module::Authenticate(pamh, flags, Arguments(argc, argv));
}

CIS2_PAM_HOOK pam_sm_setcred(pam_handle_t* /*pamh*/, int /*flags*/, int /*argc*/, const char** /*argv*/) {
  return PAM_SUCCESS;
}

CIS2_PAM_HOOK pam_sm_acct_mgmt(pam_handle_t* pamh, int /*flags*/, int argc, const char** argv) {
  return cis2::pam_module::CheckAccount(pamh, Arguments(argc, argv));
}

CIS2_PAM_HOOK pam_sm_open_session(pam_handle_t* /*pamh*/, int /*flags*/, int /*argc*/,
                                  const char** /*argv*/) {
  return PAM_SUCCESS;
}

CIS2_PAM_HOOK pam_sm_close_session(pam_handle_t* /*pamh*/, int /*flags*/, int /*argc*/,
                                   const char** /*argv*/) {
  return PAM_SUCCESS;
}
