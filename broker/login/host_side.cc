#include "broker/login/host_side.h"

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/front/wire/messages.h"
#include "broker/login/pam_items.h"

#include <algorithm>
#include <cstdint>

namespace cis2::login {
namespace {

using namespace std::chrono_literals;
using reasons::Reason;

// A ticket lives from the verdict to the account phase, which follows at once; other modules may ask between.
constexpr auto kTicketLife = 5min;
// sshd needs a moment to say that time ran out before it closes the line itself.
constexpr auto kBeforeGrace = 5s;
constexpr auto kSummaryEvery = 60s;
constexpr int kRecordedSinglyPerMinute = 10;
// Crockford's base 32: nothing that reads like something else.
constexpr std::string_view kReferenceAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::string NewReference(base::Random& random) {
  return base::RandomLetters(random, kReferenceAlphabet, 5) + "-" +
         base::RandomLetters(random, kReferenceAlphabet, 5);
}

}  // namespace

HostSide::HostSide(HostSideParts parts)
    : parts_(std::move(parts)),
      language_(texts::FromTag(parts_.config.host.language).value_or(texts::Language::kEnglish)),
      admission_(parts_.config.limits),
      minute_started_(parts_.clock.Now()) {}

// --- admission

std::optional<std::string> HostSide::Begin(const LoginAsk& ask, const Caller& caller, Terminal& terminal) {
  const bool away = parts_.provider_away();
  // An account with an emergency code is asked for it.
  if (away && !(EmergencyInForce() && parts_.emergency->HasReadyCode(ask.account))) {
    terminal.Give(TurnAway(ask, wire::VerdictKind::kUnavailable, Reason::kProviderNotReady,
                           audit::Outcome::kUnavailable));
    return std::nullopt;
  }
  LoginFacts facts = MakeFacts(ask, caller);
  facts.provider_away = away;
  const Applicant applicant{.account = ask.account,
                            .client_address = facts.target.client_address,
                            .caller = ask.ruser.empty() ? ask.account : ask.ruser};
  auto seat = admission_.Admit(applicant);
  if (!seat && seat.error() == Reason::kLimitTotal && MakeRoom()) {
    seat = admission_.Admit(applicant);
  }
  if (!seat && away) {  // nothing was shown yet: as for every other account
    terminal.Give(TurnAway(ask, wire::VerdictKind::kUnavailable, Reason::kProviderNotReady,
                           audit::Outcome::kUnavailable));
    return std::nullopt;
  }
  if (!seat) {
    terminal.Give(TurnAway(ask, wire::VerdictKind::kRefuse, seat.error(), audit::Outcome::kRefused));
    return std::nullopt;
  }
  if (facts.deadline <= parts_.clock.Now()) {
    terminal.Give(TurnAway(ask, wire::VerdictKind::kRefuse, Reason::kLoginExpired, audit::Outcome::kExpired));
    return std::nullopt;
  }
  const std::string login_id = facts.login_id;
  std::string digits = base::RandomLetters(parts_.random, "0123456789", kCodeLength);
  const auto [it, inserted] = logins_.try_emplace(
      login_id, Entry{.machine = LoginMachine(std::move(facts), base::Secret::Take(digits)),
                      .terminal = &terminal,
                      .seat = *std::move(seat),
                      .caller_pid = caller.pid,
                      .began = parts_.clock.Now(),
                      .in_phase_since = parts_.clock.Now()});
  if (parts_.watcher != nullptr) {
    parts_.watcher->Began(ask.service);
  }
  Carry(login_id, it->second.machine.Start(parts_.clock.Now()));
  return login_id;
}

// The oldest login that nobody continued gives way.
bool HostSide::MakeRoom() {
  const std::string* oldest = nullptr;
  base::TimePoint began = base::TimePoint::max();
  for (const auto& [id, entry] : logins_) {
    if (entry.machine.phase() == Phase::kWaiting && entry.began < began) {
      oldest = &id;
      began = entry.began;
    }
  }
  if (oldest == nullptr) {
    return false;
  }
  const std::string id = *oldest;
  Drive(id, GaveWay{});
  return true;
}

GivenVerdict HostSide::TurnAway(const LoginAsk& ask, wire::VerdictKind kind, Reason reason,
                                audit::Outcome outcome) {
  audit::Event event;
  event.time = parts_.clock.WallNow();
  event.kind = audit::EventKind::kOutcome;
  event.login_id = base::HexEncode(parts_.random.Bytes(16));
  event.reference = NewReference(parts_.random);
  event.host = parts_.host_name;
  event.service = ask.service;
  event.account = ask.account;
  event.ruser = ask.ruser;
  event.rhost = ask.rhost;
  event.tty = ask.tty;
  event.outcome = outcome;
  event.reason = reason;
  if (parts_.watcher != nullptr) {
    parts_.watcher->Ended(ask.service, outcome, reason, std::nullopt);
  }
  SummariseUncontinued();
  if (recorded_this_minute_ < kRecordedSinglyPerMinute) {
    ++recorded_this_minute_;
    parts_.audit.Write(event);
  } else {
    ++uncontinued_;
  }
  return {.kind = kind, .text = RefusalText(language_, reason), .reference = event.reference, .ticket = ""};
}

LoginFacts HostSide::MakeFacts(const LoginAsk& ask, const Caller& caller) {
  LoginFacts facts;
  facts.login_id = base::HexEncode(parts_.random.Bytes(16));
  facts.reference = NewReference(parts_.random);
  do {
    facts.user_code =
        base::RandomLetters(parts_.random, front_wire::kUserCodeAlphabet, front_wire::kUserCodeSize);
  } while (std::ranges::any_of(
      logins_, [&](const auto& item) { return item.second.machine.facts().user_code == facts.user_code; }));
  facts.link =
      parts_.config.web.public_url + "/l/" + facts.user_code.substr(0, 4) + "-" + facts.user_code.substr(4);
  facts.host = parts_.host_name;
  facts.target.service = ask.service;
  facts.target.account = ask.account;
  facts.target.ruser = ask.ruser;
  facts.target.client_address = ClientAddress(ask.ssh_connection, ask.rhost);
  facts.target.key_accepted = AcceptedKey(ask.ssh_auth_info).has_value();
  facts.auth_info = AcceptedKey(ask.ssh_auth_info).value_or("");
  facts.rhost = ask.rhost;
  facts.tty = ask.tty;
  facts.from = ComesFrom(facts.target.client_address, ask.tty, ask.ruser == ask.account ? "" : ask.ruser);
  facts.for_sudo = ask.service == "sudo" || ask.service == "sudo-i";
  facts.language = language_;
  facts.view = FirstView(ask.qr);
  facts.started = parts_.clock.WallNow();
  facts.deadline = DeadlineFor(ask, caller);
  return facts;
}

base::TimePoint HostSide::DeadlineFor(const LoginAsk& ask, const Caller& caller) const {
  const config::Host& host = parts_.config.host;
  auto own = host.lifetimes.find(ask.service);
  if (own == host.lifetimes.end()) {
    own = host.lifetimes.find(std::string(policy::ServiceFamily(ask.service)));
  }
  base::TimePoint deadline =
      parts_.clock.Now() + (own == host.lifetimes.end() ? host.login_lifetime : own->second);
  // Whatever the service is called: it is sshd that says so with its terminal's name.
  if (ask.tty == "ssh" && host.sshd_login_grace > 0s && caller.monitor_started) {
    deadline = std::min(deadline, *caller.monitor_started + host.sshd_login_grace - kBeforeGrace);
  }
  return deadline;
}

// --- events

void HostSide::Answer(const std::string& login_id, std::string text) {
  Drive(login_id, Answered{std::move(text)});
}

void HostSide::Gone(const std::string& login_id) {
  const auto it = logins_.find(login_id);
  if (it == logins_.end()) {
    return;
  }
  it->second.terminal = nullptr;
  Drive(login_id, login::Gone{});
}

void HostSide::OnBoard(const board::ToHost& message) {
  std::visit([this](const auto& m) { Drive(m.login_id, Event(m)); }, message);
}

void HostSide::OnTime() {
  const base::TimePoint now = parts_.clock.Now();
  std::vector<std::string> due;
  for (const auto& [id, entry] : logins_) {
    if (entry.machine.phase() != Phase::kEnded && entry.machine.facts().deadline <= now) {
      due.push_back(id);
    }
  }
  for (const std::string& id : due) {
    Drive(id, Expired{});
  }
  std::erase_if(tickets_, [&](const auto& item) { return item.second.expires <= now; });
  SummariseUncontinued();
}

std::optional<base::TimePoint> HostSide::NextDeadline() const {
  std::optional<base::TimePoint> next;
  const auto consider = [&](base::TimePoint t) { next = next ? std::min(*next, t) : t; };
  for (const auto& [id, entry] : logins_) {
    // A login that records its allow has no deadline any more.
    if (entry.machine.phase() != Phase::kEnded && entry.machine.phase() != Phase::kRecording) {
      consider(entry.machine.facts().deadline);
    }
  }
  for (const auto& [value, ticket] : tickets_) {
    consider(ticket.expires);
  }
  if (uncontinued_ > 0) {
    consider(minute_started_ + kSummaryEvery);
  }
  return next;
}

void HostSide::ShutDown() {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : logins_) {
    ids.push_back(id);
  }
  for (const std::string& id : ids) {
    Drive(id, Shutdown{});
  }
  minute_started_ -= kSummaryEvery;
  SummariseUncontinued();
}

