// The account phase (docs/DESIGN.md, section 8): is a login that has been authenticated still allowed in?
//
// - This module allowed it, in this process and for this account: the broker is shown the ticket and decides.
//   The ticket is used once, whatever the broker answers. A second account phase on the same handle is
//   refused: it has nothing left to show, and is not a login by other means.
// - This module allowed it, but the process or the account is another one now: refused.
// - This module refused it on this handle: refused, however the stack went on from there.
// - This module was not asked, or could not decide (keys, cron, cached sudo, a fallback): with others=allow
//   it is let in without asking anybody, with others=refuse the broker decides.
#ifndef CIS2_PAM_MODULE_ACCOUNT_H_
#define CIS2_PAM_MODULE_ACCOUNT_H_

#include "pam_module/login.h"
#include "pam_module/options.h"

#include <security/pam_modules.h>

namespace cis2::pam_module {

void RunAccount(pam_handle_t* pamh, const Options& options, Result& result);

}  // namespace cis2::pam_module

#endif  // CIS2_PAM_MODULE_ACCOUNT_H_
