// Users of this system: whom the processes run as, and whom logins are for.
#ifndef CIS2_BROKER_APP_USERS_H_
#define CIS2_BROKER_APP_USERS_H_

#include "broker/base/result.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>

namespace cis2::app {

struct SystemUser {
  uid_t uid = 0;
  gid_t gid = 0;
};
// A user of ours, by name. A missing one is an error that says how to make it.
base::Result<SystemUser> FindSystemUser(const std::string& name);

// From root to that user, for good: no group, no capability, no way back. Does nothing when we are not root.
base::Result<void> DropPrivileges(const SystemUser& user);

// Looks accounts up through NSS, on a thread of its own since a directory service may take its time.
class AccountDirectory {
 public:
  explicit AccountDirectory(boost::asio::io_context& io) : io_(io), pool_(1) {}
  // Answers on the I/O thread: the uid of the account whose name is exactly `account`, or nothing.
  void LookUp(std::string account, std::function<void(std::optional<std::uint32_t>)> done);
  void Join() { pool_.join(); }

 private:
  boost::asio::io_context& io_;
  boost::asio::thread_pool pool_;
};

}  // namespace cis2::app

#endif  // CIS2_BROKER_APP_USERS_H_