// --- carrying out

void HostSide::Drive(const std::string& login_id, const Event& event) {
  const auto it = logins_.find(login_id);
  if (it == logins_.end()) {
    return;
  }
  const Phase before = it->second.machine.phase();
  Effects effects = it->second.machine.On(event, parts_.grants, parts_.clock.Now(), EmergencyInForce());
  TellLeft(it->second, before);
  Carry(login_id, std::move(effects));
}

void HostSide::TellLeft(Entry& entry, Phase before) {
  if (entry.machine.phase() == before) {
    return;
  }
  const base::TimePoint now = parts_.clock.Now();
  if (parts_.watcher != nullptr) {
    parts_.watcher->Left(before, now - entry.in_phase_since);
  }
  entry.in_phase_since = now;
}

void HostSide::TellEnded(const Entry& entry, audit::Outcome outcome, Reason reason) {
  if (parts_.watcher != nullptr) {
    parts_.watcher->Ended(entry.machine.facts().target.service, outcome, reason,
                          parts_.clock.Now() - entry.began);
  }
}

void HostSide::Carry(const std::string& login_id, Effects effects) {
  for (Effect& effect : effects) {
    const auto it = logins_.find(login_id);
    if (it == logins_.end()) {
      break;
    }
    Entry& entry = it->second;
    if (auto* screen = std::get_if<ShowScreen>(&effect)) {
      if (entry.terminal != nullptr) {
        entry.terminal->Show(screen->screen);
      }
    } else if (auto* verdict = std::get_if<GiveVerdict>(&effect)) {
      CarryVerdict(login_id, *verdict);
    } else if (auto* post = std::get_if<Post>(&effect)) {
      parts_.board.Send(std::move(post->message));
    } else if (auto* record = std::get_if<Record>(&effect)) {
      record->event.time = parts_.clock.WallNow();
      RecordOutcome(entry, record->event);
    } else if (auto* allow = std::get_if<RecordAllow>(&effect)) {
      allow->event.time = parts_.clock.WallNow();
      parts_.audit.WriteDurably(allow->event,
                                [this, login_id](bool ok) { Drive(login_id, AllowRecorded{.ok = ok}); });
    } else if (auto* look_up = std::get_if<LookUpAccount>(&effect)) {
      LookUp(login_id, *look_up);
    } else if (auto* check = std::get_if<CheckEmergencyCode>(&effect)) {
      CheckEmergency(login_id, std::move(check->code));
    } else if (auto* raise = std::get_if<RaiseElsewhere>(&effect)) {
      raise->event.time = parts_.clock.WallNow();
      parts_.emergency->Raise(raise->event);
    }
  }
  ForgetIfOver(login_id);
  parts_.changed();
}

