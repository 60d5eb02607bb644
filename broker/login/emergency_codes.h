// What the host side of a login needs of the emergency codes. app/emergency_codes.h is the real one.
#ifndef CIS2_BROKER_LOGIN_EMERGENCY_CODES_H_
#define CIS2_BROKER_LOGIN_EMERGENCY_CODES_H_

#include "broker/audit/event.h"
#include "broker/breakglass/code.h"
#include "broker/reasons/reasons.h"

#include <functional>
#include <string>

namespace cis2::login {

class EmergencyCodes {
 public:
  virtual ~EmergencyCodes() = default;
  // Whether codes count now: the broker's own newest request found the provider away or refusing us.
  [[nodiscard]] virtual bool InForce() const = 0;
  // Whether the account has a code that is neither used nor over.
  [[nodiscard]] virtual bool HasReadyCode(const std::string& account) const = 0;
  // The code's id once the code is used up on disk; or why it is not taken. Answers later, on the I/O thread.
  using Done = std::function<void(reasons::Checked<std::string>)>;
  virtual void Spend(std::string account, breakglass::Code code, Done done) = 0;
  // Tells this event wherever the audit file is not needed for it. Does not wait.
  virtual void Raise(const audit::Event& event) = 0;
};

}  // namespace cis2::login

#endif  // CIS2_BROKER_LOGIN_EMERGENCY_CODES_H_
