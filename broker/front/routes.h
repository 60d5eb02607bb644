// Which page a path means, and with which methods it may be asked for. Pure.
//
// A path is compared byte for byte, without decoding. `/L/` is `/l/`, because the link of the QR code is in
// capitals; everything else matches with its case.
#ifndef CIS2_BROKER_FRONT_ROUTES_H_
#define CIS2_BROKER_FRONT_ROUTES_H_

#include "broker/http/message.h"

#include <string>
#include <string_view>

namespace cis2::front {

enum class RouteId {
  kEnterCode,
  kLogin,
  kContinue,
  kNotMe,
  kUnknownLogin,  // below /l/, but not a user code
  kCallback,
  kJwks,
  kHealth,
  kStyleSheet,
  kFavicon,
  kNone,
};

struct Route {
  RouteId id = RouteId::kNone;
  std::string user_code;  // canonical; kLogin, kContinue and kNotMe have one
};

// `style_path` is the one path of the style sheet, with the hash of its content.
Route FindRoute(std::string_view path, std::string_view style_path, bool serve_jwks);

// For a log line: never a path, since that holds a user code.
std::string_view NameOf(RouteId id);
// For the Allow header: "GET, HEAD" or "POST"; empty where there is no such page.
std::string_view AllowedMethods(RouteId id);
bool Allows(RouteId id, http::Method method);

// "/l/BCDF-GHJK" of a canonical code.
std::string LoginPath(std::string_view user_code);

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_ROUTES_H_