void HostSide::CarryVerdict(const std::string& login_id, const GiveVerdict& verdict) {
  Entry& entry = logins_.at(login_id);
  const LoginFacts& facts = entry.machine.facts();
  GivenVerdict given{.kind = verdict.kind, .text = verdict.text, .reference = facts.reference, .ticket = ""};
  if (verdict.kind == wire::VerdictKind::kAllow) {
    given.ticket = base::HexEncode(parts_.random.Bytes(wire::kTicketSize / 2));
    tickets_.emplace(given.ticket, Ticket{.pid = entry.caller_pid,
                                          .target = facts.target,
                                          .identity = entry.machine.identity(),
                                          .by_emergency_code = entry.machine.by_emergency_code(),
                                          .browser_addr = entry.machine.browser_addr(),
                                          .login_id = facts.login_id,
                                          .reference = facts.reference,
                                          .expires = parts_.clock.Now() + kTicketLife});
    TellEnded(entry, audit::Outcome::kAllowed, Reason::kNone);
  }
  if (entry.terminal != nullptr) {
    entry.terminal->Give(given);
  }
}

void HostSide::LookUp(const std::string& login_id, const LookUpAccount& names) {
  parts_.look_up_account(
      names.account, [this, login_id, ruser = names.ruser](std::optional<std::uint32_t> uid) {
        if (ruser.empty()) {
          Drive(login_id, AccountKnown{.uid = uid, .ruser_uid = std::nullopt});
          return;
        }
        parts_.look_up_account(ruser, [this, login_id, uid](std::optional<std::uint32_t> ruser_uid) {
          Drive(login_id, AccountKnown{.uid = uid, .ruser_uid = ruser_uid});
        });
      });
}

