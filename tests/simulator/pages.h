// The pages that a person sees at the simulator. Everything put into them is escaped; there are no scripts.
#ifndef CIS2_TESTS_SIMULATOR_PAGES_H_
#define CIS2_TESTS_SIMULATOR_PAGES_H_

#include "tests/simulator/authorize.h"

#include <string>
#include <string_view>

namespace cis2::simulator {

// One form per operator and one that denies. `transaction` goes into each.
std::string SignInPage(const AuthorizationRequest& request, const std::string& client_id,
                       const std::string& transaction);
std::string ErrorPage(std::string_view what);

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_PAGES_H_
