// Who keeps the old way in: the accounts of a group, as this host knows them.
#ifndef CIS2_BROKER_CTL_RESCUE_GROUP_H_
#define CIS2_BROKER_CTL_RESCUE_GROUP_H_

#include <optional>
#include <string>
#include <vector>

namespace cis2::ctl {

struct RescueMember {
  std::string account;
  bool has_password = false;  // one that can be typed; only root can know
};

// The members, by the group's list and as their own group. Nothing where there is no such group.
std::optional<std::vector<RescueMember>> RescueMembers(const std::string& group);

// Why nobody keeps the old way in by this group, and what to type; with NAME in it where only a person can choose whom.
struct RescueFault {
  std::string what, mend;
  bool needs_name = false;
};
// `members` as above. Nothing where at least one member can type a password.
std::optional<RescueFault> FindRescueFault(const std::string& group,
                                           const std::optional<std::vector<RescueMember>>& members);

// "asmith, bjones".
std::string ShownMembers(const std::vector<RescueMember>& members);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_RESCUE_GROUP_H_
