// The eight letters of a link, in the spellings that people and QR codes use. Pure.
//
// The canonical form is front_wire's: eight capitals without the dash.
#ifndef CIS2_BROKER_FRONT_USER_CODE_H_
#define CIS2_BROKER_FRONT_USER_CODE_H_

#include <optional>
#include <string>
#include <string_view>

namespace cis2::front {

// As it stands in a path: any case, with the dash in the middle or without it. Nothing else matches.
std::optional<std::string> UserCodeInPath(std::string_view text);

// As somebody types it into a field: besides that with spaces and dashes anywhere, also the long dashes that
// phones put in.
std::optional<std::string> UserCodeAsTyped(std::string_view text);

// "BCDF-GHJK" of a canonical code.
std::string WithDash(std::string_view user_code);

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_USER_CODE_H_
