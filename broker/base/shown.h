// Where a login comes from, for people's eyes: ShownName() of text.h for addresses and terminals. What has only
// the characters of such names stays as it is; every other byte is written \xHH, so that nothing can pose as a
// sentence. Cut at 64 input bytes (design section 5). Pure.
#ifndef CIS2_BROKER_BASE_SHOWN_H_
#define CIS2_BROKER_BASE_SHOWN_H_

#include <string>
#include <string_view>

namespace cis2::base {

// An address or the name of a host: "192.0.2.7", "fe80::1%eth0", "host.example".
std::string ShownAddress(std::string_view s);
// What PAM_TTY may be: "ssh", "pts/0", "/dev/tty1", ":0".
std::string ShownTerminal(std::string_view s);

}  // namespace cis2::base

#endif  // CIS2_BROKER_BASE_SHOWN_H_
