// One handle of the real libpam on service files in a private folder: nothing of the machine's own /etc/pam.d
// is read (pam_start_confdir, in libpam since 1.3.1).
#ifndef CIS2_TESTS_SUPPORT_PAM_SESSION_H_
#define CIS2_TESTS_SUPPORT_PAM_SESSION_H_

#include <security/pam_appl.h>

#include <string>

namespace cis2::testing {

class PamSession {
 public:
  // `folder` holds a file named `service`. Without `user`, libpam asks for it when a module wants to know.
  PamSession(const std::string& folder, const std::string& service, const char* user, const pam_conv* conv) {
    if (pam_start_confdir(service.c_str(), user, conv, folder.c_str(), &pamh_) != PAM_SUCCESS) {
      pamh_ = nullptr;
    }
  }
  PamSession(const PamSession&) = delete;
  PamSession& operator=(const PamSession&) = delete;
  ~PamSession() { End(); }

  void End() {
    if (pamh_ != nullptr) {
      pam_end(pamh_, last_);
      pamh_ = nullptr;
    }
  }
  [[nodiscard]] pam_handle_t* get() const { return pamh_; }
  void Set(int item, const std::string& value) { pam_set_item(pamh_, item, value.c_str()); }

  int Authenticate(int flags = 0) { return last_ = pam_authenticate(pamh_, flags); }
  int CheckAccount() { return last_ = pam_acct_mgmt(pamh_, 0); }
  int SetCredentials() { return last_ = pam_setcred(pamh_, PAM_ESTABLISH_CRED); }
  int OpenSession() { return last_ = pam_open_session(pamh_, 0); }
  int CloseSession() { return last_ = pam_close_session(pamh_, 0); }

 private:
  pam_handle_t* pamh_ = nullptr;
  int last_ = PAM_SUCCESS;
};

}  // namespace cis2::testing

#endif  // CIS2_TESTS_SUPPORT_PAM_SESSION_H_
