// The people who can sign in at the simulator. All of them are invented.
#ifndef CIS2_TESTS_SIMULATOR_OPERATORS_H_
#define CIS2_TESTS_SIMULATOR_OPERATORS_H_

#include <string_view>
#include <vector>

namespace cis2::simulator {

struct Activity {
  std::string_view code;
  std::string_view name;
};

struct Role {
  std::string_view person_orgid;
  std::string_view person_roleid;
  std::string_view org_code;
  std::string_view role_name;  // with CIS2's embedded quotation marks
  std::string_view role_code;
  std::vector<Activity> activities;
};

struct Organisation {
  std::string_view person_orgid;
  std::string_view name;
  std::string_view code;
};

struct Operator {
  std::string_view name;  // "one-role": in forms and calls
  std::string_view sub;
  std::string_view given_name;
  std::string_view family_name;
  int aal = 3;
  int ial = 3;
  std::string_view amr = {};
  std::vector<Role> roles = {};
  std::vector<Organisation> organisations = {};
  std::string_view selected_roleid = {};  // empty: none is selected
};

const std::vector<Operator>& Operators();
// Null for a name that nobody has.
const Operator* FindOperator(std::string_view name);

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_OPERATORS_H_
