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

// Connecting and binding of TCP sockets, from the fourth version (Linux 6.7) on. By number, with the version in which
// they came: the headers of Debian 12 are older.
constexpr std::uint64_t kEveryTcpAccess = (1U << 0) | (1U << 1);
constexpr long kVersionWithTcp = 4;

// landlock_ruleset_attr as far as it is used. A kernel that knows less takes it if what it does not know is zero.
struct Ruleset {
  std::uint64_t handled_access_fs = 0;
  std::uint64_t handled_access_net = 0;
};

// Whether the failure to make a rule set says that there is no Landlock here. EPERM is none of the call's own
// errors (landlock_create_ruleset(2)): it is how the system-call filter of a container answers what it does
// not know, such as systemd-nspawn's on Debian 12.
bool SaysNoLandlock(int error) { return error == ENOSYS || error == EOPNOTSUPP || error == EPERM; }

// A rule set without a rule allows nothing. A system without Landlock is no error: then the unit's sandbox
// stands alone, as documented.
//
// The sockets that browsers come to are there already, and accepting from them is no access of these; the broker's is
// a Unix socket. So the front loses nothing that it needs, and its way to the provider.
base::Result<void> GiveUpFilesAndTcp() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  const Ruleset ruleset{.handled_access_fs = kEveryFileAccess,
                        .handled_access_net = version >= kVersionWithTcp ? kEveryTcpAccess : 0};
  const base::UniqueFd rules(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0)));
  if (!rules.valid()) {
    return SaysNoLandlock(errno) ? base::Result<void>()
                                 : base::FailErrno("cannot make a Landlock rule set", errno);
  }
  if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0) {
    return base::FailErrno("cannot give up access to files and the network", errno);
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
  return GiveUpFilesAndTcp();
}

}  // namespace cis2::front
