// One login, as a state machine without I/O. Events in, effects out; the host side (host_side.h) carries the
// effects out. Design section 4, steps 2 to 12.
//
//   kWaiting --Continued--> kContinued --SignedIn--> kDeciding --AccountKnown, a grant allows--> kCode
//   kCode --right digits--> kRecording --the audit has it--> kEnded (allowed)
//   any of them --refusal, deadline, terminal closed, "not me"--> kEnded
//
// While the provider was found away, before anybody has signed in (docs/adr/0015-break-glass.md):
//
//   kWaiting, kContinued --an emergency code--> kEmergency --right, and used up--> kRecording
//                                               kEmergency --not right--> back
//
// What the web side says while a code is compared waits until that is done; an alarm does not.
//
// kRecording can no longer be turned: the decision is made and on its way to the disk. Every login gets one
// outcome in the audit and at most one verdict, and each that the web side was told of exactly one
// LoginEnded: one that begins while the provider is away has no link, and the web side hears of it only if
// the provider comes back. Threads: I/O thread only. Nothing here reads a clock or asks the provider: `now`
// and `emergency_in_force` come with each event.
#ifndef CIS2_BROKER_LOGIN_LOGIN_MACHINE_H_
#define CIS2_BROKER_LOGIN_LOGIN_MACHINE_H_

#include "broker/audit/event.h"
#include "broker/base/clock.h"
#include "broker/base/secret.h"
#include "broker/board/messages.h"
#include "broker/breakglass/code.h"
#include "broker/login/screens.h"
#include "broker/policy/policy.h"
#include "pam_module/wire/messages.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cis2::login {

inline constexpr int kMaxTries = 3;
inline constexpr int kMaxPrompts = 20;
inline constexpr int kEmptyAnswers = 3;                        // that many empty answers ...
inline constexpr std::chrono::seconds kEmptyAnswersWithin{2};  // ... within this: nobody is there
inline constexpr std::size_t kCodeLength = 6;
// The grant that the audit names for a login by an emergency code; beside it stands the code's id.
inline constexpr const char* kEmergencyGrant = "break-glass";

// What is known about a login when it is admitted.
struct LoginFacts {
  std::string login_id;
  std::string reference;
  std::string user_code;  // without the dash
  std::string link;
  std::string host;
  policy::Target target;  // the uids are filled in by AccountKnown
  std::string rhost, tty;
  std::string from;       // for people: the client's address, or the terminal's name
  std::string auth_info;  // kind and fingerprint of an accepted key
  bool for_sudo = false;
  bool provider_away = false;  // it begins without a link, and asks for an emergency code
  texts::Language language = texts::Language::kEnglish;  // of the terminal
  View view = View::kOff;
  base::WallTime started{};
  base::TimePoint deadline{};
};

// --- effects
struct ShowScreen {
  Screen screen;
};
struct GiveVerdict {
  wire::VerdictKind kind = wire::VerdictKind::kRefuse;
  std::string text;
};
struct Post {
  board::ToWeb message;
};
struct Record {
  audit::Event event;
};
// An allow: on disk first, then On(AllowRecorded).
struct RecordAllow {
  audit::Event event;
};
// Ask the host for the uids of the account and of the caller, then On(AccountKnown).
struct LookUpAccount {
  std::string account;
  std::string ruser;  // may be empty
};
// Compare it with those of the account, and use it up on disk if it is right; then On(EmergencyChecked).
struct CheckEmergencyCode {
  breakglass::Code code;
};
// The audit could not keep this: tell it wherever else somebody may hear.
struct RaiseElsewhere {
  audit::Event event;
};
using Effect = std::variant<ShowScreen, GiveVerdict, Post, Record, RecordAllow, LookUpAccount,
                            CheckEmergencyCode, RaiseElsewhere>;
using Effects = std::vector<Effect>;

// --- events
struct Answered {
  std::string text;
};
struct Gone {};     // the terminal's connection ended
struct Expired {};  // the deadline passed
struct GaveWay {};  // a newer login needed the place
struct Shutdown {};
struct CancelledByAdministrator {
  std::string who;  // for the audit, printable
};
struct AccountKnown {
  std::optional<std::uint32_t> uid, ruser_uid;  // nothing: this host knows no such account
};
struct AllowRecorded {
  bool ok = false;
};
struct EmergencyChecked {
  reasons::Checked<std::string> code_id;  // of the right code, which is used up now; or why not
};
using Event = std::variant<Answered, Gone, Expired, GaveWay, Shutdown, CancelledByAdministrator, AccountKnown,
                           AllowRecorded, EmergencyChecked, board::Continued, board::SeenInUse,
                           board::SignedIn, board::SignInFailed, board::NotMe>;

enum class Phase { kWaiting, kContinued, kEmergency, kDeciding, kCode, kRecording, kEnded };
std::string_view Name(Phase phase);  // for cis2ctl logins

