// What `test-login` and the test of `enable` share.
#ifndef CIS2_BROKER_CTL_TEST_LOGIN_COMMAND_H_
#define CIS2_BROKER_CTL_TEST_LOGIN_COMMAND_H_

#include "broker/config/config.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/test_login.h"

#include <nlohmann/json_fwd.hpp>

#include <ostream>
#include <string>

namespace cis2::ctl {

// What the options and this session say of the login. The error says which option is missing or wrong.
base::Result<TestLoginAsk> MakeAsk(const TestLoginOptions& options, const config::Config& config);

// socket= of the module, where it is not its default.
std::string ModuleSocket(const config::Config& config);

void PrintTestLogin(const TestLoginAsk& ask, const TestLoginEnd& end, std::ostream& out);
nlohmann::ordered_json TestLoginJson(const TestLoginAsk& ask, const TestLoginEnd& end);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_TEST_LOGIN_COMMAND_H_
