// The file of the emergency codes, written by cis2ctl (root) and by the broker (its own user).
//
// Owned by the broker's user, mode 0600, in a folder that nobody else may write; anything else is an error,
// and then there are no codes. A change is made under a lock on the folder, so that neither loses what the
// other wrote, and is on disk when it returns: draft, fsync, rename, fsync of the folder. A crash leaves the
// old file or the new one. A few blocks are kept in reserve beside it, because a disk that is full is a
// likely companion of an emergency. The lock is waited for two seconds. Threads: any, one at a time for each
// Store. Read afresh at each call.
#ifndef CIS2_BROKER_BREAKGLASS_STORE_H_
#define CIS2_BROKER_BREAKGLASS_STORE_H_

#include "broker/base/fd.h"
#include "broker/base/result.h"
#include "broker/breakglass/ledger.h"

#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>

namespace cis2::breakglass {

class Store {
 public:
  // `path` is absolute; the file belongs to `owner`.
  Store(std::string path, uid_t owner);

  // The codes; none where there is no file.
  [[nodiscard]] base::Result<Ledger> Load() const;
  // Loads, changes and keeps. An error of `change` changes nothing, and is the answer.
  base::Result<void> Change(const std::function<base::Result<void>(Ledger&)>& change) const;
  // Judges a code that was typed. A right one is used up on disk when this returns; an error is no right
  // code.
  base::Result<Finding> Spend(std::string_view account, const Code& code, Time now) const;

 private:
  [[nodiscard]] base::Result<base::UniqueFd> OpenFolder() const;
  [[nodiscard]] base::Result<base::UniqueFd> Lock() const;
  [[nodiscard]] base::Result<Ledger> LoadFrom(int folder) const;
  [[nodiscard]] base::Result<void> Keep(int folder, const Ledger& ledger) const;
  [[nodiscard]] base::Result<base::UniqueFd> NewFile(int folder, const std::string& name) const;
  void MakeReserve(int folder, std::size_t size) const;

  std::string path_, folder_path_, name_;
  uid_t owner_;
};

}  // namespace cis2::breakglass

#endif  // CIS2_BROKER_BREAKGLASS_STORE_H_
