// What sshd must have for a sign-in with CIS2, and the lines that give it: /etc/ssh/sshd_config.d/10-cis2.conf.
//
// sshd takes the first value of a keyword, and Debian's sshd_config includes that folder before anything else, so "10-"
// comes before 50-cloud-init.conf and its like. Pure. Source: sshd_config(5); docs/clients.md for MaxStartups.
#ifndef CIS2_BROKER_CTL_SSHD_SETTINGS_H_
#define CIS2_BROKER_CTL_SSHD_SETTINGS_H_

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace cis2::ctl {

// How many logins may wait before sshd begins to refuse others, and what is set where they are fewer than enough. Each
// waits for a person in a browser here.
inline constexpr std::string_view kMaxStartups = "60:30:200";
inline constexpr int kEnoughStartups = 30;

// What `sshd -T` prints, by ParseSshdDump (sshd_files.h).
using SshdSettings = std::map<std::string, std::string>;

// The lines with the markers of pam_file.h. A LoginGraceTime or MaxStartups of `now` that is more generous than needed
// stays; `login_grace` is [host] sshd_login_grace, 0 for none.
std::string SshdBlock(const SshdSettings& now, std::chrono::seconds login_grace);

// Whether LoginGraceTime is as long as a login is believed to have; 0 is no limit.
bool IsGraceEnough(std::chrono::seconds of_sshd, std::chrono::seconds login_grace);
// The number that a value begins with; -1 without one.
int LeadingNumber(std::string_view text);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_SSHD_SETTINGS_H_
