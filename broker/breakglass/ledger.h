// Which emergency codes there are, and what becomes of one that was typed. Pure.
//
// A code is good for one account, once, until its time is over or it is revoked. Ended ones stay for a year,
// so that a code typed again can be told from one that never was.
#ifndef CIS2_BROKER_BREAKGLASS_LEDGER_H_
#define CIS2_BROKER_BREAKGLASS_LEDGER_H_

#include "broker/breakglass/code.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::breakglass {

using Time = std::chrono::sys_seconds;

inline constexpr std::size_t kMaxEntries = 2000;
inline constexpr std::chrono::hours kRemembered{24 * 365};

struct Entry {
  std::string id, account;
  Time made, valid_until;
  Hash hash;
  std::optional<Time> used, revoked;
  bool operator==(const Entry&) const = default;
};
using Ledger = std::vector<Entry>;

enum class State { kReady, kUsed, kRevoked, kExpired };
State StateOf(const Entry& entry, Time now);
std::string_view Name(State state);  // "ready", ...

// Whether somebody may hold a code for this account that is still good.
bool HasReadyCode(const Ledger& ledger, std::string_view account, Time now);

enum class Finding { kRight, kWrong, kOtherAccount, kUsed, kRevoked, kExpired };
// Who knows the secret alone finds what ended a code. An id that nobody has is answered at once: a flood of
// guesses must not keep the one who is right waiting behind scrypt. Whoever tells a known id from another by
// the time it takes has learnt what stands on the envelope.
Finding Judge(const Ledger& ledger, std::string_view account, const Code& code, Time now);
// Judge(), and a right code is used up in `ledger`.
Finding Spend(Ledger& ledger, std::string_view account, const Code& code, Time now);

// Leaves out what ended more than a year ago.
void Forget(Ledger& ledger, Time now);

// The file's content: JSON with a version.
std::string Encode(const Ledger& ledger);
// Nothing for anything that Encode() does not write: unknown or missing members, another version, an id
// twice, a cost that cannot be borne.
std::optional<Ledger> Decode(std::string_view json);

}  // namespace cis2::breakglass

#endif  // CIS2_BROKER_BREAKGLASS_LEDGER_H_
