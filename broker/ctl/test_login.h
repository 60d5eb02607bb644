// A whole login in this terminal, through the real libpam and the lines of a PAM file that need not be installed.
//
// The files come from a private folder (pam_start_confdir): /etc/pam.d as it is, with some files replaced. Which of both
// an include means depends on the release of libpam, so what is replaced must not be included. The name of the service
// stays, so the broker decides as for the service itself. Authentication and account phase are run, no
// session. The broker hears what it would hear from the service, but PAM_RUSER says who tries, so that the audit can
// tell a try from a login. libpam is linked, not opened at run time: every host with a PAM module of ours has it.
#ifndef CIS2_BROKER_CTL_TEST_LOGIN_H_
#define CIS2_BROKER_CTL_TEST_LOGIN_H_

#include "broker/base/result.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace cis2::ctl {

struct TestLoginAsk {
  std::string service;
  std::string account;
  std::string ruser;           // PAM_RUSER
  std::optional<uid_t> uid;    // of who calls su or sudo, which run as root for them: pam_rootok looks at it
  std::string client_address;  // sshd: where the client would be
  std::string accepted_key;    // sshd: "publickey TYPE BASE64", as if it had accepted this; empty: none
  std::string link_start;      // "https://server.example:8443/l/": what a screen of ours shows
  std::string audit_file;      // empty: there is none
};

struct TestLoginEnd {
  bool allowed = false;
  bool saw_link = false;  // the sign-in with CIS2 was asked for
  std::string what;       // "authentication: Have exhausted maximum number of retries for service"
  // From the audit, where it has the outcome.
  std::string reference, reason, grant, sub;
};

// Runs the login with `files` (name, text) in place of those of `pam_folder`. The person sees it on standard error and
// types into standard input. The error: it could not be tried.
base::Result<TestLoginEnd> RunTestLogin(const TestLoginAsk& ask, const std::string& pam_folder,
                                        const std::map<std::string, std::string>& files);

// The last outcome in these lines of the audit for this service and account, with the fields from the audit alone.
std::optional<TestLoginEnd> LastOutcome(std::string_view audit_lines, std::string_view service,
                                        std::string_view account);

// "ssh-ed25519 AAAA... comment" as sshd writes it to SSH_AUTH_INFO_0. Nothing for what is no such line.
std::optional<std::string> AcceptedKeyLine(std::string_view public_key);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_TEST_LOGIN_H_
