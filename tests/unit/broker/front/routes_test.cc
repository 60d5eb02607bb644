#include "broker/front/routes.h"

#include <gtest/gtest.h>

namespace cis2::front {
namespace {

constexpr const char* kStyle = "/assets/00ff.css";

RouteId Find(std::string_view path) { return FindRoute(path, kStyle, /*serve_jwks=*/false).id; }

TEST(RoutesTest, EveryPageHasItsPath) {
  EXPECT_EQ(Find("/"), RouteId::kEnterCode);
  EXPECT_EQ(Find("/l/BCDF-GHJK"), RouteId::kLogin);
  EXPECT_EQ(Find("/l/BCDF-GHJK/continue"), RouteId::kContinue);
  EXPECT_EQ(Find("/l/BCDF-GHJK/not-me"), RouteId::kNotMe);
  EXPECT_EQ(Find("/callback"), RouteId::kCallback);
  EXPECT_EQ(Find("/healthz"), RouteId::kHealth);
  EXPECT_EQ(Find("/favicon.ico"), RouteId::kFavicon);
  EXPECT_EQ(Find(kStyle), RouteId::kStyleSheet);
}

TEST(RoutesTest, TheLinkInCapitalsIsTheSameLogin) {
  const Route route = FindRoute("/L/BCDF-GHJK", kStyle, false);
  EXPECT_EQ(route.id, RouteId::kLogin);
  EXPECT_EQ(route.user_code, "BCDFGHJK");
  EXPECT_EQ(FindRoute("/l/bcdfghjk/continue", kStyle, false).user_code, "BCDFGHJK");
}

TEST(RoutesTest, KeysAreServedOnlyWhereThatIsOn) {
  EXPECT_EQ(FindRoute("/jwks", kStyle, false).id, RouteId::kNone);
  EXPECT_EQ(FindRoute("/jwks", kStyle, true).id, RouteId::kJwks);
}

TEST(RoutesTest, WhatIsNotACodeIsAnUnknownLogin) {
  for (const char* path : {"/l/", "/l/ABCDEFGH", "/l/BCDF-GHJ", "/l//continue", "/l/%42CDFGHJK", "/l/.."}) {
    EXPECT_EQ(Find(path), RouteId::kUnknownLogin) << path;
  }
}

TEST(RoutesTest, OtherPathsAreNone) {
  for (const char* path :
       {"", "*", "//", "/l", "/index.html", "/Callback", "/callback/", "/assets/", "/assets/01.css",
        "/healthz/", "/l/BCDF-GHJK/", "/l/BCDF-GHJK/Continue", "/l/BCDF-GHJK/continue/", "/l/BCDF-GHJK/x",
        "/backchannel-logout", "/./", "/%2e"}) {
    EXPECT_EQ(Find(path), RouteId::kNone) << path;
    EXPECT_EQ(FindRoute(path, kStyle, false).user_code, "") << path;
  }
}

TEST(RoutesTest, PagesAreReadAndButtonsArePosted) {
  using http::Method;
  for (const RouteId id : {RouteId::kEnterCode, RouteId::kLogin, RouteId::kUnknownLogin, RouteId::kCallback,
                           RouteId::kJwks, RouteId::kHealth, RouteId::kStyleSheet, RouteId::kFavicon}) {
    EXPECT_TRUE(Allows(id, Method::kGet));
    EXPECT_TRUE(Allows(id, Method::kHead));
    EXPECT_FALSE(Allows(id, Method::kPost));
    EXPECT_FALSE(Allows(id, Method::kOther));
    EXPECT_EQ(AllowedMethods(id), "GET, HEAD");
  }
  for (const RouteId id : {RouteId::kContinue, RouteId::kNotMe}) {
    EXPECT_TRUE(Allows(id, Method::kPost));
    EXPECT_FALSE(Allows(id, Method::kGet));
    EXPECT_FALSE(Allows(id, Method::kHead));
    EXPECT_FALSE(Allows(id, Method::kOther));
    EXPECT_EQ(AllowedMethods(id), "POST");
  }
}

TEST(RoutesTest, APathForALoginHasTheDash) { EXPECT_EQ(LoginPath("BCDFGHJK"), "/l/BCDF-GHJK"); }

}  // namespace
}  // namespace cis2::front
