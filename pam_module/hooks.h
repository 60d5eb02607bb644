// What libpam's hooks do, between its C interface and RunLogin and RunAccount: read the arguments, remember
// on the handle what later hooks need, write one line to the log, answer with a PAM code.
//
// Log: pam_syslog alone, one line for each outcome (none for an account phase that says yes), one more with
// `debug`. Never an answer, a ticket, a link or a text of the broker; the reference is what leads to them.
#ifndef CIS2_PAM_MODULE_HOOKS_H_
#define CIS2_PAM_MODULE_HOOKS_H_

#include <security/pam_modules.h>

#include <span>

namespace cis2::pam_module {

int Authenticate(pam_handle_t* pamh, int flags, std::span<const char* const> arguments) noexcept;
int CheckAccount(pam_handle_t* pamh, std::span<const char* const> arguments) noexcept;

}  // namespace cis2::pam_module

#endif  // CIS2_PAM_MODULE_HOOKS_H_
