#include "broker/web/web_side.h"

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/oidc/callback.h"
#include "broker/oidc/redact.h"

#include <algorithm>
#include <cstdint>

namespace cis2::web {
namespace {

using front_wire::Page;
using front_wire::PageOutcome;
using reasons::Reason;

constexpr std::uint16_t kOk = 200;
constexpr std::uint16_t kBadRequest = 400;
constexpr std::uint16_t kForbidden = 403;
constexpr std::uint16_t kNotFound = 404;
constexpr std::uint16_t kConflict = 409;
constexpr std::uint16_t kTooManyRequests = 429;
constexpr std::uint16_t kServiceUnavailable = 503;
constexpr std::size_t kMaxInUseReports = 16;  // per login; an event, not a flood

// Addresses are counted by network; what is no address shares one count.
std::string Bucket(const std::string& address) { return base::AddressBucket(address).value_or("unknown"); }

Page ErrorPage(std::uint32_t request, std::uint16_t status, Reason reason) {
  Page page;
  page.request = request;
  page.status = status;
  page.outcome = PageOutcome::kError;
  page.reason = reason;
  return page;
}

PageOutcome OutcomeOf(board::End end) {
  switch (end) {
    case board::End::kAllowed:
      return PageOutcome::kAllowed;
    case board::End::kRefused:
      return PageOutcome::kRefused;
    case board::End::kExpired:
      return PageOutcome::kExpired;
    case board::End::kCancelled:
      return PageOutcome::kCancelled;
    case board::End::kUnavailable:
      break;
  }
  return PageOutcome::kUnavailable;
}

}  // namespace

WebSide::WebSide(WebSideParts parts)
    : parts_(std::move(parts)),
      unknown_codes_(parts_.config.limits.unknown_codes_per_minute),
      token_requests_(parts_.config.limits.token_requests_per_minute),
      token_requests_per_address_(parts_.config.limits.token_requests_per_address_per_minute) {}

// --- the board

void WebSide::OnBoard(const board::ToWeb& message) {
  std::visit([this](const auto& m) { Handle(m); }, message);
}

void WebSide::Handle(const board::LoginPosted& m) {
  if (logins_.contains(m.user_code)) {
    return;  // one chance in 25 thousand million, with a login that ended: the newer one stays unknown and
             // expires
  }
  code_of_login_[m.login_id] = m.user_code;
  Login login;
  login.posted = m;
  logins_.emplace(m.user_code, std::move(login));
}

void WebSide::Handle(const board::CodeIssued& m) {
  Login* login = FindByLoginId(m.login_id);
  if (login != nullptr && login->phase == Phase::kChecking) {
    login->phase = Phase::kCode;
    login->confirmation_code = m.confirmation_code;
    WakeWaiters(*login);
  }
}

void WebSide::Handle(const board::LoginEnded& m) {
  Login* login = FindByLoginId(m.login_id);
  if (login == nullptr || login->phase == Phase::kEnded) {
    return;
  }
  login->phase = Phase::kEnded;
  login->end = m;
  login->ended_at = parts_.clock.Now();
  login->confirmation_code.clear();
  login->transaction.nonce = {};
  login->transaction.code_verifier = {};
  WakeWaiters(*login);
  ended_.push_back(login->posted.user_code);
  if (ended_.size() > kMaxEnded) {
    ForgetFirstEnded();
  }
}

// --- pages

void WebSide::Show(const front_wire::ShowLogin& m, const Reply& reply) {
  const Visitor visitor{.request = m.request, .browser_key = m.browser_key, .browser_addr = m.browser_addr};
  if (const Login* login = Enter(m.user_code, visitor, reply); login != nullptr) {
    reply(PageOf(*login, visitor));
  }
}

void WebSide::Continue(const front_wire::ContinueLogin& m, const Reply& reply) {
  const Visitor visitor{.request = m.request, .browser_key = m.browser_key, .browser_addr = m.browser_addr};
  Login* login = Enter(m.user_code, visitor, reply);
  if (login == nullptr) {
    return;
  }
  if (login->phase == Phase::kOpen && login->owner.empty()) {
    const auto discovery = parts_.discovery();
    if (discovery == nullptr) {
      Page page = PageOf(*login, visitor);
      page.outcome = PageOutcome::kUnavailable;
      page.status = kServiceUnavailable;
      page.reason = Reason::kProviderNotReady;
      reply(page);
      return;
    }
    BecomeOwner(*login, visitor, *discovery);
  }
  if (login->phase == Phase::kOpen) {
    reply(front_wire::RedirectTo{.request = m.request, .location = login->provider_url});
  } else {
    reply(PageOf(*login, visitor));
  }
}

void WebSide::Deny(const front_wire::DenyLogin& m, const Reply& reply) {
  const Visitor visitor{.request = m.request, .browser_key = m.browser_key, .browser_addr = m.browser_addr};
  Login* login = Enter(m.user_code, visitor, reply);
  if (login == nullptr) {
    return;
  }
  if (login->phase == Phase::kEnded) {
    reply(PageOf(*login, visitor));
    return;
  }
  parts_.board.Send(board::NotMe{.login_id = login->posted.login_id, .browser_addr = m.browser_addr});
  RedirectWhenMoved(*login, m.request, reply);
}

WebSide::Login* WebSide::Enter(const std::string& user_code, const Visitor& visitor, const Reply& reply) {
  const base::TimePoint now = parts_.clock.Now();
  const std::string bucket = Bucket(visitor.browser_addr);
  Login* login = FindByUserCode(user_code);
  const bool owner = login != nullptr && IsOwner(*login, visitor.browser_key);
  // Once an address has guessed too often, a code that exists must look like one that does not.
  if (!owner && unknown_codes_.IsFull(bucket, now)) {
    reply(ErrorPage(visitor.request, kTooManyRequests, Reason::kBrowserTooManyUnknown));
    return nullptr;
  }
  if (login == nullptr) {
    unknown_codes_.Count(bucket, now);
    if (unknown_codes_.IsFull(bucket, now)) {  // once: from now on this address is turned away above
      base::LogWarning(
          "too many codes that no login has were asked for from one address; it gets no page for a while",
          {{"ADDRESS", visitor.browser_addr}});
    }
    reply(ErrorPage(visitor.request, kNotFound, Reason::kBrowserUnknownCode));
    return nullptr;
  }
  if (!owner && !login->owner.empty()) {
    if (login->phase != Phase::kEnded && login->seen_in_use.size() < kMaxInUseReports &&
        login->seen_in_use.insert(bucket).second) {
      parts_.board.Send(
          board::SeenInUse{.login_id = login->posted.login_id, .browser_addr = visitor.browser_addr});
    }
    Page page = ErrorPage(visitor.request, kConflict, Reason::kBrowserInUse);
    page.outcome = PageOutcome::kInUse;
    reply(page);
    return nullptr;
  }
  return login;
}

void WebSide::BecomeOwner(Login& login, const Visitor& visitor, const oidc::Discovery& discovery) {
  login.owner = base::Sha256(visitor.browser_key);
  login.transaction = oidc::NewTransaction(parts_.config.provider, parts_.random);
  login.provider_url = oidc::AuthorizationUrl(parts_.config.provider, discovery,
                                              parts_.config.web.public_url + "/callback", login.transaction);
  code_of_state_[base::Sha256(login.transaction.state.Reveal())] = login.posted.user_code;
  parts_.board.Send(
      board::Continued{.login_id = login.posted.login_id, .browser_addr = visitor.browser_addr});
}

// --- the way back

void WebSide::Callback(const front_wire::Callback& m, const Reply& reply) {
  Login* login = FindByState(m.state);
  if (login == nullptr || login->state_used) {
    reply(ErrorPage(m.request, kBadRequest, Reason::kCallbackStateUnknown));
    return;
  }
  const auto own = std::ranges::find_if(m.browser_keys, [&](const auto& pair) {
    return pair.first == login->posted.user_code && IsOwner(*login, pair.second);
  });
  const bool owner = own != m.browser_keys.end();
  if (login->phase == Phase::kEnded) {
    // Nothing changes any more; the owner may know how it ended.
    reply(owner ? PageOf(*login,
                         {.request = m.request, .browser_key = own->second, .browser_addr = m.browser_addr})
                : ErrorPage(m.request, kBadRequest, Reason::kCallbackStateUnknown));
    return;
  }
  if (!owner) {
    // The code is thrown away here, never redeemed: it may be another person's sign-in.
    FailJourney(*login, m.browser_addr, {.reason = Reason::kBrowserOther, .detail = "", .args = {}});
    reply(ErrorPage(m.request, kForbidden, Reason::kBrowserOther));
    return;
  }
  const auto discovery = parts_.discovery();
  const auto checked =
      oidc::CheckCallback({.code = m.code,
                           .error = m.error,
                           .error_description = m.error_description,
                           .iss = m.has_iss ? std::optional(m.iss) : std::nullopt},
                          parts_.config.provider, discovery != nullptr && discovery->iss_parameter_promised);
  if (!checked) {
    const base::Secret code(m.code);
    FailJourney(
        *login, m.browser_addr,
        oidc::WithoutSecrets(checked.error(), {&login->transaction.state, &login->transaction.nonce, &code}));
    RedirectWhenMoved(*login, m.request, reply);
    return;
  }
  const base::TimePoint now = parts_.clock.Now();
  const std::string bucket = Bucket(m.browser_addr);
  if (token_requests_.IsFull("", now) || token_requests_per_address_.IsFull(bucket, now)) {
    reply(
        ErrorPage(m.request, kTooManyRequests, Reason::kLimitTokenRequests));  // loading again may still work
    return;
  }
  token_requests_.Count("", now);
  token_requests_per_address_.Count(bucket, now);
  BeginExchange(*login, m);
  RedirectWhenMoved(*login, m.request, reply);
}

void WebSide::BeginExchange(Login& login, const front_wire::Callback& m) {
  login.state_used = true;  // before anything is acted on (step 7)
  login.phase = Phase::kChecking;
  login.provider_url.clear();
  oidc::SignInRequest request{.code = base::Secret(m.code),
                              .transaction = {.state = login.transaction.state.Copy(),
                                              .nonce = std::move(login.transaction.nonce),
                                              .code_verifier = std::move(login.transaction.code_verifier)},
                              .redirect_uri = parts_.config.web.public_url + "/callback"};
  parts_.sign_in(std::move(request), m.browser_addr,
                 [this, login_id = login.posted.login_id,
                  browser_addr = m.browser_addr](reasons::Checked<identity::Identity> identity) {
                   Login* waiting = FindByLoginId(login_id);
                   if (waiting == nullptr || waiting->phase != Phase::kChecking) {
                     return;  // it ended meanwhile
                   }
                   if (!identity) {
                     FailJourney(*waiting, browser_addr, std::move(identity).error());
                     return;
                   }
                   parts_.board.Send(board::SignedIn{
                       .login_id = login_id, .browser_addr = browser_addr, .identity = *std::move(identity)});
                 });
}

void WebSide::FailJourney(Login& login, const std::string& browser_addr, reasons::Refusal refusal) {
  login.state_used = true;
  login.provider_url.clear();
  login.phase = login.phase == Phase::kEnded ? Phase::kEnded : Phase::kChecking;
  parts_.board.Send(board::SignInFailed{
      .login_id = login.posted.login_id, .browser_addr = browser_addr, .refusal = std::move(refusal)});
}

void WebSide::RedirectWhenMoved(Login& login, std::uint32_t request, const Reply& reply) {
  login.waiters.push_back(
      {.until = parts_.clock.Now() + parts_.config.provider.timeout,
       .answer = [reply, redirect = front_wire::RedirectTo{.request = request, .location = PageUrl(login)}] {
         reply(redirect);
       }});
  parts_.changed();
}

void WebSide::WakeWaiters(Login& login) {
  for (Waiter& waiter : std::exchange(login.waiters, {})) {
    waiter.answer();
  }
}

// --- time

std::optional<base::TimePoint> WebSide::NextDeadline() const {
  std::optional<base::TimePoint> next;
  const auto consider = [&](base::TimePoint t) { next = next ? std::min(*next, t) : t; };
  for (const auto& [code, login] : logins_) {
    for (const Waiter& waiter : login.waiters) {
      consider(waiter.until);
    }
  }
  if (!ended_.empty()) {
    consider(logins_.at(ended_.front()).ended_at + kRemembered);
  }
  return next;
}

void WebSide::OnTime() {
  const base::TimePoint now = parts_.clock.Now();
  for (auto& [code, login] : logins_) {
    std::vector<Waiter> late;
    std::erase_if(login.waiters, [&](Waiter& waiter) {
      if (waiter.until > now) {
        return false;
      }
      late.push_back(std::move(waiter));
      return true;
    });
    for (Waiter& waiter : late) {
      waiter.answer();
    }
  }
  while (!ended_.empty() && now - logins_.at(ended_.front()).ended_at >= kRemembered) {
    ForgetFirstEnded();
  }
}

void WebSide::ForgetFirstEnded() {
  const auto it = logins_.find(ended_.front());
  code_of_login_.erase(it->second.posted.login_id);
  code_of_state_.erase(base::Sha256(it->second.transaction.state.Reveal()));
  logins_.erase(it);
  ended_.pop_front();
}

// --- look-ups

WebSide::Login* WebSide::FindByUserCode(const std::string& user_code) {
  const auto it = logins_.find(user_code);
  return it == logins_.end() ? nullptr : &it->second;
}

WebSide::Login* WebSide::FindByLoginId(const std::string& login_id) {
  const auto it = code_of_login_.find(login_id);
  return it == code_of_login_.end() ? nullptr : FindByUserCode(it->second);
}

// By the hash, so that the time of the look-up tells nothing about the value.
WebSide::Login* WebSide::FindByState(const std::string& state) {
  const auto it = code_of_state_.find(base::Sha256(state));
  return it == code_of_state_.end() ? nullptr : FindByUserCode(it->second);
}

bool WebSide::IsOwner(const Login& login, std::string_view browser_key) {
  return !browser_key.empty() && !login.owner.empty() &&
         base::Secret(login.owner).Equals(base::Sha256(browser_key));
}

std::string WebSide::PageUrl(const Login& login) const {
  const std::string& code = login.posted.user_code;
  return parts_.config.web.public_url + "/l/" + code.substr(0, 4) + "-" + code.substr(4);
}

Page WebSide::PageOf(const Login& login, const Visitor& visitor) const {
  const bool owner = IsOwner(login, visitor.browser_key);
  const base::TimePoint now = parts_.clock.Now();
  Page page;
  page.request = visitor.request;
  page.status = kOk;
  page.reference = login.posted.reference;
  page.host = login.posted.host;
  page.account = login.posted.account;
  page.service = login.posted.service;
  page.from = login.posted.from;
  page.started = std::chrono::floor<std::chrono::seconds>(login.posted.started).time_since_epoch().count();
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(login.posted.deadline - now).count();
  page.seconds_left = static_cast<std::uint32_t>(std::max<std::int64_t>(left, 0));
  page.other_network = policy::Compare(parts_.config.host.networks, login.posted.client_address,
                                       visitor.browser_addr) == policy::Proximity::kDifferent;
  switch (login.phase) {
    case Phase::kOpen:
      page.outcome = PageOutcome::kPending;
      page.may_continue = true;
      page.may_deny = true;
      break;
    case Phase::kChecking:
      page.outcome = PageOutcome::kChecking;
      page.may_deny = true;
      break;
    case Phase::kCode:
      page.outcome = PageOutcome::kCode;
      page.may_deny = true;
      page.confirmation_code = owner ? login.confirmation_code : "";
      break;
    case Phase::kEnded:
      page.outcome = OutcomeOf(login.end.end);
      page.reason = login.end.reason;
      page.args = login.end.args;
      break;
  }
  return page;
}

}  // namespace cis2::web
