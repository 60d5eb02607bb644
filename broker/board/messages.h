// What the two sides of a login tell each other over the board. Plain values that can be written down: in a
// fleet the same messages go through etcd.
//
//   host side  PAM socket, policy, confirmation code, audit   (login/)
//   web side   front, OIDC client                             (web/)
#ifndef CIS2_BROKER_BOARD_MESSAGES_H_
#define CIS2_BROKER_BOARD_MESSAGES_H_

#include "broker/base/clock.h"
#include "broker/identity/identity.h"
#include "broker/reasons/reasons.h"

#include <string>
#include <variant>

namespace cis2::board {

// How a login ended, as the pages show it.
enum class End { kAllowed, kRefused, kExpired, kCancelled, kUnavailable };

// --- host side to web side

// A login that waits for a browser.
struct LoginPosted {
  std::string login_id;
  std::string user_code;  // eight letters, without the dash
  std::string reference;
  std::string host, account, service;  // printable
  std::string from;            // where the login comes from: the ssh client's address, or the tty; printable
  std::string client_address;  // of the ssh client; empty for a local service
  base::WallTime started{};
  base::TimePoint deadline{};
};

// The sign-in is good and a grant allows: show these digits to the owner.
struct CodeIssued {
  std::string login_id;
  std::string confirmation_code;  // six digits; a secret until typed
};

// The login is over. Sent exactly once for every LoginPosted.
struct LoginEnded {
  std::string login_id;
  End end = End::kRefused;
  reasons::Reason reason = reasons::Reason::kNone;
  reasons::Args args;
};

using ToWeb = std::variant<LoginPosted, CodeIssued, LoginEnded>;

// --- web side to host side

// The first browser pressed continue and owns the login now.
struct Continued {
  std::string login_id;
  std::string browser_addr;
};

// Another browser than the owner's came. For the audit; changes nothing.
struct SeenInUse {
  std::string login_id;
  std::string browser_addr;
};

// The provider's proof was checked in every point.
struct SignedIn {
  std::string login_id;
  std::string browser_addr;
  identity::Identity identity;
};

// The journey ended without an identity: the login ends now.
struct SignInFailed {
  std::string login_id;
  std::string browser_addr;
  reasons::Refusal refusal;
};

// "This was not me" was pressed.
struct NotMe {
  std::string login_id;
  std::string browser_addr;
};

using ToHost = std::variant<Continued, SeenInUse, SignedIn, SignInFailed, NotMe>;

}  // namespace cis2::board

#endif  // CIS2_BROKER_BOARD_MESSAGES_H_
