#include "broker/front/sandbox.h"

#include "broker/base/fd.h"

#include <cerrno>
#include <cstdint>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cis2::front {
namespace {

// Everything that the first version of Landlock can forbid: reading, writing, executing, listing, making and
// removing of files of any kind.
constexpr std::uint64_t kEveryFileAccess = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

// Whether the failure to make a rule set says that there is no Landlock here. EPERM is none of the call's own
// errors (landlock_create_ruleset(2)): it is how the system-call filter of a container answers what it does
// not know, such as systemd-nspawn's on Debian 12.
bool SaysNoLandlock(int error) { return error == ENOSYS || error == EOPNOTSUPP || error == EPERM; }

// A rule set without a rule allows nothing. A system without Landlock is no error: then the unit's sandbox
// stands alone, as documented.
base::Result<void> GiveUpFiles() {
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = kEveryFileAccess;
  const base::UniqueFd rules(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
  if (!rules.valid()) {
    return SaysNoLandlock(errno) ? base::Result<void>()
                                 : base::FailErrno("cannot make a Landlock rule set", errno);
  }
  if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0) {
    return base::FailErrno("cannot give up access to files", errno);
  }
  return {};
}

}  // namespace

base::Result<void> EnterSandbox() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return base::FailErrno("cannot set no_new_privs", errno);
  }
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return base::FailErrno("cannot make the process not dumpable", errno);
  }
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) {
    return base::FailErrno("cannot forbid core files", errno);
  }
  return GiveUpFiles();
}

}  // namespace cis2::front
