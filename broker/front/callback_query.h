// What the provider put into the query of /callback: RFC 6749 section 4.1.2, RFC 9207.
//
// A known parameter given twice, code together with error, neither of them, a value that is empty, too long
// or not printable: nothing, and the broker is not asked. Unknown parameters are ignored (RFC 6749
// section 4.1.2). Pure.
#ifndef CIS2_BROKER_FRONT_CALLBACK_QUERY_H_
#define CIS2_BROKER_FRONT_CALLBACK_QUERY_H_

#include "broker/front/wire/messages.h"

#include <optional>
#include <string_view>

namespace cis2::front {

// Without request id, browser keys and address, which are not in the query.
std::optional<front_wire::Callback> ParseCallbackQuery(std::string_view query);

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_CALLBACK_QUERY_H_
