#include "broker/login/login_machine.h"

#include "broker/base/text.h"

#include <iterator>
#include <utility>

namespace cis2::login {
namespace {

using reasons::Reason;
using reasons::Refusal;

audit::Outcome OutcomeOf(board::End end) {
  switch (end) {
    case board::End::kAllowed:
      return audit::Outcome::kAllowed;
    case board::End::kRefused:
      return audit::Outcome::kRefused;
    case board::End::kExpired:
      return audit::Outcome::kExpired;
    case board::End::kCancelled:
      return audit::Outcome::kCancelled;
    case board::End::kUnavailable:
      break;
  }
  return audit::Outcome::kUnavailable;
}

// What the provider or this host could not do is "unavailable"; what it answered is a refusal.
board::End EndOf(Reason reason) {
  return reason == Reason::kProviderUnavailable || reason == Reason::kProviderNotReady
             ? board::End::kUnavailable
             : board::End::kRefused;
}

void Append(Effects& effects, Effects more) {
  effects.insert(effects.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::string_view Name(Phase phase) {
  switch (phase) {
    case Phase::kWaiting:
      return "waiting";
    case Phase::kContinued:
      return "continued";
    case Phase::kEmergency:
      return "emergency";
    case Phase::kDeciding:
      return "checking";
    case Phase::kCode:
    case Phase::kRecording:
      return "code";
    case Phase::kEnded:
      break;
  }
  return "ended";
}

AnswerKind Classify(std::string_view answer) {
  if (answer.empty()) {
    return AnswerKind::kEmpty;
  }
  // sshd's fake_password(): what was typed for an account that it does not admit arrives as
  // "\b\n\r\177INCORRECT", cut or repeated to the length typed. No person types a backspace that reaches us.
  if (answer.front() == '\b') {
    return AnswerKind::kJunk;
  }
  if (answer.size() == 1) {
    return AnswerKind::kStep;
  }
  if (OnlyDigits(answer).size() == kCodeLength) {
    return AnswerKind::kDigits;
  }
  return breakglass::ParseCode(answer) ? AnswerKind::kEmergency : AnswerKind::kOther;
}

std::string OnlyDigits(std::string_view answer) {
  std::string digits;
  for (const char c : answer) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c != ' ' && c != '-') {
      return "";
    }
  }
  return digits;
}

LoginMachine::LoginMachine(LoginFacts facts, base::Secret confirmation_code)
    : facts_(std::move(facts)), code_(std::move(confirmation_code)), view_(facts_.view) {}

Effects LoginMachine::Start(base::TimePoint now) {
  if (!facts_.provider_away) {
    return Offer(Notice::kFirst, now);
  }
  ++prompts_;
  Effects effects;
  effects.emplace_back(ShowScreen{CurrentScreen(Notice::kFirst, now)});
  return effects;
}

// Tells the web side of the login, and shows its link.
Effects LoginMachine::Offer(Notice notice, base::TimePoint now) {
  offered_ = true;
  ++prompts_;
  board::LoginPosted posted{.login_id = facts_.login_id,
                            .user_code = facts_.user_code,
                            .reference = facts_.reference,
                            .host = facts_.host,
                            .account = base::ShownName(facts_.target.account),
                            .service = base::ShownName(facts_.target.service),
                            .from = facts_.from,
                            .client_address = facts_.target.client_address,
                            .started = facts_.started,
                            .deadline = facts_.deadline};
  Effects effects;
  effects.emplace_back(Post{std::move(posted)});
  effects.emplace_back(ShowScreen{CurrentScreen(notice, now)});
  return effects;
}

Effects LoginMachine::On(const Event& event, const Grants& grants, base::TimePoint now,
                         bool emergency_in_force) {
  if (phase_ == Phase::kEnded) {
    return {};
  }
  const Context context{.grants = grants, .now = now, .emergency_in_force = emergency_in_force};
  // A timer may be late; nothing that happens at or after the deadline counts (step 11).
  if (phase_ != Phase::kRecording && now >= facts_.deadline) {
    return Handle(Expired{}, context);
  }
  if (MustWait(event)) {
    waiting_.push_back(event);
    return {};
  }
  return std::visit([&](const auto& e) { return Handle(e, context); }, event);
}

// --- the terminal

Effects LoginMachine::Handle(const Answered& e, const Context& c) {
  if (phase_ == Phase::kRecording || phase_ == Phase::kEmergency) {
    return {};  // nothing is asked meanwhile
  }
  const AnswerKind kind = Classify(e.text);
  junk_seen_ = junk_seen_ || kind == AnswerKind::kJunk;
  if (kind == AnswerKind::kEmpty) {
    empty_answers_.push_back(c.now);
    while (c.now - empty_answers_.front() > kEmptyAnswersWithin) {
      empty_answers_.pop_front();
    }
    if (empty_answers_.size() >= kEmptyAnswers) {
      return Refuse({.reason = Reason::kLoginNobodyThere, .detail = "", .args = {}});
    }
  }
  if (!offered_ && !c.emergency_in_force) {
    return Offer(Notice::kSignInIsBack, c.now);
  }
  // Of what is typed for an account that sshd does not admit the length alone arrives: it must look the same.
  const bool has_form_of_a_code =
      kind == AnswerKind::kEmergency || (kind == AnswerKind::kJunk && e.text.size() >= breakglass::kCodeSize);
  if (has_form_of_a_code && MayUseEmergencyCode(c)) {
    return CheckEmergency(e.text);
  }
  return Take(e, kind, c);
}

// An answer that is no emergency code, or comes when none is taken.
Effects LoginMachine::Take(const Answered& e, AnswerKind kind, const Context& c) {
  if (kind == AnswerKind::kEmpty) {
    return AskAgain(Notice::kEmpty, c);
  }
  if (!offered_) {
    return AskAgain(Notice::kNotAnEmergencyCode, c);
  }
  if (kind == AnswerKind::kStep) {
    view_ = NextView(view_);
    return AskAgain(Notice::kView, c);
  }
  // Step 10: before the digits exist nothing is compared and nothing is counted.
  return phase_ == Phase::kCode ? CheckDigits(e.text, c) : AskAgain(Notice::kNotSignedIn, c);
}

Effects LoginMachine::CheckDigits(std::string_view answer, const Context& c) {
  if (!code_.Equals(OnlyDigits(answer))) {
    --tries_left_;
    if (tries_left_ == 0) {
      return Refuse({.reason = junk_seen_ ? Reason::kAccountNotAdmitted : Reason::kLoginWrongDigits,
                     .detail = "",
                     .args = {}});
    }
    return AskAgain(Notice::kWrongDigits, c);
  }
  // Step 11: policy once more, with the grants of this moment.
  const policy::Decision decision = Decide(c);
  if (!decision.allow) {
    return Refuse(decision.refusal);
  }
  grant_ = decision.grant;
  phase_ = Phase::kRecording;
  Effects effects;
  effects.emplace_back(RecordAllow{AllowedEvent()});
  return effects;
}

Effects LoginMachine::Handle(const AllowRecorded& e, const Context& /*c*/) {
  if (phase_ != Phase::kRecording) {
    return {};
  }
  if (!e.ok && !by_emergency_code()) {
    return Refuse({.reason = Reason::kAuditUnavailable, .detail = "", .args = {}});
  }
  phase_ = Phase::kEnded;
  Effects effects;
  if (!e.ok) {
    // Design section 9: in an emergency the disk may be part of it. What is told elsewhere will do, a refusal
    // will not.
    effects.emplace_back(RaiseElsewhere{AllowedEvent()});
  }
  effects.emplace_back(GiveVerdict{.kind = wire::VerdictKind::kAllow, .text = ""});
  if (offered_) {
    effects.emplace_back(Post{board::LoginEnded{
        .login_id = facts_.login_id, .end = board::End::kAllowed, .reason = Reason::kNone, .args = {}}});
  }
  return effects;
}

// --- emergency codes

// The provider is asked about again for each code. Once somebody has signed in there are digits to type.
bool LoginMachine::MayUseEmergencyCode(const Context& c) const {
  return c.emergency_in_force && (phase_ == Phase::kWaiting || phase_ == Phase::kContinued);
}

Effects LoginMachine::CheckEmergency(std::string_view answer) {
  before_emergency_ = phase_;
  phase_ = Phase::kEmergency;
  // Junk becomes the code that nobody has: it is counted and logged like any other.
  Effects effects;
  effects.emplace_back(CheckEmergencyCode{breakglass::ParseCode(answer).value_or(breakglass::Code{})});
  return effects;
}

// The comparison takes a while, and may use the code up: a sign-in that fails meanwhile must not end the login,
// and what somebody does in a browser must not get lost. An alarm ends it whatever the terminal does.
bool LoginMachine::MustWait(const Event& event) const {
  if (phase_ != Phase::kEmergency) {
    return false;
  }
  const auto* failed = std::get_if<board::SignInFailed>(&event);
  return std::holds_alternative<board::Continued>(event) || std::holds_alternative<board::SignedIn>(event) ||
         (failed != nullptr && failed->refusal.reason != Reason::kBrowserOther);
}

Effects LoginMachine::HandleWaiting(const Context& c) {
  Effects effects;
  for (const Event& event : std::exchange(waiting_, {})) {
    if (phase_ != Phase::kEnded) {
      Append(effects, std::visit([&](const auto& e) { return Handle(e, c); }, event));
    }
  }
  return effects;
}

// A right code leaves nothing to do for what waited: kRecording can no longer be turned.
Effects LoginMachine::Handle(const EmergencyChecked& e, const Context& c) {
  if (phase_ != Phase::kEmergency) {
    return {};
  }
  if (!e.code_id) {
    Effects effects = RefuseEmergency(e.code_id.error(), c);
    Append(effects, HandleWaiting(c));
    return effects;
  }
  code_id_ = *e.code_id;
  grant_ = kEmergencyGrant;
  phase_ = Phase::kRecording;
  Effects effects;
  effects.emplace_back(Record{NewEvent(audit::EventKind::kBreakGlass)});
  effects.emplace_back(RecordAllow{AllowedEvent()});
  return effects;
}

Effects LoginMachine::RefuseEmergency(const Refusal& refusal, const Context& c) {
  phase_ = before_emergency_;
  --emergency_tries_left_;
  const bool may_try_again =
      refusal.reason != Reason::kBreakGlassTooMany && refusal.reason != Reason::kBreakGlassUnavailable;
  return may_try_again && emergency_tries_left_ > 0 ? AskAgain(Notice::kWrongEmergencyCode, c)
                                                    : Refuse(refusal);
}

Effects LoginMachine::AskAgain(Notice notice, const Context& c) {
  ++prompts_;
  if (prompts_ > kMaxPrompts) {
    return Refuse({.reason = Reason::kLoginTooManyPrompts, .detail = "", .args = {}});
  }
  Effects effects;
  effects.emplace_back(ShowScreen{CurrentScreen(notice, c.now)});
  return effects;
}

// --- the web side

Effects LoginMachine::Handle(const board::Continued& e, const Context& /*c*/) {
  if (phase_ != Phase::kWaiting) {
    return {};
  }
  phase_ = Phase::kContinued;
  browser_addr_ = e.browser_addr;
  Effects effects;
  effects.emplace_back(Record{NewEvent(audit::EventKind::kContinued)});
  return effects;
}

Effects LoginMachine::Handle(const board::SeenInUse& e, const Context& /*c*/) {
  audit::Event event = NewEvent(audit::EventKind::kInUse);
  event.browser_addr = e.browser_addr;
  event.reason = Reason::kBrowserInUse;
  Effects effects;
  effects.emplace_back(Record{std::move(event)});
  return effects;
}

Effects LoginMachine::Handle(const board::SignedIn& e, const Context& /*c*/) {
  if (phase_ != Phase::kContinued) {
    return {};
  }
  phase_ = Phase::kDeciding;
  browser_addr_ = e.browser_addr;
  identity_ = e.identity;
  Effects effects;
  effects.emplace_back(Record{NewEvent(audit::EventKind::kSignedIn)});
  effects.emplace_back(LookUpAccount{.account = facts_.target.account, .ruser = facts_.target.ruser});
  return effects;
}

Effects LoginMachine::Handle(const AccountKnown& e, const Context& c) {
  if (phase_ != Phase::kDeciding) {
    return {};
  }
  facts_.target.uid = e.uid;
  facts_.target.ruser_uid = e.ruser_uid;
  const policy::Decision decision = Decide(c);
  if (!decision.allow) {
    return Refuse(decision.refusal);
  }
  phase_ = Phase::kCode;
  grant_ = decision.grant;
  Effects effects;
  effects.emplace_back(
      Post{board::CodeIssued{.login_id = facts_.login_id, .confirmation_code = std::string(code_.Reveal())}});
  return effects;
}

Effects LoginMachine::Handle(const board::SignInFailed& e, const Context& /*c*/) {
  if (phase_ == Phase::kRecording) {
    return {};
  }
  Effects effects;
  if (e.refusal.reason == Reason::kBrowserOther) {
    audit::Event alarm = NewEvent(audit::EventKind::kOtherBrowser);
    alarm.browser_addr = e.browser_addr;
    alarm.reason = e.refusal.reason;
    effects.emplace_back(Record{std::move(alarm)});
  }
  Append(effects, End(EndOf(e.refusal.reason), e.refusal));
  return effects;
}

Effects LoginMachine::Handle(const board::NotMe& e, const Context& /*c*/) {
  if (phase_ == Phase::kRecording) {
    return {};
  }
  audit::Event alarm = NewEvent(audit::EventKind::kNotMe);
  alarm.browser_addr = e.browser_addr;
  alarm.reason = Reason::kLoginNotMe;
  Effects effects;
  effects.emplace_back(Record{std::move(alarm)});
  browser_addr_ = e.browser_addr;
  Append(effects, Refuse({.reason = Reason::kLoginNotMe, .detail = "", .args = {}}));
  return effects;
}

// --- ends

Effects LoginMachine::Handle(const Gone& /*e*/, const Context& /*c*/) {
  return phase_ == Phase::kRecording
             ? Effects{}
             : End(board::End::kCancelled, {.reason = Reason::kLoginCancelled, .detail = "", .args = {}});
}

Effects LoginMachine::Handle(const Expired& /*e*/, const Context& /*c*/) {
  return phase_ == Phase::kRecording
             ? Effects{}
             : End(board::End::kExpired, {.reason = Reason::kLoginExpired, .detail = "", .args = {}});
}

Effects LoginMachine::Handle(const GaveWay& /*e*/, const Context& /*c*/) {
  return Refuse({.reason = Reason::kLimitGaveWay, .detail = "", .args = {}});
}

Effects LoginMachine::Handle(const Shutdown& /*e*/, const Context& /*c*/) {
  return phase_ == Phase::kRecording
             ? Effects{}
             : End(board::End::kUnavailable, {.reason = Reason::kLoginShutdown, .detail = "", .args = {}});
}

Effects LoginMachine::Handle(const CancelledByAdministrator& e, const Context& /*c*/) {
  return phase_ == Phase::kRecording
             ? Effects{}
             : End(board::End::kCancelled,
                   {.reason = Reason::kLoginCancelledByAdministrator, .detail = e.who, .args = {}});
}

Effects LoginMachine::End(board::End end, const Refusal& refusal) {
  phase_ = Phase::kEnded;
  grant_.clear();
  audit::Event event = NewEvent(audit::EventKind::kOutcome);
  event.outcome = OutcomeOf(end);
  event.reason = refusal.reason;
  event.detail = refusal.detail;
  Effects effects;
  effects.emplace_back(Record{std::move(event)});
  // The module learns it at the next Enter. A provider that is away after a link was shown is a refusal like
  // any other: nothing that happens in a browser may look like "could not be asked" to a PAM stack.
  effects.emplace_back(GiveVerdict{.kind = wire::VerdictKind::kRefuse,
                                   .text = RefusalText(facts_.language, refusal.reason, refusal.args)});
  if (offered_) {
    effects.emplace_back(Post{board::LoginEnded{
        .login_id = facts_.login_id, .end = end, .reason = refusal.reason, .args = refusal.args}});
  }
  return effects;
}

// --- helpers

policy::Decision LoginMachine::Decide(const Context& c) const {
  return policy::Decide(c.grants(), facts_.target, *identity_, browser_addr_);
}

Screen LoginMachine::CurrentScreen(Notice notice, base::TimePoint now) const {
  return MakeScreen(
      {.link = offered_ ? facts_.link : "",
       .left = std::chrono::duration_cast<std::chrono::seconds>(facts_.deadline - now),
       .view = view_,
       .notice = notice,
       .signed_in = phase_ == Phase::kCode,
       .tries_left = notice == Notice::kWrongEmergencyCode ? emergency_tries_left_ : tries_left_,
       .for_sudo = facts_.for_sudo,
       .language = facts_.language});
}

audit::Event LoginMachine::AllowedEvent() const {
  audit::Event event = NewEvent(audit::EventKind::kOutcome);
  event.outcome = audit::Outcome::kAllowed;
  return event;
}

audit::Event LoginMachine::NewEvent(audit::EventKind kind) const {
  audit::Event event;
  event.kind = kind;
  event.login_id = facts_.login_id;
  event.reference = facts_.reference;
  event.host = facts_.host;
  event.service = facts_.target.service;
  event.account = facts_.target.account;
  event.ruser = facts_.target.ruser;
  event.rhost = facts_.rhost;
  event.tty = facts_.tty;
  event.auth_info = facts_.auth_info;
  event.browser_addr = browser_addr_;
  event.grant = grant_;
  event.code_id = code_id_;
  if (identity_) {
    event.iss = identity_->iss;
    event.sub = identity_->sub;
    event.ial = identity_->ial;
    event.aal = identity_->aal;
    event.acr = identity_->acr;
    event.amr = identity_->amr;
    event.auth_time = identity_->auth_time;
  }
  return event;
}

}  // namespace cis2::login
