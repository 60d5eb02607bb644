// The change that nobody has confirmed yet, and its way back: what outlives the session that made it.
//
// A file `unconfirmed` in the state folder of the family holds a random id while a change waits. The timer is given
// that id, so the timer of an earlier try undoes nothing. Confirming removes the file. Everything here is done under a
// lock on that folder; each step may be made twice.
#ifndef CIS2_BROKER_CTL_ROLL_BACK_H_
#define CIS2_BROKER_CTL_ROLL_BACK_H_

#include "broker/base/fd.h"
#include "broker/base/result.h"
#include "broker/ctl/enable_plan.h"

#include <chrono>
#include <string>
#include <vector>

namespace cis2::ctl {

class RollBack {
 public:
  // Both must outlive it.
  RollBack(const Places& places, const Family& family);

  // Keeps copies of the files as they are, starts the timer, then makes the changes; none where one of these fails.
  base::Result<void> MakeWithWayBack(const Plan& plan, std::chrono::seconds confirm_within);
  // Whether a change waits.
  [[nodiscard]] bool Waits() const;
  // It stays. The error: none waits.
  base::Result<void> Confirm();
  // Takes the blocks out again, and stops the timer if a change waits. The paths that changed.
  base::Result<std::vector<std::string>> Undo();
  // In place of an id: the change that waits, whichever it is. For after a restart of the machine, which no timer outlives.
  static constexpr const char* kWhichever = "any";
  // The same for the timer, which it leaves alone: only while the change with this id waits. No path: it does not.
  base::Result<std::vector<std::string>> UndoUnlessConfirmed(const std::string& id);

  // The copy of a file as it was before the last change; it need not be there.
  [[nodiscard]] std::string CopyOf(const std::string& path) const;
  // The file that is there while a change waits.
  [[nodiscard]] std::string Unconfirmed() const { return folder_ + "/unconfirmed"; }

 private:
  base::Result<base::UniqueFd> Lock() const;
  base::Result<void> KeepCopies(const Plan& plan) const;
  [[nodiscard]] std::string TimerName() const { return "cis2-roll-back-" + family_.name; }
  base::Result<void> Forget();
  base::Result<std::vector<std::string>> TakeOut();  // under the lock

  const Places& places_;
  const Family& family_;
  const std::string folder_;
};

// Has a running sshd read its configuration again. Empty, or what to do by hand.
std::string ReloadSshd();

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_ROLL_BACK_H_
