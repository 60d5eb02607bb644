// Which pending logins an administrator ends: cis2ctl cancel. Pure.
#ifndef CIS2_BROKER_LOGIN_CANCELLATION_H_
#define CIS2_BROKER_LOGIN_CANCELLATION_H_

#include "broker/base/clock.h"
#include "broker/base/json.h"
#include "broker/base/result.h"
#include "broker/login/login_machine.h"

#include <chrono>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace cis2::login {

// What cis2ctl logins shows.
struct LoginSummary {
  std::string reference, login_id, account, service, from, browser_addr;
  Phase phase = Phase::kWaiting;
  base::WallTime started{};
  std::chrono::seconds left{0};
};

// Exactly one of the three is given.
struct Cancellation {
  std::string reference = {};  // as PlainReference writes it
  std::string account = {};
  bool all = false;
};

// {"reference": "4G7K2-9QXD3"}, {"account": "op1"} or {"all": true}; other members are for others to read. The
// error is a sentence.
base::Result<Cancellation> ParseCancellation(const base::Json& request);
bool Covers(const Cancellation& which, const LoginSummary& login);

// A reference as people read it out and type it, the way two of them are compared: capitals, without dashes
// and blanks, O for 0, I and L for 1 (Crockford's base 32).
std::string PlainReference(std::string_view typed);

// Who it was, for the audit: the uid that the kernel names, and the SUDO_USER that cis2ctl found, which is a hint
// and no proof.
std::string Canceller(uid_t uid, std::string_view sudo_user);

}  // namespace cis2::login

#endif  // CIS2_BROKER_LOGIN_CANCELLATION_H_
