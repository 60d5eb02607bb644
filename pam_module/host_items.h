// What the host process says about this login: the PAM items and the two values sshd puts into the PAM
// environment.
//
// Only pam_get_item, pam_get_user and pam_getenv are read, never the environment of the process, which sudo
// and su leave to the caller. SSH_CONNECTION and SSH_AUTH_INFO_0 count only when PAM_TTY is "ssh", which
// sshd alone sets: another application's user may have put them there.
// Limits: values are cut at those of wire/messages.h; one that long fits no grammar and is refused by the
// broker. Ownership: the views point into libpam, valid until the item changes.
#ifndef CIS2_PAM_MODULE_HOST_ITEMS_H_
#define CIS2_PAM_MODULE_HOST_ITEMS_H_

#include "pam_module/outcome.h"
#include "pam_module/wire/messages.h"

#include <security/pam_modules.h>

#include <string_view>

namespace cis2::pam_module {

// The item, or "" when it is not set. For the items that are strings.
std::string_view ItemOf(const pam_handle_t* pamh, int item);

// The account: PAM_USER, asked for by libpam where the application has not set it. kAllowed means that
// `account` is set.
Outcome ReadAccount(pam_handle_t* pamh, std::string_view& account);

wire::LoginRequest MakeLoginRequest(pam_handle_t* pamh, std::string_view account, int flags, wire::QrMode qr);
wire::AccountRequest MakeAccountRequest(const pam_handle_t* pamh, std::string_view account,
                                        std::string_view ticket);

}  // namespace cis2::pam_module

#endif  // CIS2_PAM_MODULE_HOST_ITEMS_H_