// --- emergency codes

bool HostSide::EmergencyInForce() const { return parts_.emergency != nullptr && parts_.emergency->InForce(); }

void HostSide::CheckEmergency(const std::string& login_id, breakglass::Code code) {
  const Entry& entry = logins_.at(login_id);
  const std::string& account = entry.machine.facts().target.account;
  const std::string limit_key = entry.seat.key() + std::string(1, '\0') + account;
  if (emergency_limit_.IsReached(limit_key, parts_.clock.Now())) {
    Drive(login_id, EmergencyChecked{reasons::Refuse(Reason::kBreakGlassTooMany)});
    return;
  }
  parts_.emergency->Spend(account, std::move(code),
                          [this, login_id, limit_key](const reasons::Checked<std::string>& code_id) {
                            OnEmergencyChecked(login_id, limit_key, code_id);
                          });
}

void HostSide::OnEmergencyChecked(const std::string& login_id, const std::string& limit_key,
                                  const reasons::Checked<std::string>& code_id) {
  const auto it = logins_.find(login_id);
  const std::string reference = it == logins_.end() ? "" : it->second.machine.facts().reference;
  if (!code_id) {
    base::LogWarning("an emergency code was not taken",
                     {{"LOGIN_ID", login_id},
                      {"REFERENCE", reference},
                      {"REASON", std::string(reasons::Id(code_id.error().reason))},
                      {"DETAIL", code_id.error().detail}});
    if (code_id.error().reason != Reason::kBreakGlassUnavailable) {
      emergency_limit_.Count(limit_key, parts_.clock.Now());
    }
  } else if (it == logins_.end()) {
    base::LogWarning("an emergency code was used up by a login that had ended meanwhile",
                     {{"LOGIN_ID", login_id}, {"CODE_ID", *code_id}});
  }
  Drive(login_id, EmergencyChecked{code_id});
}

void HostSide::RecordOutcome(const Entry& entry, const audit::Event& event) {
  if (event.kind == audit::EventKind::kOutcome) {
    TellEnded(entry, *event.outcome, event.reason);
  }
  // What an administrator did is no flood of strangers: each is recorded, with who it was. Nor is a code tried.
  const bool uncontinued_end = event.kind == audit::EventKind::kOutcome && !entry.machine.continued() &&
                               !entry.machine.emergency() &&
                               event.reason != Reason::kLoginCancelledByAdministrator;
  SummariseUncontinued();
  if (uncontinued_end && recorded_this_minute_ >= kRecordedSinglyPerMinute) {
    ++uncontinued_;
    return;
  }
  recorded_this_minute_ += uncontinued_end ? 1 : 0;
  parts_.audit.Write(event);
}

