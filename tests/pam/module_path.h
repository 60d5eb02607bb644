// Where the module is that this test program loads.
#ifndef CIS2_TESTS_PAM_MODULE_PATH_H_
#define CIS2_TESTS_PAM_MODULE_PATH_H_

namespace cis2::testing {

extern const char* const kModulePath;

}  // namespace cis2::testing

#endif  // CIS2_TESTS_PAM_MODULE_PATH_H_
