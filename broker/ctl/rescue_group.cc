#include "broker/ctl/rescue_group.h"

#include "broker/base/text.h"

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
  // NOLINTBEGIN(concurrency-mt-unsafe): cis2ctl has one thread
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
  // NOLINTEND(concurrency-mt-unsafe)
  std::vector<RescueMember> members;
  for (const std::string& account : accounts) {
    members.push_back({.account = account, .has_password = HasPassword(account)});
  }
  return members;
}

std::string ShownMembers(const std::vector<RescueMember>& members) {
  std::string names;
  for (const RescueMember& member : members) {
    names += (names.empty() ? "" : ", ") + base::ShownName(member.account);
  }
  return names;
}

std::optional<RescueFault> FindRescueFault(const std::string& group,
                                           const std::optional<std::vector<RescueMember>>& members) {
  const std::string name = base::ShownName(group);
  const std::string add = "usermod -a -G " + name + " NAME";
  if (!members) {
    return RescueFault{.what = "there is no group " + name + " of people who keep the old way in",
                       .mend = "groupadd --system " + name + " && " + add,
                       .needs_name = true};
  }
  if (members->empty()) {
    return RescueFault{
        .what = "the group " + name + " has no member, so nobody but root keeps the old way in",
        .mend = add,
        .needs_name = true};
  }
  if (std::ranges::none_of(*members, &RescueMember::has_password)) {
    return RescueFault{.what = "no member of " + name + " (" + ShownMembers(*members) +
                               ") has a password, so the old way in is shut",
                       .mend = "passwd " + base::ShownName(members->front().account)};
  }
  return std::nullopt;
}

}  // namespace cis2::ctl
