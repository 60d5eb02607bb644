// Starts cis2-front as its own user, without systemd, and starts it again when it ends.
//
// The child gets nothing but its listening sockets (LISTEN_FDS, from descriptor 3), one end of a socketpair
// to us, standard error, and an empty environment; its input and output are /dev/null. Must be started
// before the broker drops root, so a small "keeper" process stays root for starting the front again: it
// holds the listeners and the front's uid, no key, and speaks to nobody but its children and us. I/O thread
// only.
#ifndef CIS2_BROKER_APP_FRONT_PROCESS_H_
#define CIS2_BROKER_APP_FRONT_PROCESS_H_

#include "broker/base/fd.h"
#include "broker/base/result.h"

#include <string>
#include <sys/types.h>
#include <vector>

namespace cis2::app {

struct FrontCommand {
  std::string program;  // absolute path of cis2-front
  bool debug = false;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<base::UniqueFd> listeners;
};

// Forks the keeper. Each time it starts a front it sends us the broker's end of the new socketpair over the
// returned socket (SCM_RIGHTS). The keeper and the front end when that socket does, that is when we end.
base::Result<base::UniqueFd> StartFrontKeeper(FrontCommand command);

// Receives one descriptor from the keeper; invalid when the keeper is gone or sent none.
base::UniqueFd ReceiveFront(int keeper_socket);

}  // namespace cis2::app

#endif  // CIS2_BROKER_APP_FRONT_PROCESS_H_
