// Whether a POST comes from a form on our own page in the browser that was given the page.
//
// The token is a MAC of browser key and user code (design section 4, step 4), so nothing is stored: who
// cannot read the cookie cannot make it. Origin and Sec-Fetch-Site are a second line, where the browser sends
// them. Pure; the token is compared in constant time.
#ifndef CIS2_BROKER_FRONT_FORM_CHECK_H_
#define CIS2_BROKER_FRONT_FORM_CHECK_H_

#include "broker/http/message.h"

#include <string>
#include <string_view>

namespace cis2::front {

// The value of the hidden field "csrf": HMAC-SHA-256 in base64url.
std::string FormToken(std::string_view browser_key, std::string_view user_code);

// The body's "csrf" field is the token; there is exactly one.
bool HasFormToken(std::string_view body, std::string_view browser_key, std::string_view user_code);

// application/x-www-form-urlencoded, with or without parameters.
bool IsFormBody(const http::Headers& headers);

// No header says that another site sent the form. "Origin: null" says nothing: our own pages send it, because
// their Referrer-Policy is no-referrer (Fetch standard, "append a request Origin header").
bool IsFromOwnSite(const http::Headers& headers, std::string_view public_url);

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_FORM_CHECK_H_
