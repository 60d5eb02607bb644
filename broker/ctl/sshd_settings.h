// What sshd must have for a sign-in with CIS2, and the lines that give it: /etc/ssh/sshd_config.d/10-cis2.conf.
//
// sshd takes the first value of a keyword, and Debian's sshd_config includes that folder before anything else, so "10-"
// comes before 50-cloud-init.conf and its like. Pure. Source: sshd_config(5); docs/clients.md for MaxStartups.
#ifndef CIS2_BROKER_CTL_SSHD_SETTINGS_H_
#define CIS2_BROKER_CTL_SSHD_SETTINGS_H_

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace cis2::ctl {

// What `sshd -T` prints, by ParseSshdDump (sshd_files.h).
using SshdSettings = std::map<std::string, std::string>;

// The lines with the markers of pam_file.h. A LoginGraceTime or MaxStartups of `now` that is more generous than needed
// stays; `login_grace` is [host] sshd_login_grace, 0 for none.
std::string SshdBlock(const SshdSettings& now, std::chrono::seconds login_grace);

// What is still in the way with these settings, a sentence each.
std::vector<std::string> SshdProblems(const SshdSettings& now, std::chrono::seconds login_grace);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_SSHD_SETTINGS_H_
