// The headers of every answer, whatever it is: pages, redirects, errors, and faults below the handler. Pure.
//
// Design section 11. form-action names the provider's origin because browsers hold a form to it through the
// redirect that answers the form.
#ifndef CIS2_BROKER_FRONT_SECURITY_HEADERS_H_
#define CIS2_BROKER_FRONT_SECURITY_HEADERS_H_

#include "broker/http/message.h"

#include <string>

namespace cis2::front {

struct HeaderPolicy {
  std::string form_action_origin;  // of the authorization endpoint; empty until it is known
  bool hsts = true;
};

enum class Caching {
  kNever,
  kImmutable,  // the path has the hash of the content
};

void AddSecurityHeaders(const HeaderPolicy& policy, Caching caching, http::Response& response);

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_SECURITY_HEADERS_H_
