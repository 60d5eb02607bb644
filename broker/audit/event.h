// One event of the audit, as design section 11 lists its fields. There is no field for a secret.
#ifndef CIS2_BROKER_AUDIT_EVENT_H_
#define CIS2_BROKER_AUDIT_EVENT_H_

#include "broker/base/clock.h"
#include "broker/reasons/reasons.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cis2::audit {

enum class Outcome { kAllowed, kRefused, kExpired, kCancelled, kUnavailable };
std::string_view Name(Outcome outcome);  // "allowed", ...

enum class EventKind {
  kContinued,     // the first browser pressed continue
  kSignedIn,      // an identity was proved
  kInUse,         // another browser than the owner's came
  kOtherBrowser,  // alarm: a live state came back in another browser
  kNotMe,         // alarm: "this was not me"
  kBreakGlass,    // alarm: an emergency code was used
  kOutcome,       // the one outcome of a login
  kAccount,       // an answer in the account phase
  kUncontinued,   // a summary, once a minute: logins that ended and that nobody had continued
};
std::string_view Name(EventKind kind);  // "browser.continued", ...

struct Event {
  base::WallTime time{};
  EventKind kind = EventKind::kOutcome;
  std::string login_id, reference, host, service, account, ruser, rhost, tty;
  std::string auth_info;  // kind and fingerprint of what sshd had accepted before, never the key itself
  std::string browser_addr;
  std::string iss, sub;
  std::optional<int> ial, aal;
  std::string acr;
  std::vector<std::string> amr;
  std::optional<std::chrono::sys_seconds> auth_time;
  std::string grant;
  std::string code_id;  // of an emergency code that was used; its secret is nowhere
  std::optional<Outcome> outcome;
  reasons::Reason reason = reasons::Reason::kNone;
  std::string detail;        // for the administrator, printable
  std::optional<int> count;  // kUncontinued: how many
};

// The fields that have a value, always in the same order. Strings are printable ASCII of at most 512 bytes of
// the original: every other byte is written \xHH, so neither a terminal nor a log viewer can be led astray. Of
// what a stranger chooses (service, account, ruser, rhost, tty) and of the browser's address there are at most
// 64, and every byte that no such name has is written so: none can pose as words of ours.
struct Field {
  std::string_view name;
  std::variant<std::string, int, std::vector<std::string>> value;
};
std::vector<Field> Fields(const Event& event);

// One line of JSON without the newline. docs/audit.md describes it.
std::string ToJson(const Event& event);
// What happened, as a sentence for somebody who reads the journal. Printable ASCII.
std::string Sentence(const Event& event);
// The id under which conf/journal/cis2-broker.catalog explains such an entry of the journal: one for each kind of
// event, of an outcome one for each outcome. Stable, like an id of a reason. Made by `journalctl --new-id128`.
std::string_view MessageId(const Event& event);
// Somebody may be attacked, or went past the sign-in: kOtherBrowser, kNotMe, kBreakGlass.
bool IsAlarm(const Event& event);

}  // namespace cis2::audit

#endif  // CIS2_BROKER_AUDIT_EVENT_H_
