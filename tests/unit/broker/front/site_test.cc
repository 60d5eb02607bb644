#include "broker/front/site.h"

#include "broker/base/text.h"
#include "broker/front/form_check.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/unit/broker/front/scripted_broker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace cis2::front {
namespace {

using front_wire::PageOutcome;
using http::Method;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::string kKey(43, 'k');
const std::string kOwn = "https://server.example:8443";
const std::string kCookie = "__Host-cis2-BCDFGHJK=1795425302." + kKey;
const std::string kFormType = "application/x-www-form-urlencoded";

front_wire::Page PageWith(PageOutcome outcome, std::uint16_t status = 200) {
  front_wire::Page page;
  page.outcome = outcome;
  page.status = status;
  page.host = "server";
  page.may_continue = outcome == PageOutcome::kPending;
  page.may_deny = page.may_continue;
  return page;
}

front_wire::RedirectTo Redirect(const std::string& location) {
  front_wire::RedirectTo redirect;
  redirect.location = location;
  return redirect;
}

http::ServerRequest Request(Method method, const std::string& path, const std::string& query = "") {
  http::ServerRequest request;
  request.method = method;
  request.path = path;
  request.query = query;
  request.headers = {{"Host", "server.example:8443"}};
  request.peer_address = "192.0.2.7";
  return request;
}

// As a browser presses a button on our page.
http::ServerRequest Press(const std::string& path) {
  http::ServerRequest request = Request(Method::kPost, path);
  request.headers.emplace_back("Cookie", kCookie);
  request.headers.emplace_back("Content-Type", kFormType);
  request.headers.emplace_back("Origin", "null");
  request.headers.emplace_back("Sec-Fetch-Site", "same-origin");
  request.body = "csrf=" + FormToken(kKey, "BCDFGHJK");
  return request;
}

class SiteTest : public testing::Test {
 protected:
  SiteTest() {
    settings_.public_url = kOwn;
    settings_.form_action_origin = "https://am.example:443";
    settings_.serve_jwks = true;
    settings_.trusted_proxies = {"198.51.100.0/24"};
    site_.Apply(settings_);
    broker_.reply = PageWith(PageOutcome::kPending);
  }

  http::Response Ask(http::ServerRequest request) {
    std::optional<http::Response> got;
    site_.Handle(std::move(request), [&](http::Response response) {
      EXPECT_FALSE(got.has_value()) << "answered twice";
      got = std::move(response);
    });
    EXPECT_TRUE(got.has_value());
    return got.value_or(http::Response());
  }
  http::Response Get(const std::string& path, const std::string& query = "") {
    return Ask(Request(Method::kGet, path, query));
  }
  http::Response GetWithCookie(const std::string& path, const std::string& cookie,
                               const std::string& query = "") {
    http::ServerRequest request = Request(Method::kGet, path, query);
    request.headers.emplace_back("Cookie", cookie);
    return Ask(std::move(request));
  }

  static std::string Header(const http::Response& response, std::string_view name) {
    return std::string(http::FindHeader(response.headers, name).value_or("absent or twice"));
  }
  static std::vector<std::string> Cookies(const http::Response& response) {
    std::vector<std::string> values;
    for (const auto value : http::FindHeaders(response.headers, "Set-Cookie")) {
      values.emplace_back(value);
    }
    return values;
  }

