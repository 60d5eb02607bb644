// PAM files of Debian 12 and 13, with their lines as they are; of comments and empty lines some.
#ifndef CIS2_TESTS_UNIT_BROKER_CTL_PAM_TEXTS_H_
#define CIS2_TESTS_UNIT_BROKER_CTL_PAM_TEXTS_H_

#include <ostream>
#include <string>
#include <vector>

namespace cis2::ctl::pam_texts {

struct File {
  std::string name;
  std::string text;
};
inline void PrintTo(const File& file, std::ostream* out) { *out << file.name; }

// openssh-server of Debian 12; that of 13 differs by user_readenv=1, which it has not.
inline constexpr const char* kSshd = R"pam(# Standard Un*x authentication.
@include common-auth

account    required     pam_nologin.so

# Standard Un*x authorization.
@include common-account

session [success=ok ignore=ignore module_unknown=ignore default=bad]        pam_selinux.so close

session    required     pam_loginuid.so

session    optional     pam_keyinit.so force revoke

# Standard Un*x session setup and teardown.
@include common-session

session    optional     pam_motd.so  motd=/run/motd.dynamic
session    optional     pam_motd.so noupdate

session    optional     pam_mail.so standard noenv # [1]

session    required     pam_limits.so

session    required     pam_env.so # [1]
session    required     pam_env.so user_readenv=1 envfile=/etc/default/locale

session [success=ok ignore=ignore module_unknown=ignore default=bad]        pam_selinux.so open

# Standard Un*x password updating.
@include common-password
)pam";

// sudo, the same in both.
inline constexpr const char* kSudo = R"pam(#%PAM-1.0

session    required   pam_limits.so

@include common-auth
@include common-account
@include common-session-noninteractive
)pam";
inline constexpr const char* kSudoI = R"pam(#%PAM-1.0

session    required   pam_limits.so

@include common-auth
@include common-account
@include common-session
)pam";

// Debian 12: login of shadow. Debian 13's, of util-linux, has no pam_lastlog.
inline constexpr const char* kLogin12 = R"pam(auth       optional   pam_faildelay.so  delay=3000000

auth       requisite  pam_nologin.so

session [success=ok ignore=ignore module_unknown=ignore default=bad] pam_selinux.so close

session    required     pam_loginuid.so

session    optional   pam_motd.so motd=/run/motd.dynamic
session    optional   pam_motd.so noupdate

session [success=ok ignore=ignore module_unknown=ignore default=bad] pam_selinux.so open

session       required   pam_env.so readenv=1
session       required   pam_env.so readenv=1 envfile=/etc/default/locale

# Standard Un*x authentication.
@include common-auth

auth       optional   pam_group.so

session    required   pam_limits.so

session    optional   pam_lastlog.so

session    optional   pam_mail.so standard

session    optional   pam_keyinit.so force revoke

# Standard Un*x account and session
@include common-account
@include common-session
@include common-password
)pam";
inline constexpr const char* kLogin13 = R"pam(auth       optional   pam_faildelay.so  delay=3000000

auth       requisite  pam_nologin.so

session [success=ok ignore=ignore module_unknown=ignore default=bad] pam_selinux.so close

session    required     pam_loginuid.so

session    optional   pam_motd.so motd=/run/motd.dynamic
session    optional   pam_motd.so noupdate

session [success=ok ignore=ignore module_unknown=ignore default=bad] pam_selinux.so open

session       required   pam_env.so readenv=1
session       required   pam_env.so readenv=1 envfile=/etc/default/locale

# Standard Un*x authentication.
@include common-auth

auth       optional   pam_group.so

session    required   pam_limits.so

session    optional   pam_mail.so standard

session    optional   pam_keyinit.so force revoke

# Standard Un*x account and session
@include common-account
@include common-session
@include common-password
)pam";

// util-linux, the same in both.
inline constexpr const char* kSu = R"pam(auth       sufficient pam_rootok.so

session       required   pam_env.so readenv=1
session       required   pam_env.so readenv=1 envfile=/etc/default/locale

session    optional   pam_mail.so nopen

session    required   pam_limits.so

@include common-auth
@include common-account
@include common-session

)pam";
inline constexpr const char* kSuL = R"pam(#%PAM-1.0
auth		include		su
account		include		su
password	include		su
session		optional	pam_keyinit.so force revoke
session		include		su
)pam";

inline const std::vector<File> kWithCommonAuth = {{"sshd", kSshd},        {"sudo", kSudo},
                                                  {"sudo_i", kSudoI},     {"login_12", kLogin12},
                                                  {"login_13", kLogin13}, {"su", kSu}};

}  // namespace cis2::ctl::pam_texts

#endif  // CIS2_TESTS_UNIT_BROKER_CTL_PAM_TEXTS_H_
