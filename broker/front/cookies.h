// The cookies that tie one browser to one login: `__Host-cis2-{USERCODE}={unix seconds}.{browser key}`.
//
// The prefix makes the browser itself refuse one that is not Secure, has a Domain or another Path (RFC
// 6265bis section 4.1.3.2), so no other server of the domain can plant one. SameSite=Lax: the cookie comes
// along when the provider sends the browser back by a link, and not with a foreign form. A cookie of any
// other form is as if it were not there. Pure; the header's size is the server's limit.
#ifndef CIS2_BROKER_FRONT_COOKIES_H_
#define CIS2_BROKER_FRONT_COOKIES_H_

#include "broker/http/message.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::front {

struct LoginCookie {
  std::string user_code;     // canonical
  std::int64_t created = 0;  // seconds since 1970
  std::string browser_key;
};

// Every well-formed login cookie, the newest first. Of a login that has two, neither: a browser has one.
std::vector<LoginCookie> ParseLoginCookies(const http::Headers& headers);

// The cookie of that login, or null.
const LoginCookie* FindLoginCookie(const std::vector<LoginCookie>& cookies, std::string_view user_code);

// Values of Set-Cookie that give the browser `fresh`, and take the oldest of `present` so that at most
// front_wire::kMaxBrowserKeys stay. `present` is as ParseLoginCookies made it.
std::vector<std::string> SetLoginCookie(const LoginCookie& fresh, const std::vector<LoginCookie>& present);

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_COOKIES_H_