  front_wire::Settings settings_;
  tests::ScriptedBroker broker_;
  tests::FakeClock clock_;
  tests::FakeRandom random_;
  Site site_{broker_, clock_, random_};
};

// --- headers

class EveryAnswerTest : public SiteTest {
 protected:
  void ExpectHeaders(const http::Response& response, const std::string& cache_control = "no-store") {
    EXPECT_EQ(Header(response, "Cache-Control"), cache_control);
    EXPECT_EQ(
        Header(response, "Content-Security-Policy"),
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' https://am.example:443; "
        "frame-ancestors 'none'; base-uri 'none'");
    EXPECT_EQ(Header(response, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(Header(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(Header(response, "X-Frame-Options"), "DENY");
    EXPECT_EQ(Header(response, "Strict-Transport-Security"), "max-age=31536000");
    EXPECT_EQ(Header(response, "Cross-Origin-Opener-Policy"), "same-origin");
    EXPECT_THAT(Header(response, "Permissions-Policy"), HasSubstr("camera=()"));
  }
};

TEST_F(EveryAnswerTest, HasEveryHeader) {
  front_wire::Jwks jwks;
  jwks.json = "{}";
  for (const char* path : {"/", "/l/BCDF-GHJK", "/L/BCDF-GHJK", "/l/nonsense", "/callback", "/jwks",
                           "/healthz", "/favicon.ico", "/nothing", "*", "/backchannel-logout"}) {
    for (const Method method : {Method::kGet, Method::kHead, Method::kPost, Method::kOther}) {
      SCOPED_TRACE(path);
      ExpectHeaders(Ask(Request(method, path)));
    }
  }
  ExpectHeaders(Get("/", "code=BCDFGHJK"));
  ExpectHeaders(Get("/callback", "code=c&state=s"));
  ExpectHeaders(Ask(Press("/l/BCDF-GHJK/continue")));
  ExpectHeaders(Ask(Request(Method::kPost, "/l/BCDF-GHJK/not-me")));
  broker_.reply = Redirect("https://am.example:443/authorize");
  ExpectHeaders(Ask(Press("/l/BCDF-GHJK/continue")));
  broker_.reply = jwks;
  ExpectHeaders(Get("/jwks"));
  broker_.reply = std::nullopt;
  ExpectHeaders(Get("/l/BCDF-GHJK"));
  broker_.is_connected = false;
  ExpectHeaders(Get("/healthz"));
}

TEST_F(EveryAnswerTest, OfTheServerItselfHasEveryHeaderToo) {
  for (const int status : {400, 413, 417, 431, 500, 503}) {
    const http::Response response = site_.FaultPage(status);
    EXPECT_EQ(response.status, status);
    ExpectHeaders(response);
  }
}

TEST_F(EveryAnswerTest, IsNotKeptByTheBrowserExceptTheStyleSheet) {
  const http::Response response = Get(Pages().style_path());
  ExpectHeaders(response, "public, max-age=31536000, immutable");
  EXPECT_EQ(Header(response, "Content-Type"), "text/css; charset=utf-8");
}

TEST_F(EveryAnswerTest, HasNoHstsWhereThatIsOffAndNoForeignOriginBeforeItIsKnown) {
  settings_.hsts = false;
  settings_.form_action_origin = "";
  site_.Apply(settings_);
  for (const http::Response& response : {Get("/"), site_.FaultPage(400)}) {
    EXPECT_THAT(http::FindHeaders(response.headers, "Strict-Transport-Security"), IsEmpty());
    EXPECT_THAT(Header(response, "Content-Security-Policy"), HasSubstr("form-action 'self'; "));
  }
}

// --- methods and unknown paths

TEST_F(SiteTest, AWrongMethodIsToldTheRightOnes) {
  for (const Method method : {Method::kPost, Method::kOther}) {
    const http::Response response = Ask(Request(method, "/l/BCDF-GHJK"));
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(Header(response, "Allow"), "GET, HEAD");
  }
  for (const Method method : {Method::kGet, Method::kHead, Method::kOther}) {
    const http::Response response = Ask(Request(method, "/l/BCDF-GHJK/continue"));
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(Header(response, "Allow"), "POST");
  }
  EXPECT_THAT(broker_.asked, IsEmpty());
}

TEST_F(SiteTest, WhatIsNotThereIsAnErrorPage) {
  for (const char* path : {"/nothing", "/backchannel-logout", "/assets/0.css"}) {
    const http::Response response = Get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_THAT(response.body, HasSubstr("data-outcome=\"error\""));
  }
  const http::Response login = Get("/l/ABCDEFGH");
  EXPECT_EQ(login.status, 404);
  EXPECT_THAT(login.body, HasSubstr("There is no such login."));
  EXPECT_THAT(broker_.asked, IsEmpty());
}

TEST_F(SiteTest, HealthIsTheConnectionToTheBroker) {
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_EQ(Get("/healthz").body, "ok\n");
  broker_.is_connected = false;
  EXPECT_EQ(Get("/healthz").status, 503);
}

TEST_F(SiteTest, KeysAreServedOnlyWhereThatIsOn) {
  front_wire::Jwks jwks;
  jwks.json = R"({"keys":[]})";
  broker_.reply = jwks;
  const http::Response response = Get("/jwks");
  EXPECT_EQ(response.body, R"({"keys":[]})");
  EXPECT_EQ(Header(response, "Content-Type"), "application/jwk-set+json");
  settings_.serve_jwks = false;
  site_.Apply(settings_);
  EXPECT_EQ(Get("/jwks").status, 404);
}

// --- entering a code

TEST_F(SiteTest, ACodeInAnySpellingLeadsToItsPage) {
  for (const char* query : {"code=BCDF-GHJK", "code=bcdf+ghjk", "code=%20BCDFGHJK%20", "x=1&code=BCDFGHJK"}) {
    const http::Response response = Get("/", query);
    EXPECT_EQ(response.status, 303) << query;
    EXPECT_EQ(Header(response, "Location"), "/l/BCDF-GHJK") << query;
  }
}

TEST_F(SiteTest, WhatIsNotACodeGetsTheEnterPageWithAMessage) {
  EXPECT_THAT(Get("/").body, Not(HasSubstr("role=\"alert\"")));
  for (const char* query :
       {"code=", "code=ABC", "code=BCDFGHJK&code=BCDFGHJK", "code=%zz", "code=//evil.example"}) {
    const http::Response response = Get("/", query);
    EXPECT_EQ(response.status, 200) << query;
    EXPECT_THAT(response.body, HasSubstr("role=\"alert\"")) << query;
    EXPECT_THAT(response.body, HasSubstr("id=\"enter-code\"")) << query;
  }
}

// --- the login's page and its cookie

TEST_F(SiteTest, ABrowserThatComesFirstGetsItsKeyAndATokenMadeFromIt) {
  tests::FakeRandom same_random;
  const std::string key(base::RandomToken(same_random).Reveal());

  const http::Response response = Get("/l/bcdf-ghjk");

  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(Cookies(response), ElementsAre("__Host-cis2-BCDFGHJK=1795425302." + key +
                                             "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=900"));
  EXPECT_THAT(response.body, HasSubstr("value=\"" + FormToken(key, "BCDFGHJK") + "\""));
  EXPECT_THAT(response.body, Not(HasSubstr(key)));
  EXPECT_EQ(broker_.Last<front_wire::ShowLogin>().user_code, "BCDFGHJK");
  EXPECT_EQ(broker_.Last<front_wire::ShowLogin>().browser_key, "");
  EXPECT_EQ(broker_.Last<front_wire::ShowLogin>().browser_addr, "192.0.2.7");
}

TEST_F(SiteTest, ABrowserThatComesAgainKeepsItsKey) {
  const http::Response response = GetWithCookie("/l/BCDF-GHJK", kCookie);
  EXPECT_THAT(Cookies(response), IsEmpty());
  EXPECT_THAT(response.body, HasSubstr("value=\"" + FormToken(kKey, "BCDFGHJK") + "\""));
  EXPECT_EQ(broker_.Last<front_wire::ShowLogin>().browser_key, kKey);
}

TEST_F(SiteTest, TheKeyOfAnotherLoginIsNotSentAlong) {
  GetWithCookie("/l/ZZZZ-ZZZZ", kCookie);
  EXPECT_EQ(broker_.Last<front_wire::ShowLogin>().browser_key, "");
}

TEST_F(SiteTest, AMalformedCookieIsReplaced) {
  const http::Response response = GetWithCookie("/l/BCDF-GHJK", "__Host-cis2-BCDFGHJK=x");
  EXPECT_THAT(Cookies(response), ElementsAre(StartsWith("__Host-cis2-BCDFGHJK=1795425302.")));
}

TEST_F(SiteTest, ALoginThatDoesNotExistSetsNoCookie) {
  front_wire::Page page = PageWith(PageOutcome::kError, 404);
  page.reason = reasons::Reason::kBrowserUnknownCode;
  broker_.reply = page;
  const http::Response response = Get("/l/BCDF-GHJK");
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(Cookies(response), IsEmpty());
}

TEST_F(SiteTest, AFifthCookieTakesTheOldestAway) {
  const auto cookie = [](const char* code, const char* time) {
    return "__Host-cis2-" + std::string(code) + "=" + time + "." + kKey + "; ";
  };
  const http::Response response =
      GetWithCookie("/l/BCDF-GHJK", cookie("CCCCCCCC", "4") + cookie("DDDDDDDD", "1") +
                                        cookie("FFFFFFFF", "2") + cookie("GGGGGGGG", "3"));
  EXPECT_THAT(Cookies(response), ElementsAre(StartsWith("__Host-cis2-BCDFGHJK=1795425302."),
                                             StartsWith("__Host-cis2-DDDDDDDD=;")));
}

TEST_F(SiteTest, WithoutAnAnswerOfTheBrokerThePageSaysUnavailable) {
  broker_.reply = std::nullopt;
  for (const http::Response& response : {Get("/l/BCDF-GHJK"), Get("/callback", "code=c&state=s"),
                                         Ask(Press("/l/BCDF-GHJK/continue")), Get("/jwks")}) {
    EXPECT_EQ(response.status, 503);
    EXPECT_THAT(response.body, HasSubstr("data-outcome=\"unavailable\""));
    EXPECT_THAT(Cookies(response), IsEmpty());
  }
}

TEST_F(SiteTest, AnAnswerOfAnotherKindIsNotServed) {
  front_wire::Jwks jwks;
  jwks.json = "{}";
  broker_.reply = jwks;
  EXPECT_EQ(Get("/l/BCDF-GHJK").status, 503);
}

TEST_F(SiteTest, TheStatusOfThePageIsTheBrokers) {
  broker_.reply = PageWith(PageOutcome::kError, 429);
  EXPECT_EQ(Get("/l/BCDF-GHJK").status, 429);
}

// --- buttons

TEST_F(SiteTest, ContinueSendsTheBrowserToTheProvider) {
  broker_.reply = Redirect("https://am.example:443/authorize?state=s");
  const http::Response response = Ask(Press("/l/BCDF-GHJK/continue"));
  EXPECT_EQ(response.status, 303);
  EXPECT_EQ(Header(response, "Location"), "https://am.example:443/authorize?state=s");
  EXPECT_EQ(broker_.Last<front_wire::ContinueLogin>().browser_key, kKey);
  EXPECT_EQ(broker_.Last<front_wire::ContinueLogin>().user_code, "BCDFGHJK");
}

TEST_F(SiteTest, NotMeIsPassedOn) {
  broker_.reply = Redirect("/l/BCDF-GHJK");
  EXPECT_EQ(Ask(Press("/l/BCDF-GHJK/not-me")).status, 303);
  EXPECT_EQ(broker_.Last<front_wire::DenyLogin>().browser_key, kKey);
}

class BadPressTest : public SiteTest {
 protected:
  template <class Change>
  void ExpectRefused(int status, Change change) {
    for (const char* path : {"/l/BCDF-GHJK/continue", "/l/BCDF-GHJK/not-me"}) {
      http::ServerRequest request = Press(path);
      change(request);
      const http::Response response = Ask(std::move(request));
      EXPECT_EQ(response.status, status);
      EXPECT_THAT(response.body, HasSubstr("data-outcome=\"error\""));
    }
    EXPECT_THAT(broker_.asked, IsEmpty());
  }
  static void Replace(http::ServerRequest& request, const std::string& name, const std::string& value) {
    for (auto& [header, old] : request.headers) {
      if (header == name) {
        old = value;
      }
    }
  }
};

TEST_F(BadPressTest, WithoutTheCookieIsRefused) {
  ExpectRefused(403, [](auto& r) { Replace(r, "Cookie", "other=1"); });
}
TEST_F(BadPressTest, WithAMalformedCookieIsRefused) {
  ExpectRefused(403, [](auto& r) { Replace(r, "Cookie", kCookie + "x"); });
}
TEST_F(BadPressTest, WithTheCookieOfAnotherLoginIsRefused) {
  ExpectRefused(403, [](auto& r) { Replace(r, "Cookie", "__Host-cis2-ZZZZZZZZ=1795425302." + kKey); });
}
TEST_F(BadPressTest, WithoutATokenIsRefused) {
  ExpectRefused(403, [](auto& r) { r.body = ""; });
}
TEST_F(BadPressTest, WithTheTokenOfAnotherLoginIsRefused) {
  ExpectRefused(403, [](auto& r) { r.body = "csrf=" + FormToken(kKey, "ZZZZZZZZ"); });
}
TEST_F(BadPressTest, WithTheTokenOfAnotherBrowserIsRefused) {
  ExpectRefused(403, [](auto& r) { r.body = "csrf=" + FormToken(std::string(43, 'x'), "BCDFGHJK"); });
}
TEST_F(BadPressTest, WithTwoTokensIsRefused) {
  ExpectRefused(403, [](auto& r) { r.body += "&" + r.body; });
}
TEST_F(BadPressTest, FromAnotherOriginIsRefused) {
  ExpectRefused(403, [](auto& r) { Replace(r, "Origin", "https://evil.example"); });
}
TEST_F(BadPressTest, FromAnotherSiteIsRefused) {
  ExpectRefused(403, [](auto& r) { Replace(r, "Sec-Fetch-Site", "cross-site"); });
}
TEST_F(BadPressTest, OfAnotherTypeIsRefused) {
  ExpectRefused(415, [](auto& r) { Replace(r, "Content-Type", "text/plain"); });
}

TEST_F(SiteTest, ARefusedFormSaysWhatToDo) {
  http::ServerRequest request = Press("/l/BCDF-GHJK/continue");
  request.body = "";
  EXPECT_THAT(Ask(std::move(request)).body, HasSubstr("The form could not be checked."));
}

// --- the way back from the provider

TEST_F(SiteTest, ACallbackIsPassedOnWithEveryKeyOfTheBrowser) {
  broker_.reply = Redirect("/l/BCDF-GHJK");
  const http::Response response = GetWithCookie(
      "/callback",
      kCookie + "; __Host-cis2-ZZZZZZZZ=1795425300." + std::string(43, 'z') + "; __Host-cis2-bad=1",
      "code=c&state=s&iss=i");
  EXPECT_EQ(response.status, 303);
  EXPECT_EQ(Header(response, "Location"), "/l/BCDF-GHJK");
  const auto& callback = broker_.Last<front_wire::Callback>();
  EXPECT_EQ(callback.code, "c");
  EXPECT_EQ(callback.state, "s");
  EXPECT_EQ(callback.iss, "i");
  EXPECT_THAT(callback.browser_keys,
              ElementsAre(std::pair("BCDFGHJK", kKey), std::pair("ZZZZZZZZ", std::string(43, 'z'))));
  EXPECT_EQ(callback.browser_addr, "192.0.2.7");
}

TEST_F(SiteTest, OfTooManyKeysTheNewestFourAreSent) {
  std::string cookies;
  for (const char* code : {"BBBBBBBB", "CCCCCCCC", "DDDDDDDD", "FFFFFFFF", "GGGGGGGG"}) {
    cookies += "__Host-cis2-" + std::string(code) + "=" + std::to_string(10 + code[0]) + "." + kKey + ";";
  }
  GetWithCookie("/callback", cookies, "code=c&state=s");
  const auto& keys = broker_.Last<front_wire::Callback>().browser_keys;
  EXPECT_THAT(keys, ElementsAre(testing::Pair("GGGGGGGG", kKey), testing::Pair("FFFFFFFF", kKey),
                                testing::Pair("DDDDDDDD", kKey), testing::Pair("CCCCCCCC", kKey)));
}

TEST_F(SiteTest, AMalformedCallbackIsRefusedWithoutAskingTheBroker) {
  for (const std::string& query :
       {std::string(), std::string("state=s"), std::string("code=c&code=d&state=s"),
        std::string("code=c&error=e&state=s"), "code=c&state=" + std::string(5000, 's'),
        std::string("code=c&state=s&state=s")}) {
    const http::Response response = Get("/callback", query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_THAT(response.body, HasSubstr("The answer of the sign-in service could not be read.")) << query;
  }
  EXPECT_THAT(broker_.asked, IsEmpty());
}

TEST_F(SiteTest, APageAfterTheCallbackHasNoForms) {
  broker_.reply = PageWith(PageOutcome::kPending);
  const http::Response response = GetWithCookie("/callback", kCookie, "code=c&state=s");
  EXPECT_THAT(response.body, Not(HasSubstr("<form")));
  EXPECT_THAT(Cookies(response), IsEmpty());
}

TEST_F(SiteTest, BehindATrustedProxyTheClientIsTheOneItNames) {
  http::ServerRequest request = Request(Method::kGet, "/l/BCDF-GHJK");
  request.peer_address = "198.51.100.3";
  request.headers.emplace_back("X-Forwarded-For", "10.9.9.9, 203.0.113.5");
  Ask(std::move(request));
  EXPECT_EQ(broker_.Last<front_wire::ShowLogin>().browser_addr, "203.0.113.5");
}

// Whatever a request holds, what the site asks the broker can be sent: a browser cannot end that connection.
TEST_F(SiteTest, EveryQuestionFitsTheWire) {
  Get("/l/BCDF-GHJK");
  GetWithCookie("/l/BCDF-GHJK", kCookie);
  Ask(Press("/l/BCDF-GHJK/continue"));
  Ask(Press("/l/BCDF-GHJK/not-me"));
  GetWithCookie("/callback", kCookie + ";" + kCookie, "code=c&state=s");
  Get("/callback",
      "error=%22%3C&error_description=" + std::string(300, '%').replace(0, 300, "%ff%0a%00") + "&state=+");
  Get("/callback", "error=e&error_description=%FF%0A" + std::string(4000, 'd') + "&iss=");
  Get("/jwks");
  EXPECT_GE(broker_.asked.size(), 6U);
  for (const front_wire::ToBroker& question : broker_.asked) {
    EXPECT_TRUE(front_wire::Encode(question).has_value());
  }
}

}  // namespace
}  // namespace cis2::front
