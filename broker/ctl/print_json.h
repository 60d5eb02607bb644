// What cis2ctl --json prints.
#ifndef CIS2_BROKER_CTL_PRINT_JSON_H_
#define CIS2_BROKER_CTL_PRINT_JSON_H_

#include <nlohmann/json.hpp>

#include <ostream>

namespace cis2::ctl {

// One document for a program, in ASCII. Bytes that are no UTF-8, as a comment in a PAM file may have them, are replaced.
template <class Json>
void PrintJson(std::ostream& out, const Json& json) {
  out << json.dump(2, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) << "\n";
}

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_PRINT_JSON_H_
