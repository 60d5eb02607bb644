#include "broker/front/site.h"

#include "broker/base/log.h"
#include "broker/front/callback_query.h"
#include "broker/front/client_address.h"
#include "broker/front/form_check.h"
#include "broker/front/user_code.h"

#include <chrono>
#include <cstdint>
#include <utility>

namespace cis2::front {
namespace {

using front_wire::PageOutcome;
using reasons::Reason;

constexpr int kOk = 200;
constexpr int kSeeOther = 303;
constexpr int kBadRequest = 400;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kUnsupportedMediaType = 415;
constexpr int kServiceUnavailable = 503;

constexpr const char* kHtml = "text/html; charset=utf-8";
constexpr const char* kPlainText = "text/plain; charset=utf-8";

http::Response Make(int status, const char* type, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", type);
  response.body = std::move(body);
  return response;
}

http::Response RedirectTo(const std::string& location) {
  http::Response response;
  response.status = kSeeOther;
  response.headers.emplace_back("Location", location);
  return response;
}

const char* NameOf(http::Method method) {
  switch (method) {
    case http::Method::kGet:
      return "GET";
    case http::Method::kHead:
      return "HEAD";
    case http::Method::kPost:
      return "POST";
    case http::Method::kOther:
      break;
  }
  return "OTHER";
}

}  // namespace

Site::Site(Broker& broker, const base::Clock& clock, base::Random& random)
    : broker_(broker), clock_(clock), random_(random) {}

void Site::Apply(const front_wire::Settings& settings) {
  public_url_ = settings.public_url;
  serve_jwks_ = settings.serve_jwks;
  header_policy_.form_action_origin = settings.form_action_origin;
  header_policy_.hsts = settings.hsts;
  trusted_proxies_.clear();
  for (const std::string& text : settings.trusted_proxies) {
    if (auto network = policy::Network::Parse(text)) {
      trusted_proxies_.push_back(*network);
    } else {
      base::LogWarning("a trusted proxy is not a network and is not trusted", {{"NETWORK", text}});
    }
  }
}

void Site::Handle(http::ServerRequest request, const http::Respond& respond) {
  auto visit = std::make_shared<Visit>();  // shared with the broker's callback
  visit->route = FindRoute(request.path, pages_.style_path(), serve_jwks_);
  visit->address = ClientAddress(request, trusted_proxies_);
  visit->cookies = ParseLoginCookies(request.headers);
  visit->language = texts::Preferred(http::FindHeader(request.headers, "Accept-Language").value_or(""));
  visit->request = std::move(request);
  visit->respond = respond;
  if (visit->route.id == RouteId::kNone) {
    return Finish(*visit, ErrorPage(*visit, kNotFound, Reason::kNone));
  }
  if (!Allows(visit->route.id, visit->request.method)) {
    http::Response refusal = ErrorPage(*visit, kMethodNotAllowed, Reason::kNone);
    refusal.headers.emplace_back("Allow", AllowedMethods(visit->route.id));
    return Finish(*visit, std::move(refusal));
  }
  switch (visit->route.id) {
    case RouteId::kEnterCode:
      return EnterCode(*visit);
    case RouteId::kLogin:
      return ShowLogin(visit);
    case RouteId::kContinue:
    case RouteId::kNotMe:
      return Press(visit);
    case RouteId::kUnknownLogin:
      return Finish(*visit, ErrorPage(*visit, kNotFound, Reason::kBrowserUnknownCode));
    case RouteId::kCallback:
      return Callback(visit);
    case RouteId::kJwks:
      return Jwks(visit);
    case RouteId::kHealth:
      return Finish(*visit, broker_.connected() ? Make(kOk, kPlainText, "ok\n")
                                                : Make(kServiceUnavailable, kPlainText, "no broker\n"));
    case RouteId::kStyleSheet:
      return StyleSheet(*visit);
    case RouteId::kFavicon:
      return Finish(*visit, Make(kOk, "image/svg+xml", std::string(pages_.Favicon())));
    case RouteId::kNone:
      break;
  }
}

http::Response Site::FaultPage(int status) const {
  http::Response response = Make(status, kHtml, pages_.Fault(texts::Language::kEnglish, status));
  AddSecurityHeaders(header_policy_, Caching::kNever, response);
  return response;
}

// --- one function a route

void Site::EnterCode(const Visit& visit) const {
  const auto fields = http::ParseForm(visit.request.query);
  const auto code = fields ? http::SingleField(*fields, "code") : std::nullopt;
  if (fields && code && !*code) {
    return Finish(visit, Make(kOk, kHtml, pages_.EnterCode(visit.language, false)));
  }
  const auto user_code = code ? UserCodeAsTyped(**code) : std::nullopt;
  if (user_code) {
    return Finish(visit, RedirectTo(LoginPath(*user_code)));
  }
  Finish(visit, Make(kOk, kHtml, pages_.EnterCode(visit.language, true)));
}

void Site::ShowLogin(const VisitPtr& visit) {
  const LoginCookie* const cookie = FindLoginCookie(visit->cookies, visit->route.user_code);
  front_wire::ShowLogin question;
  question.user_code = visit->route.user_code;
  question.browser_key = cookie == nullptr ? "" : cookie->browser_key;
  question.browser_addr = visit->address;
  Ask(visit, std::move(question),
      [this, visit](const front_wire::ToFront& reply) { AnswerShow(*visit, reply); });
}

// A browser that comes for the first time gets its key now, if there is a login for it to belong to.
void Site::AnswerShow(const Visit& visit, const front_wire::ToFront& reply) {
  const LoginCookie* const cookie = FindLoginCookie(visit.cookies, visit.route.user_code);
  const auto* const page = std::get_if<front_wire::Page>(&reply);
  if (cookie != nullptr || page == nullptr || page->outcome == PageOutcome::kError) {
    return Answer(visit, reply, cookie == nullptr ? "" : cookie->browser_key);
  }
  LoginCookie fresh;
  fresh.user_code = visit.route.user_code;
  fresh.created =
      std::chrono::duration_cast<std::chrono::seconds>(clock_.WallNow().time_since_epoch()).count();
  fresh.browser_key = base::RandomToken(random_).Reveal();
  http::Response response = LoginPage(visit, *page, fresh.browser_key);
  for (std::string& header : SetLoginCookie(fresh, visit.cookies)) {
    response.headers.emplace_back("Set-Cookie", std::move(header));
  }
  Finish(visit, std::move(response));
}

// "Continue" and "this was not me".
void Site::Press(const VisitPtr& visit) {
  if (!IsFormBody(visit->request.headers)) {
    return Finish(*visit, ErrorPage(*visit, kUnsupportedMediaType, Reason::kNone));
  }
  const LoginCookie* const cookie = FindLoginCookie(visit->cookies, visit->route.user_code);
  if (cookie == nullptr || !IsOurForm(*visit, *cookie)) {
    return Finish(*visit, ErrorPage(*visit, kForbidden, Reason::kBrowserFormRejected));
  }
  const auto press = [&](auto question) {
    question.user_code = visit->route.user_code;
    question.browser_key = cookie->browser_key;
    question.browser_addr = visit->address;
    Ask(visit, std::move(question),
        [this, visit, key = cookie->browser_key](const front_wire::ToFront& reply) {
          Answer(*visit, reply, key);
        });
  };
  if (visit->route.id == RouteId::kContinue) {
    press(front_wire::ContinueLogin());
  } else {
    press(front_wire::DenyLogin());
  }
}

void Site::Callback(const VisitPtr& visit) {
  auto question = ParseCallbackQuery(visit->request.query);
  if (!question) {
    return Finish(*visit, ErrorPage(*visit, kBadRequest, Reason::kCallbackMalformed));
  }
  for (const LoginCookie& cookie : visit->cookies) {
    if (question->browser_keys.size() < front_wire::kMaxBrowserKeys) {
      question->browser_keys.emplace_back(cookie.user_code, cookie.browser_key);
    }
  }
  question->browser_addr = visit->address;
  Ask(visit, std::move(*question),
      [this, visit](const front_wire::ToFront& reply) { Answer(*visit, reply, ""); });
}

void Site::Jwks(const VisitPtr& visit) {
  Ask(visit, front_wire::GetJwks(), [this, visit](const front_wire::ToFront& reply) {
    const auto* const jwks = std::get_if<front_wire::Jwks>(&reply);
    if (jwks == nullptr) {
      return Answer(*visit, reply, "");
    }
    Finish(*visit, Make(kOk, "application/jwk-set+json", jwks->json));
  });
}

void Site::StyleSheet(const Visit& visit) const {
  Finish(visit, Make(kOk, "text/css; charset=utf-8", std::string(pages_.StyleSheet())), Caching::kImmutable);
}

// --- what they share

void Site::Ask(const VisitPtr& visit, front_wire::ToBroker request,
               std::function<void(const front_wire::ToFront&)> use) const {
  broker_.Ask(std::move(request),
              [this, visit, use = std::move(use)](const std::optional<front_wire::ToFront>& reply) {
                if (reply) {
                  use(*reply);
                } else {
                  Finish(*visit, ErrorPage(*visit, kServiceUnavailable, Reason::kNone));
                }
              });
}

void Site::Answer(const Visit& visit, const front_wire::ToFront& reply,
                  const std::string& browser_key) const {
  if (const auto* const page = std::get_if<front_wire::Page>(&reply)) {
    return Finish(visit, LoginPage(visit, *page, browser_key));
  }
  if (const auto* const redirect = std::get_if<front_wire::RedirectTo>(&reply)) {
    return Finish(visit, RedirectTo(redirect->location));
  }
  base::LogError("the broker answered a request with another kind of message",
                 {{"ROUTE", std::string(NameOf(visit.route.id))}});
  Finish(visit, ErrorPage(visit, kServiceUnavailable, Reason::kNone));
}

bool Site::IsOurForm(const Visit& visit, const LoginCookie& cookie) const {
  return IsFromOwnSite(visit.request.headers, public_url_) &&
         HasFormToken(visit.request.body, cookie.browser_key, cookie.user_code);
}

http::Response Site::LoginPage(const Visit& visit, const front_wire::Page& page,
                               const std::string& browser_key) const {
  LoginView view;
  view.page = page;
  view.user_code = visit.route.user_code;
  view.form_token = browser_key.empty() ? "" : FormToken(browser_key, visit.route.user_code);
  view.now = clock_.WallNow();
  view.language = visit.language;
  return Make(page.status, kHtml, pages_.Login(view));
}

http::Response Site::ErrorPage(const Visit& visit, int status, Reason reason) const {
  if (reason == Reason::kNone) {
    return Make(status, kHtml, pages_.Fault(visit.language, status));
  }
  LoginView view;
  view.language = visit.language;
  view.page.outcome = PageOutcome::kError;
  view.page.status = static_cast<std::uint16_t>(status);
  view.page.reason = reason;
  return Make(status, kHtml, pages_.Login(view));
}

void Site::Finish(const Visit& visit, http::Response response, Caching caching) const {
  AddSecurityHeaders(header_policy_, caching, response);
  base::LogDebug("answered", {{"METHOD", NameOf(visit.request.method)},
                              {"ROUTE", std::string(NameOf(visit.route.id))},
                              {"STATUS", std::to_string(response.status)},
                              {"ADDRESS", visit.address}});
  visit.respond(std::move(response));
}

}  // namespace cis2::front