void HostSide::SummariseUncontinued() {
  const base::TimePoint now = parts_.clock.Now();
  if (now - minute_started_ < kSummaryEvery) {
    return;
  }
  minute_started_ = now;
  recorded_this_minute_ = 0;
  if (uncontinued_ == 0) {
    return;
  }
  audit::Event event;
  event.time = parts_.clock.WallNow();
  event.kind = audit::EventKind::kUncontinued;
  event.host = parts_.host_name;
  event.count = std::exchange(uncontinued_, 0);
  parts_.audit.Write(event);
}

// An ended login has said everything: its verdict is with the terminal, its end with the web side and the
// audit.
void HostSide::ForgetIfOver(const std::string& login_id) {
  const auto it = logins_.find(login_id);
  if (it != logins_.end() && it->second.machine.phase() == Phase::kEnded) {
    logins_.erase(it);
  }
}

// --- the account phase

// Policy once more, with the grants of this moment; kNone for yes. An emergency code leaves nothing to ask:
// it was the whole proof, it names no operator, and it is used up. A grant that is gone does not close the
// emergency exit.
Reason HostSide::JudgeAgain(const Ticket& ticket) const {
  if (ticket.by_emergency_code) {
    return Reason::kNone;
  }
  if (!ticket.identity) {
    return Reason::kAccountTicket;
  }
  const policy::Decision decision =
      policy::Decide(parts_.grants(), ticket.target, *ticket.identity, ticket.browser_addr);
  return decision.allow ? Reason::kNone : decision.refusal.reason;
}

GivenVerdict HostSide::OtherRelease() const {
  return {.kind = wire::VerdictKind::kUnsupported,
          .text = texts::WithoutAccents(texts::Say(language_, texts::Text::kOtherRelease)),
          .reference = "",
          .ticket = ""};
}

GivenVerdict HostSide::Account(const AccountAsk& ask, const Caller& caller) {
  audit::Event event;
  event.time = parts_.clock.WallNow();
  event.kind = audit::EventKind::kAccount;
  event.host = parts_.host_name;
  event.service = ask.service;
  event.account = ask.account;
  event.outcome = audit::Outcome::kRefused;
  event.reason = ask.ticket.empty() ? Reason::kAccountOthers : Reason::kAccountTicket;
  const auto it = tickets_.find(ask.ticket);
  if (it != tickets_.end()) {
    const Ticket ticket = std::move(it->second);
    tickets_.erase(it);  // single use, whatever comes of it
    event.login_id = ticket.login_id;
    event.reference = ticket.reference;
    if (ticket.pid == caller.pid && ticket.target.account == ask.account &&
        ticket.target.service == ask.service && ticket.expires > parts_.clock.Now()) {
      event.reason = JudgeAgain(ticket);
      if (event.reason == Reason::kNone) {
        return {.kind = wire::VerdictKind::kAllow, .text = "", .reference = ticket.reference, .ticket = ""};
      }
    }
  }
  if (event.reference.empty()) {
    event.reference = NewReference(parts_.random);
  }
  parts_.audit.Write(event);
  return {.kind = wire::VerdictKind::kRefuse,
          .text = RefusalText(language_, event.reason),
          .reference = event.reference,
          .ticket = ""};
}

std::vector<LoginSummary> HostSide::Pending() const {
  std::vector<LoginSummary> out;
  for (const auto& [id, entry] : logins_) {
    const LoginFacts& facts = entry.machine.facts();
    out.push_back(
        {.reference = facts.reference,
         .login_id = id,
         .account = base::ShownName(facts.target.account),
         .service = base::ShownName(facts.target.service),
         .from = facts.from,
         .browser_addr = entry.machine.browser_addr(),
         .phase = entry.machine.phase(),
         .started = facts.started,
         .left = std::chrono::duration_cast<std::chrono::seconds>(facts.deadline - parts_.clock.Now())});
  }
  return out;
}

std::vector<LoginSummary> HostSide::Cancel(const Cancellation& which, const std::string& who) {
  std::vector<LoginSummary> ended;
  for (const LoginSummary& login : Pending()) {
    if (login.phase != Phase::kRecording && Covers(which, login)) {
      Drive(login.login_id, CancelledByAdministrator{.who = who});
      ended.push_back(login);
    }
  }
  return ended;
}

}  // namespace cis2::login
