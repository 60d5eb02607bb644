// The Cookie fields of a browser, one a line: front::ParseLoginCookies and front::SetLoginCookie.
//
// Invariant: every cookie that counts has the form of ours, a login has one at most, the newest comes first.
// A cookie that is set again reads back the same, and no more than four stay.
#include "broker/front/cookies.h"

#include "broker/front/wire/messages.h"
#include "tests/fuzz/target.h"

#include <set>

namespace cis2::fuzz {
namespace {

using front::LoginCookie;

http::Headers HeadersOf(std::string_view input) {
  http::Headers headers;
  while (!input.empty()) {
    headers.emplace_back("Cookie", TakeLine(input));
  }
  return headers;
}

void CheckForm(const std::vector<LoginCookie>& cookies) {
  std::set<std::string> codes;
  for (const LoginCookie& cookie : cookies) {
    Require(front_wire::IsUserCode(cookie.user_code), "a user code of ours");
    Require(front_wire::IsBrowserKey(cookie.browser_key), "a browser key of ours");
    Require(cookie.created >= 0, "a time since 1970");
    Require(codes.insert(cookie.user_code).second, "one cookie a login");
    Require(front::FindLoginCookie(cookies, cookie.user_code) == &cookie, "each is found by its user code");
  }
  Require(std::ranges::is_sorted(cookies, std::ranges::greater(), &LoginCookie::created), "the newest first");
}

// What a browser does with Set-Cookie: name and value of each that is not deleted.
std::vector<LoginCookie> Kept(const std::vector<std::string>& set_cookies) {
  http::Headers headers;
  for (const std::string& value : set_cookies) {
    Require(IsPrintable(value), "Set-Cookie is one printable line");
    if (!value.ends_with("Max-Age=0")) {
      headers.emplace_back("Cookie", value.substr(0, value.find(';')));
    }
  }
  return front::ParseLoginCookies(headers);
}

void CheckSetAgain(const LoginCookie& cookie, const std::vector<LoginCookie>& present) {
  const auto set_cookies = front::SetLoginCookie(cookie, present);
  const auto kept = Kept(set_cookies);
  Require(kept.size() == 1 && kept[0].user_code == cookie.user_code && kept[0].created == cookie.created &&
              kept[0].browser_key == cookie.browser_key,
          "a cookie that is set reads back the same");
  const std::size_t deleted = set_cookies.size() - 1;
  Require(present.size() - deleted <= front_wire::kMaxBrowserKeys, "no more than four stay");
}

}  // namespace

Judgement Judge(std::string_view input) {
  const auto cookies = front::ParseLoginCookies(HeadersOf(input));
  CheckForm(cookies);
  if (cookies.empty()) {
    return Judgement::kRefused;
  }
  CheckSetAgain(cookies.back(), cookies);
  return Judgement::kAccepted;
}

}  // namespace cis2::fuzz
