#include "broker/ctl/accounts.h"

#include <pwd.h>
#include <vector>

namespace cis2::ctl {

std::optional<std::uint32_t> UidOf(const std::string& account) {
  std::vector<char> buffer(64UL * 1024);
  passwd record{};
  passwd* found = nullptr;
  ::getpwnam_r(account.c_str(), &record, buffer.data(), buffer.size(), &found);
  // Some sources of accounts do not mind capitals; a grant does.
  return found != nullptr && account == found->pw_name ? std::optional<std::uint32_t>(found->pw_uid)
                                                       : std::nullopt;
}

}  // namespace cis2::ctl
