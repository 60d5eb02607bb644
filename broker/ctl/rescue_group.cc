#include "broker/ctl/rescue_group.h"

#include <algorithm>
#include <grp.h>
#include <pwd.h>
#include <set>
#include <shadow.h>

namespace cis2::ctl {
namespace {

// "!" and "*" in front: no password fits.
bool HasPassword(const std::string& account) {
  const spwd* shadow = ::getspnam(account.c_str());
  const std::string hash = shadow == nullptr || shadow->sp_pwdp == nullptr ? "" : shadow->sp_pwdp;
  return !hash.empty() && hash.front() != '!' && hash.front() != '*';
}

}  // namespace

std::optional<std::vector<RescueMember>> RescueMembers(const std::string& group) {
  const struct group* found = ::getgrnam(group.c_str());
  if (found == nullptr) {
    return std::nullopt;
  }
  const gid_t gid = found->gr_gid;
  std::set<std::string> accounts;
  for (char** member = found->gr_mem; *member != nullptr; ++member) {
    accounts.insert(*member);
  }
  ::setpwent();
  while (const passwd* account = ::getpwent()) {
    if (account->pw_gid == gid) {
      accounts.insert(account->pw_name);
    }
  }
  ::endpwent();
  std::vector<RescueMember> members;
  for (const std::string& account : accounts) {
    members.push_back({.account = account, .has_password = HasPassword(account)});
  }
  return members;
}

}  // namespace cis2::ctl
