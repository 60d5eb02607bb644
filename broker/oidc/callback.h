// What came back with the browser, judged against the settings and the discovery document (RFC 6749 4.1.2,
// RFC 9207, OIDC Core 3.1.2.5 and 3.1.2.6). Pure.
//
// The state is not judged here: the web side finds the login by it and knows whose browser it belongs to.
#ifndef CIS2_BROKER_OIDC_CALLBACK_H_
#define CIS2_BROKER_OIDC_CALLBACK_H_

#include "broker/config/config.h"
#include "broker/reasons/reasons.h"

#include <optional>
#include <string>

namespace cis2::oidc {

struct CallbackFields {
  std::string code;  // exactly one of code and error is not empty
  std::string error;
  std::string error_description;
  std::optional<std::string> iss;  // nothing: the parameter did not come
};

// Success: there is a code that may be redeemed. `iss_promised` is the discovery document's
// authorization_response_iss_parameter_supported.
reasons::Checked<void> CheckCallback(const CallbackFields& fields, const config::Provider& settings,
                                     bool iss_promised);

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_CALLBACK_H_
