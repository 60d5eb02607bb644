#include "broker/front/routes.h"

#include "broker/front/user_code.h"

namespace cis2::front {
namespace {

Route Plain(RouteId id) { return {.id = id, .user_code = ""}; }

// `rest` is what follows "/l/".
Route FindLoginRoute(std::string_view rest) {
  const std::size_t slash = rest.find('/');
  auto user_code = UserCodeInPath(rest.substr(0, slash));
  if (!user_code) {
    return Plain(RouteId::kUnknownLogin);
  }
  if (slash == std::string_view::npos) {
    return {.id = RouteId::kLogin, .user_code = std::move(*user_code)};
  }
  const std::string_view action = rest.substr(slash + 1);
  if (action == "continue") {
    return {.id = RouteId::kContinue, .user_code = std::move(*user_code)};
  }
  if (action == "not-me") {
    return {.id = RouteId::kNotMe, .user_code = std::move(*user_code)};
  }
  return Plain(RouteId::kNone);
}

}  // namespace

Route FindRoute(std::string_view path, std::string_view style_path, bool serve_jwks) {
  if (path.starts_with("/l/") || path.starts_with("/L/")) {
    return FindLoginRoute(path.substr(3));
  }
  if (path == "/") {
    return Plain(RouteId::kEnterCode);
  }
  if (path == "/callback") {
    return Plain(RouteId::kCallback);
  }
  if (path == "/healthz") {
    return Plain(RouteId::kHealth);
  }
  if (path == "/favicon.ico") {
    return Plain(RouteId::kFavicon);
  }
  if (path == style_path) {
    return Plain(RouteId::kStyleSheet);
  }
  return Plain(path == "/jwks" && serve_jwks ? RouteId::kJwks : RouteId::kNone);
}

std::string_view NameOf(RouteId id) {
  switch (id) {
    case RouteId::kEnterCode:
      return "enter-code";
    case RouteId::kLogin:
      return "login";
    case RouteId::kContinue:
      return "continue";
    case RouteId::kNotMe:
      return "not-me";
    case RouteId::kUnknownLogin:
      return "unknown-login";
    case RouteId::kCallback:
      return "callback";
    case RouteId::kJwks:
      return "jwks";
    case RouteId::kHealth:
      return "healthz";
    case RouteId::kStyleSheet:
      return "style-sheet";
    case RouteId::kFavicon:
      return "favicon";
    case RouteId::kNone:
      break;
  }
  return "none";
}

std::string_view AllowedMethods(RouteId id) {
  if (id == RouteId::kNone) {
    return "";
  }
  return id == RouteId::kContinue || id == RouteId::kNotMe ? "POST" : "GET, HEAD";
}

bool Allows(RouteId id, http::Method method) {
  if (id == RouteId::kContinue || id == RouteId::kNotMe) {
    return method == http::Method::kPost;
  }
  return method == http::Method::kGet || method == http::Method::kHead;
}

std::string LoginPath(std::string_view user_code) { return "/l/" + WithDash(user_code); }

}  // namespace cis2::front
