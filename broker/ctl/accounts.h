// What this host knows about accounts.
#ifndef CIS2_BROKER_CTL_ACCOUNTS_H_
#define CIS2_BROKER_CTL_ACCOUNTS_H_

#include <cstdint>
#include <optional>
#include <string>

namespace cis2::ctl {

// Below it are root and the accounts of the system.
inline constexpr std::uint32_t kFirstOrdinaryUid = 1000;

// The uid of the account of exactly this name; nothing for one that the host does not know.
std::optional<std::uint32_t> UidOf(const std::string& account);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_ACCOUNTS_H_
