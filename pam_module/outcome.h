// How a call of the module ended, and the one place where that becomes a PAM code.
//
// The table is in docs/DESIGN.md, section 5. No outcome is ever PAM_IGNORE: a module that answers
// "ignore me" on an error path lets the rest of the stack decide (CVE-2025-23013).
// No I/O, no state.
#ifndef CIS2_PAM_MODULE_OUTCOME_H_
#define CIS2_PAM_MODULE_OUTCOME_H_

#include "pam_module/wire/messages.h"

#include <string_view>

namespace cis2::pam_module {

enum class Outcome {
  kAllowed,
  kRefused,         // a final no; the person has been told
  kUnavailable,     // nobody could decide, and no link was shown yet
  kAskedAgain,      // asked once more on a handle that has had its final no
  kAccountRefused,  // the account phase says no
  kMisconfigured,   // bad arguments, or a socket that is not to be trusted
  kProtocol,        // the broker broke the protocol
  kOtherRelease,    // the broker does not speak this version of the protocol
  kNoConversation,  // the application cannot, or could not, ask the person
  kNoMemory,
};

// What the person has seen of this login. After a link was shown every failure is a refusal: a stack that
// falls back to another module on PAM_AUTHINFO_UNAVAIL must not do so once a browser could be involved.
enum class Shown { kNothing, kScreen };

// What a verdict means for a login. An allow still has to bring its ticket (login.cc).
Outcome LoginOutcome(wire::VerdictKind kind, Shown shown);

// What a verdict means in the account phase.
Outcome AccountOutcome(wire::VerdictKind kind);

// The PAM code. `service` is the PAM service: `login` tries again after PAM_SERVICE_ERR and stops at
// PAM_ABORT.
int ToPamCode(Outcome outcome, std::string_view service);

}  // namespace cis2::pam_module

#endif  // CIS2_PAM_MODULE_OUTCOME_H_
