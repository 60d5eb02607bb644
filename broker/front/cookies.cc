#include "broker/front/cookies.h"

#include "broker/front/wire/messages.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace cis2::front {
namespace {

constexpr std::string_view kPrefix = "__Host-cis2-";
constexpr std::string_view kAttributes = "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=";
constexpr std::string_view kLifetime = "900";
constexpr std::size_t kMaxTimeDigits = 11;

std::string_view Trim(std::string_view s) {
  while (s.starts_with(' ') || s.starts_with('\t')) {
    s.remove_prefix(1);
  }
  while (s.ends_with(' ') || s.ends_with('\t')) {
    s.remove_suffix(1);
  }
  return s;
}

std::optional<std::int64_t> ParseTime(std::string_view digits) {
  std::int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  const bool whole = error == std::errc() && stop == end && !digits.starts_with('-');
  return whole && digits.size() <= kMaxTimeDigits ? std::optional(value) : std::nullopt;
}

std::optional<LoginCookie> ParseValue(std::string_view user_code, std::string_view value) {
  const std::size_t dot = value.find('.');
  if (dot == std::string_view::npos) {
    return std::nullopt;
  }
  const auto created = ParseTime(value.substr(0, dot));
  const std::string_view key = value.substr(dot + 1);
  if (!created || !front_wire::IsBrowserKey(key)) {
    return std::nullopt;
  }
  return LoginCookie{
      .user_code = std::string(user_code), .created = *created, .browser_key = std::string(key)};
}

// By user code; the second of two with one name makes both count as malformed.
using Found = std::map<std::string, std::optional<LoginCookie>, std::less<>>;

void CollectPair(std::string_view pair, Found& found) {
  const std::size_t equals = pair.find('=');
  const std::string_view name = Trim(pair.substr(0, equals));
  if (equals == std::string_view::npos || !name.starts_with(kPrefix)) {
    return;
  }
  const std::string_view user_code = name.substr(kPrefix.size());
  if (!front_wire::IsUserCode(user_code)) {
    return;
  }
  const auto known = found.find(user_code);
  if (known != found.end()) {
    known->second.reset();
    return;
  }
  found.emplace(user_code, ParseValue(user_code, Trim(pair.substr(equals + 1))));
}

std::string CookieHeader(std::string_view user_code, const std::string& value, std::string_view lifetime) {
  return std::string(kPrefix) + std::string(user_code) + "=" + value + std::string(kAttributes) +
         std::string(lifetime);
}

}  // namespace

std::vector<LoginCookie> ParseLoginCookies(const http::Headers& headers) {
  Found found;
  // A proxy may have split the field of HTTP/2 into several (RFC 9113 section 8.2.3).
  for (std::string_view field : http::FindHeaders(headers, "Cookie")) {
    while (!field.empty()) {
      const std::size_t end = std::min(field.find(';'), field.size());
      CollectPair(field.substr(0, end), found);
      field.remove_prefix(std::min(end + 1, field.size()));
    }
  }
  std::vector<LoginCookie> cookies;
  for (auto& [user_code, cookie] : found) {
    if (cookie) {
      cookies.push_back(std::move(*cookie));
    }
  }
  std::stable_sort(cookies.begin(), cookies.end(),
                   [](const LoginCookie& a, const LoginCookie& b) { return a.created > b.created; });
  return cookies;
}

const LoginCookie* FindLoginCookie(const std::vector<LoginCookie>& cookies, std::string_view user_code) {
  const auto it = std::find_if(cookies.begin(), cookies.end(),
                               [&](const LoginCookie& c) { return c.user_code == user_code; });
  return it == cookies.end() ? nullptr : &*it;
}

std::vector<std::string> SetLoginCookie(const LoginCookie& fresh, const std::vector<LoginCookie>& present) {
  std::vector<std::string> headers;
  headers.push_back(
      CookieHeader(fresh.user_code, std::to_string(fresh.created) + "." + fresh.browser_key, kLifetime));
  std::size_t kept = 1;
  for (const LoginCookie& cookie : present) {
    if (cookie.user_code == fresh.user_code) {
      continue;
    }
    if (++kept > front_wire::kMaxBrowserKeys) {
      headers.push_back(CookieHeader(cookie.user_code, "", "0"));
    }
  }
  return headers;
}

}  // namespace cis2::front
