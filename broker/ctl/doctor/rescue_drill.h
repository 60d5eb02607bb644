// Tries the way past the module: whether a service asks a member of a rescue group for a password, as it must while the broker
// or CIS2 is away.
//
// The service's own PAM stack is begun for that account in a child, which ends at the first question: no answer is given, so
// nothing fails, nothing is counted against the account, nothing is delayed. Root alone may; the caller has one thread.
#ifndef CIS2_BROKER_CTL_DOCTOR_RESCUE_DRILL_H_
#define CIS2_BROKER_CTL_DOCTOR_RESCUE_DRILL_H_

#include "broker/ctl/doctor/finding.h"

#include <string>

namespace cis2::ctl::doctor {

enum class DrillEnd {
  kPassword,       // it asks, and does not show what is typed: as it should
  kOtherQuestion,  // such as the module's
  kLetIn,          // without a question
  kRefused,        // without a question
  kNothing,        // it said nothing within 10 s, or could not be begun
};

DrillEnd Drill(const std::string& service, const std::string& account);

// Pure. `group` is the account's.
Findings JudgeDrill(const std::string& service, const std::string& group, const std::string& account,
                    DrillEnd end);

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_RESCUE_DRILL_H_
