// Where an event is told that the audit file could not keep: syslog(3), facility authpriv, priority alert,
// and the kernel's log where we may write to it. Nothing is promised. May block on a stuck log daemon: not
// for the I/O thread.
#ifndef CIS2_BROKER_AUDIT_LAST_RESORT_H_
#define CIS2_BROKER_AUDIT_LAST_RESORT_H_

#include "broker/audit/event.h"
#include "broker/base/fd.h"

namespace cis2::audit {

// /dev/kmsg for writing, or nothing. Root may; a sandbox may not have it.
base::UniqueFd OpenKernelLog();

// `kernel_log` may be -1.
void TellLogs(const Event& event, int kernel_log);

}  // namespace cis2::audit

#endif  // CIS2_BROKER_AUDIT_LAST_RESORT_H_
