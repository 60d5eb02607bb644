#include "pam_module/outcome.h"

#include <security/pam_modules.h>

namespace cis2::pam_module {

// Each switch names every value and has no default, so that a new value does not compile until it has been
// thought about. What follows the switch is for a value outside the enum: a refusal.

Outcome LoginOutcome(wire::VerdictKind kind, Shown shown) {
  switch (kind) {
    case wire::VerdictKind::kAllow:
      return Outcome::kAllowed;
    case wire::VerdictKind::kRefuse:
      return Outcome::kRefused;
    case wire::VerdictKind::kUnavailable:
      return shown == Shown::kScreen ? Outcome::kRefused : Outcome::kUnavailable;
    case wire::VerdictKind::kUnsupported:
      return Outcome::kOtherRelease;
  }
  return Outcome::kProtocol;
}

Outcome AccountOutcome(wire::VerdictKind kind) {
  switch (kind) {
    case wire::VerdictKind::kAllow:
      return Outcome::kAllowed;
    case wire::VerdictKind::kRefuse:
      return Outcome::kAccountRefused;
    case wire::VerdictKind::kUnavailable:
      return Outcome::kUnavailable;
    case wire::VerdictKind::kUnsupported:
      return Outcome::kOtherRelease;
  }
  return Outcome::kProtocol;
}

int ToPamCode(Outcome outcome, std::string_view service) {
  switch (outcome) {
    case Outcome::kAllowed:
      return PAM_SUCCESS;
    case Outcome::kRefused:
      return PAM_MAXTRIES;
    case Outcome::kUnavailable:
      return PAM_AUTHINFO_UNAVAIL;
    case Outcome::kAskedAgain:
      return PAM_ABORT;
    case Outcome::kAccountRefused:
      return PAM_PERM_DENIED;
    case Outcome::kMisconfigured:
    case Outcome::kProtocol:
    case Outcome::kOtherRelease:
      return service == "login" ? PAM_ABORT : PAM_SERVICE_ERR;
    case Outcome::kNoConversation:
      return PAM_CONV_ERR;
    case Outcome::kNoMemory:
      return PAM_BUF_ERR;
  }
  return PAM_SERVICE_ERR;
}

}  // namespace cis2::pam_module
