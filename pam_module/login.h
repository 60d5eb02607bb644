// One login as the module lives it: send the request, then show, ask and answer until there is a verdict.
//
// The module decides nothing: the broker words every screen and gives the verdict. Any failure after a screen
// was shown is a refusal that the person is told about (outcome.h).
// The verdict may come while the person is being asked; it is read after the next Enter. A broker that ended
// the connection may have left its verdict behind, so a failed send is not the end.
// Never limits the person: how long a login lives and how often it may ask is the broker's business.
// Logs nothing: what the log needs is in the result.
#ifndef CIS2_PAM_MODULE_LOGIN_H_
#define CIS2_PAM_MODULE_LOGIN_H_

#include "pam_module/broker_link.h"
#include "pam_module/conversation.h"
#include "pam_module/outcome.h"
#include "pam_module/printable.h"
#include "pam_module/ticket.h"
#include "pam_module/wire/messages.h"

namespace cis2::pam_module {

// How a login or an account question ended. Begins as a failure.
struct Result {
  Outcome outcome = Outcome::kProtocol;
  const char* why = "";  // for the log: a literal, or an argument of the module
  int error = 0;         // the errno that goes with it, or 0
  TerminalText<wire::kMaxReference> reference;
  Ticket ticket;  // set exactly when a login was allowed
};

// `broker` is not connected yet; `socket` is where it listens.
void RunLogin(const wire::LoginRequest& request, const char* socket, BrokerLink& broker, Conversation& person,
              Result& result);

// The outcome of a broker that cannot be reached or has failed.
Outcome FailureOutcome(LinkStatus status, Shown shown);

}  // namespace cis2::pam_module

#endif  // CIS2_PAM_MODULE_LOGIN_H_
