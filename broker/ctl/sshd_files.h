// What sshd's configuration files say, line by line, in the order in which sshd reads them
// (sshd_config(5)): the first value of a keyword counts, so where a line stands decides.
//
// `sshd -T` tells what came of it; this tells where it came from. Include is followed as sshd does it, at
// most 16 deep. Reads, changes nothing.
#ifndef CIS2_BROKER_CTL_SSHD_FILES_H_
#define CIS2_BROKER_CTL_SSHD_FILES_H_

#include "broker/ctl/tree.h"

#include <map>
#include <string>
#include <vector>

namespace cis2::ctl {

struct SshdLine {
  std::string file;
  int number = 0;
  std::string keyword;  // in small letters, old names replaced by new ones
  std::string value;
  bool in_match = false;  // counts for some logins alone
};

inline constexpr const char* kSshdConfig = "/etc/ssh/sshd_config";
inline constexpr const char* kSshdDropIns = "/etc/ssh/sshd_config.d/*.conf";

std::vector<SshdLine> ReadSshdFiles(const Tree& tree, const std::string& path = kSshdConfig);

// What `sshd -T` prints: keyword in small letters to value, the first of each.
std::map<std::string, std::string> ParseSshdDump(const std::string& dump);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_SSHD_FILES_H_
