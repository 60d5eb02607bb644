// Waits for the word of the person who switched something on.
#ifndef CIS2_BROKER_CTL_CONFIRMATION_H_
#define CIS2_BROKER_CTL_CONFIRMATION_H_

#include <chrono>
#include <ostream>
#include <string>

namespace cis2::ctl {

enum class Confirmation { kYes, kNo, kElsewhere, kTooLate };

// "yes" and "no" as they may be typed, other lines are asked again. The end of the input is no.
// kElsewhere: the file `waits` is gone, so somebody else has spoken. Nobody is asked to look again and again: the file's
// folder is watched (inotify).
Confirmation WaitForConfirmation(int input, const std::string& waits, std::chrono::seconds limit,
                                 std::ostream& out);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_CONFIRMATION_H_
