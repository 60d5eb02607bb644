#include "tests/pam/module_path.h"

namespace cis2::testing {

const char* const kModulePath = CIS2_PAM_MODULE;

}  // namespace cis2::testing
