// Whoever counts logins hears of each of them here, also of those that the audit sums up (ADR 9). I/O thread only;
// must not call back into the HostSide.
#ifndef CIS2_BROKER_LOGIN_WATCHER_H_
#define CIS2_BROKER_LOGIN_WATCHER_H_

#include "broker/audit/event.h"
#include "broker/base/clock.h"
#include "broker/login/login_machine.h"
#include "broker/reasons/reasons.h"

#include <optional>
#include <string>

namespace cis2::login {

class Watcher {
 public:
  virtual ~Watcher() = default;
  // A login was admitted.
  virtual void Began(const std::string& service) = 0;
  // It has left `phase`, in which it was for so long.
  virtual void Left(Phase phase, base::Duration stayed) = 0;
  // Its one outcome. `lasted`: nothing for a login that was turned away, and so never began.
  virtual void Ended(const std::string& service, audit::Outcome outcome, reasons::Reason reason,
                     std::optional<base::Duration> lasted) = 0;
};

}  // namespace cis2::login

#endif  // CIS2_BROKER_LOGIN_WATCHER_H_
