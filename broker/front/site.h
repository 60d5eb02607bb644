// What every address of the front answers: routes, cookies, forms, and the broker asked in between.
//
// Holds no login: a GET stores nothing, a cookie and a token made from it carry what is needed (design
// section 4). Every answer goes through one place that adds the headers of security_headers.h. Of a request
// only method, route name, status and address are logged, at debug. Ownership: borrows the broker, clock and
// random; they outlive it, and callbacks given to the broker refer to it. Threads: the I/O thread alone.
#ifndef CIS2_BROKER_FRONT_SITE_H_
#define CIS2_BROKER_FRONT_SITE_H_

#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "broker/front/broker.h"
#include "broker/front/cookies.h"
#include "broker/front/pages.h"
#include "broker/front/routes.h"
#include "broker/front/security_headers.h"
#include "broker/http/message.h"
#include "broker/http/server.h"
#include "broker/policy/policy.h"

#include <memory>
#include <string>
#include <vector>

namespace cis2::front {

class Site {
 public:
  Site(Broker& broker, const base::Clock& clock, base::Random& random);

  // Takes over what the broker says; certificates are not its business.
  void Apply(const front_wire::Settings& settings);
  void Handle(http::ServerRequest request, const http::Respond& respond);
  // For what the HTTP server answers by itself, which knows of no header: in English.
  [[nodiscard]] http::Response FaultPage(int status) const;

 private:
  // One request on its way; shared with the callback that the broker's answer will call.
  struct Visit {
    http::ServerRequest request;
    Route route;
    std::string address;
    std::vector<LoginCookie> cookies;
    texts::Language language = texts::Language::kEnglish;
    http::Respond respond;
  };
  using VisitPtr = std::shared_ptr<const Visit>;

  void EnterCode(const Visit& visit) const;
  void ShowLogin(const VisitPtr& visit);
  void Press(const VisitPtr& visit);
  void Callback(const VisitPtr& visit);
  void Jwks(const VisitPtr& visit);
  void StyleSheet(const Visit& visit) const;

  void AnswerShow(const Visit& visit, const front_wire::ToFront& reply);
  void Answer(const Visit& visit, const front_wire::ToFront& reply, const std::string& browser_key) const;
  void Ask(const VisitPtr& visit, front_wire::ToBroker request,
           std::function<void(const front_wire::ToFront&)> use) const;
  [[nodiscard]] bool IsOurForm(const Visit& visit, const LoginCookie& cookie) const;
  [[nodiscard]] http::Response LoginPage(const Visit& visit, const front_wire::Page& page,
                                         const std::string& browser_key) const;
  [[nodiscard]] http::Response ErrorPage(const Visit& visit, int status, reasons::Reason reason) const;
  void Finish(const Visit& visit, http::Response response, Caching caching = Caching::kNever) const;

  Broker& broker_;
  const base::Clock& clock_;
  base::Random& random_;
  Pages pages_;
  HeaderPolicy header_policy_;
  std::string public_url_;
  bool serve_jwks_ = false;
  std::vector<policy::Network> trusted_proxies_;
};

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_SITE_H_
