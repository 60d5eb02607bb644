// The web side of every login: what a browser may see and do, and the journey to the provider and back.
//
// Design section 4, steps 4 to 9. A class without I/O: the front's requests come in as front_wire messages
// and are answered through a callback, exactly once each; the exchange with the provider runs elsewhere and
// comes back as a function call. I/O thread only.
//
//   kOpen --first continue--> owned --callback with the live state--> kChecking --CodeIssued--> kCode
//   any --LoginEnded--> kEnded, kept for a while so that pages can say how it ended
#ifndef CIS2_BROKER_WEB_WEB_SIDE_H_
#define CIS2_BROKER_WEB_WEB_SIDE_H_

#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "broker/board/board.h"
#include "broker/config/config.h"
#include "broker/front/wire/messages.h"
#include "broker/oidc/authorize.h"
#include "broker/oidc/sign_in.h"
#include "broker/web/rate.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cis2::web {

// How long the pages still tell how a login ended, and how many ended logins are kept at most.
inline constexpr std::chrono::minutes kRemembered{10};
inline constexpr std::size_t kMaxEnded = 10000;

using Reply = std::function<void(front_wire::ToFront)>;
using SignInDone = std::function<void(reasons::Checked<identity::Identity>)>;

struct WebSideParts {
  const config::Config& config;
  const base::Clock& clock;
  base::Random& random;
  board::Board& board;
  // The discovery document if it may be used now, else null.
  std::function<std::shared_ptr<const oidc::Discovery>()> discovery;
  // Redeems the code on a provider worker and answers later on the I/O thread.
  std::function<void(oidc::SignInRequest, const std::string& browser_addr, SignInDone)> sign_in;
  // Called whenever NextDeadline() may have changed by something else than a message of the board.
  std::function<void()> changed;
};

class WebSide {
 public:
  explicit WebSide(WebSideParts parts);

  void OnBoard(const board::ToWeb& message);

  void Show(const front_wire::ShowLogin& m, const Reply& reply);
  void Continue(const front_wire::ContinueLogin& m, const Reply& reply);
  void Deny(const front_wire::DenyLogin& m, const Reply& reply);
  void Callback(const front_wire::Callback& m, const Reply& reply);

  [[nodiscard]] std::optional<base::TimePoint> NextDeadline() const;
  void OnTime();

 private:
  enum class Phase { kOpen, kChecking, kCode, kEnded };
  // An answer that waits for the login to move on, at most until `until`.
  struct Waiter {
    base::TimePoint until{};
    std::function<void()> answer;
  };
  struct Login {
    board::LoginPosted posted;
    Phase phase = Phase::kOpen;
    std::string owner;  // SHA-256 of the owner's browser key; empty while nobody continued
    oidc::Transaction transaction;
    std::string provider_url;
    bool state_used = false;
    std::string confirmation_code;
    board::LoginEnded end;
    base::TimePoint ended_at{};
    std::set<std::string> seen_in_use;  // address buckets already reported
    std::vector<Waiter> waiters;
  };
  // What one request of a browser is about.
  struct Visitor {
    std::uint32_t request;
    std::string browser_key;
    std::string browser_addr;
  };

  void Handle(const board::LoginPosted& m);
  void Handle(const board::CodeIssued& m);
  void Handle(const board::LoginEnded& m);

  Login* FindByUserCode(const std::string& user_code);
  Login* FindByLoginId(const std::string& login_id);
  Login* FindByState(const std::string& state);
  [[nodiscard]] static bool IsOwner(const Login& login, std::string_view browser_key);

  // Finds the login a visitor may deal with; or answers (unknown, too many, in use) and gives null.
  Login* Enter(const std::string& user_code, const Visitor& visitor, const Reply& reply);
  void BecomeOwner(Login& login, const Visitor& visitor, const oidc::Discovery& discovery);
  void BeginExchange(Login& login, const front_wire::Callback& m);
  void FailJourney(Login& login, const std::string& browser_addr, reasons::Refusal refusal);
  // Answers with a 303 to the login's page once it has moved on.
  void RedirectWhenMoved(Login& login, std::uint32_t request, const Reply& reply);
  void WakeWaiters(Login& login);
  void ForgetFirstEnded();

  [[nodiscard]] front_wire::Page PageOf(const Login& login, const Visitor& visitor) const;
  [[nodiscard]] std::string PageUrl(const Login& login) const;

  WebSideParts parts_;
  std::map<std::string, Login> logins_;               // by user code
  std::map<std::string, std::string> code_of_login_;  // login id to user code
  std::map<std::string, std::string> code_of_state_;  // SHA-256 of a state to user code
  std::deque<std::string> ended_;                     // user codes, the login that ended first in front
  RateLimit unknown_codes_;
  RateLimit token_requests_;
  RateLimit token_requests_per_address_;
};

}  // namespace cis2::web

#endif  // CIS2_BROKER_WEB_WEB_SIDE_H_