// What an answer of the terminal is, by its form alone.
enum class AnswerKind { kEmpty, kJunk, kStep, kDigits, kEmergency, kOther };

// The grants in force. Asking looks at the file of every map.
using Grants = std::function<const std::vector<policy::Grant>&()>;

class LoginMachine {
 public:
  // `confirmation_code`: six random digits, chosen by the caller and kept here until they are shown.
  LoginMachine(LoginFacts facts, base::Secret confirmation_code);

  // The first effects: post the login to the board and show the link; or, while the provider is away, ask for
  // an emergency code.
  Effects Start(base::TimePoint now);
  // `grants` gives those in force now, and is asked only to decide. `emergency_in_force`: whether emergency codes
  // count now, because our own requests find the provider away or refusing us. Events that make no sense in the
  // present phase do nothing.
  Effects On(const Event& event, const Grants& grants, base::TimePoint now, bool emergency_in_force = false);

  [[nodiscard]] const LoginFacts& facts() const { return facts_; }
  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] bool continued() const { return !browser_addr_.empty(); }
  [[nodiscard]] const std::string& browser_addr() const { return browser_addr_; }
  // Whether an emergency code was compared: such a login is always recorded by itself.
  [[nodiscard]] bool emergency() const { return emergency_tries_left_ < kMaxTries || by_emergency_code(); }
  // After an allow: whether it was by an emergency code. There is no identity then.
  [[nodiscard]] bool by_emergency_code() const { return !code_id_.empty(); }
  // After another allow: who it was and by which grant, for the account phase.
  [[nodiscard]] const std::optional<identity::Identity>& identity() const { return identity_; }

 private:
  struct Context {
    const Grants& grants;
    base::TimePoint now;
    bool emergency_in_force;
  };

  Effects Handle(const Answered& e, const Context& c);
  Effects Handle(const Gone& e, const Context& c);
  Effects Handle(const Expired& e, const Context& c);
  Effects Handle(const GaveWay& e, const Context& c);
  Effects Handle(const Shutdown& e, const Context& c);
  Effects Handle(const CancelledByAdministrator& e, const Context& c);
  Effects Handle(const AccountKnown& e, const Context& c);
  Effects Handle(const AllowRecorded& e, const Context& c);
  Effects Handle(const EmergencyChecked& e, const Context& c);
  Effects Handle(const board::Continued& e, const Context& c);
  Effects Handle(const board::SeenInUse& e, const Context& c);
  Effects Handle(const board::SignedIn& e, const Context& c);
  Effects Handle(const board::SignInFailed& e, const Context& c);
  Effects Handle(const board::NotMe& e, const Context& c);

  Effects Offer(Notice notice, base::TimePoint now);
  Effects Take(const Answered& e, AnswerKind kind, const Context& c);
  Effects CheckDigits(std::string_view answer, const Context& c);
  Effects CheckEmergency(std::string_view answer);
  Effects RefuseEmergency(const reasons::Refusal& refusal, const Context& c);
  [[nodiscard]] bool MustWait(const Event& event) const;
  Effects HandleWaiting(const Context& c);
  [[nodiscard]] bool MayUseEmergencyCode(const Context& c) const;
  Effects AskAgain(Notice notice, const Context& c);
  Effects End(board::End end, const reasons::Refusal& refusal);
  Effects Refuse(const reasons::Refusal& refusal) { return End(board::End::kRefused, refusal); }
  [[nodiscard]] policy::Decision Decide(const Context& c) const;
  [[nodiscard]] Screen CurrentScreen(Notice notice, base::TimePoint now) const;
  [[nodiscard]] audit::Event NewEvent(audit::EventKind kind) const;
  [[nodiscard]] audit::Event AllowedEvent() const;

  LoginFacts facts_;
  base::Secret code_;
  Phase phase_ = Phase::kWaiting;
  View view_;
  std::string browser_addr_;
  std::optional<identity::Identity> identity_;
  std::string grant_;
  bool offered_ = false;  // the link was shown and the web side knows of it
  std::string code_id_;   // of the emergency code that was right
  Phase before_emergency_ = Phase::kWaiting;
  std::vector<Event> waiting_;  // until the emergency code is compared
  int tries_left_ = kMaxTries;
  int emergency_tries_left_ = kMaxTries;
  int prompts_ = 0;
  bool junk_seen_ = false;
  std::deque<base::TimePoint> empty_answers_;
};

// --- what an answer is; pure, and tried on its own
AnswerKind Classify(std::string_view answer);
// The digits of an answer, without the spaces and dashes that people put between them.
std::string OnlyDigits(std::string_view answer);

}  // namespace cis2::login

#endif  // CIS2_BROKER_LOGIN_LOGIN_MACHINE_H_
