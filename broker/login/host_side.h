// The host side of every login: admission, the machines, their deadlines, the account phase.
//
// The PAM server hands in what the module says and implements Terminal; the board brings what the web side
// says. I/O thread only. Everything outside comes in through HostSideParts.
#ifndef CIS2_BROKER_LOGIN_HOST_SIDE_H_
#define CIS2_BROKER_LOGIN_HOST_SIDE_H_

#include "broker/audit/sink.h"
#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "broker/board/board.h"
#include "broker/config/config.h"
#include "broker/login/admission.h"
#include "broker/login/cancellation.h"
#include "broker/login/emergency_codes.h"
#include "broker/login/emergency_limit.h"
#include "broker/login/login_machine.h"
#include "broker/login/watcher.h"
#include "pam_module/wire/messages.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cis2::login {

// What the module asked, as owned values.
struct LoginAsk {
  std::string service, account, rhost, ruser, tty, ssh_connection, ssh_auth_info;
  wire::QrMode qr = wire::QrMode::kUtf8;
};
struct AccountAsk {
  std::string service, account, ticket;
};

// The process that asks.
struct Caller {
  int pid = 0;
  // When the parent of that process started: for sshd, the monitor whose LoginGraceTime runs. Nothing when it
  // cannot be read.
  std::optional<base::TimePoint> monitor_started;
};

struct GivenVerdict {
  wire::VerdictKind kind = wire::VerdictKind::kRefuse;
  std::string text, reference, ticket;
};

// The connection of one PAM conversation. Must not call back into the HostSide from inside these.
class Terminal {
 public:
  virtual ~Terminal() = default;
  virtual void Show(const Screen& screen) = 0;
  virtual void Give(const GivenVerdict& verdict) = 0;
};

struct HostSideParts {
  const config::Config& config;
  const base::Clock& clock;
  base::Random& random;
  board::Board& board;
  audit::Sink& audit;
  std::string host_name;
  // The grants in force now.
  std::function<const std::vector<policy::Grant>&()> grants;
  // Asks for the uid of an account, and answers later on the I/O thread.
  std::function<void(std::string, std::function<void(std::optional<std::uint32_t>)>)> look_up_account;
  // Whether our own attempts to reach the provider fail (oidc::Provider::Away).
  std::function<bool()> provider_away;
  // Called whenever NextDeadline() may have changed.
  std::function<void()> changed;
  Watcher* watcher = nullptr;           // null: nobody counts
  EmergencyCodes* emergency = nullptr;  // borrowed; null: there are none
};

class HostSide {
 public:
  explicit HostSide(HostSideParts parts);

  // Admits a login. Shows its screen on `terminal`, which must live until Gone(), and returns its id; or
  // gives a verdict at once and returns nothing.
  std::optional<std::string> Begin(const LoginAsk& ask, const Caller& caller, Terminal& terminal);
  void Answer(const std::string& login_id, std::string text);
  // The connection is over; `terminal` is not used any more.
  void Gone(const std::string& login_id);
  // The account phase: the verdict at once.
  GivenVerdict Account(const AccountAsk& ask, const Caller& caller);
  // For a module of a release with which this one does not speak.
  [[nodiscard]] GivenVerdict OtherRelease() const;

  void OnBoard(const board::ToHost& message);

  // Deadlines: call OnTime() when NextDeadline() has come.
  [[nodiscard]] std::optional<base::TimePoint> NextDeadline() const;
  void OnTime();
  // Ends every pending login with login.shutdown.
  void ShutDown();

  [[nodiscard]] std::vector<LoginSummary> Pending() const;
  // Ends the pending logins that `which` covers, and returns those that it ended: not one whose allow is on
  // its way to the disk. `who` goes into the audit.
  std::vector<LoginSummary> Cancel(const Cancellation& which, const std::string& who);

 private:
  struct Entry {
    LoginMachine machine;
    Terminal* terminal;  // null once the connection is gone
    Seat seat;
    int caller_pid;
    base::TimePoint began, in_phase_since;
  };
  struct Ticket {
    int pid = 0;
    policy::Target target;
    std::optional<identity::Identity> identity;  // none after an emergency code
    bool by_emergency_code = false;
    std::string browser_addr;
    std::string login_id, reference;
    base::TimePoint expires{};
  };

  GivenVerdict TurnAway(const LoginAsk& ask, wire::VerdictKind kind, reasons::Reason reason,
                        audit::Outcome outcome);
  LoginFacts MakeFacts(const LoginAsk& ask, const Caller& caller);
  [[nodiscard]] bool EmergencyInForce() const;
  [[nodiscard]] base::TimePoint DeadlineFor(const LoginAsk& ask, const Caller& caller) const;
  bool MakeRoom();
  void Drive(const std::string& login_id, const Event& event);
  void Carry(const std::string& login_id, Effects effects);
  void CarryVerdict(const std::string& login_id, const GiveVerdict& verdict);
  void LookUp(const std::string& login_id, const LookUpAccount& names);
  void CheckEmergency(const std::string& login_id, breakglass::Code code);
  void OnEmergencyChecked(const std::string& login_id, const std::string& limit_key,
                          const reasons::Checked<std::string>& code_id);
  [[nodiscard]] reasons::Reason JudgeAgain(const Ticket& ticket) const;
  void RecordOutcome(const Entry& entry, const audit::Event& event);
  void ForgetIfOver(const std::string& login_id);
  void TellLeft(Entry& entry, Phase before);
  void TellEnded(const Entry& entry, audit::Outcome outcome, reasons::Reason reason);
  void SummariseUncontinued();

  HostSideParts parts_;
  texts::Language language_;  // of every terminal
  Admission admission_;
  EmergencyLimit emergency_limit_;
  std::map<std::string, Entry> logins_;
  std::map<std::string, Ticket> tickets_;
  // Logins that ended and that nobody had continued: the first few of a minute are recorded one by one, the
  // rest as a number.
  base::TimePoint minute_started_{};
  int recorded_this_minute_ = 0;
  int uncontinued_ = 0;
};

}  // namespace cis2::login

#endif  // CIS2_BROKER_LOGIN_HOST_SIDE_H_
