// Makes pam_set_data answer PAM_BUF_ERR, as it does when memory is out, to every module of this process.
//
// The test program defines pam_set_data itself and exports it, so that it comes before libpam's; without a
// PamDataFails it hands the call on.
#ifndef CIS2_TESTS_PAM_PAM_DATA_FAILS_H_
#define CIS2_TESTS_PAM_PAM_DATA_FAILS_H_

namespace cis2::testing {

class PamDataFails {
 public:
  PamDataFails();
  PamDataFails(const PamDataFails&) = delete;
  PamDataFails& operator=(const PamDataFails&) = delete;
  ~PamDataFails();
};

}  // namespace cis2::testing

#endif  // CIS2_TESTS_PAM_PAM_DATA_FAILS_H_
