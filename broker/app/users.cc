#include "broker/app/users.h"

#include <boost/asio/post.hpp>

#include <cerrno>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>
#include <vector>

namespace cis2::app {
namespace {

struct Entry {
  uid_t uid = 0;
  gid_t gid = 0;
};

std::optional<Entry> FindAccount(const std::string& name) {
  std::vector<char> buffer(16UL * 1024);
  passwd record{};
  passwd* found = nullptr;
  while (::getpwnam_r(name.c_str(), &record, buffer.data(), buffer.size(), &found) == ERANGE &&
         buffer.size() < 1024UL * 1024) {
    buffer.resize(buffer.size() * 2);
  }
  // A directory may match without case: the name found must be the name asked for (peers.md 6.3).
  if (found == nullptr || name != found->pw_name) {
    return std::nullopt;
  }
  return Entry{.uid = found->pw_uid, .gid = found->pw_gid};
}

}  // namespace

base::Result<SystemUser> FindSystemUser(const std::string& name) {
  const auto entry = FindAccount(name);
  if (!entry) {
    return base::Fail("the user " + name +
                      " does not exist; the package makes it, or: useradd --system --no-create-home --shell "
                      "/usr/sbin/nologin " +
                      name);
  }
  return SystemUser{.uid = entry->uid, .gid = entry->gid};
}

base::Result<void> DropPrivileges(const SystemUser& user) {
  if (::geteuid() != 0) {
    return {};
  }
  if (::setgroups(0, nullptr) != 0 || ::setresgid(user.gid, user.gid, user.gid) != 0 ||
      ::setresuid(user.uid, user.uid, user.uid) != 0) {
    return base::FailErrno("cannot become uid " + std::to_string(user.uid), errno);
  }
  if (user.uid != 0 && ::setuid(0) == 0) {
    return base::Fail("root could be taken back after it was dropped");
  }
  return {};
}

void AccountDirectory::LookUp(std::string account, std::function<void(std::optional<std::uint32_t>)> done) {
  boost::asio::post(pool_, [this, account = std::move(account), done = std::move(done)] {
    const auto entry = FindAccount(account);
    boost::asio::post(
        io_, [done, uid = entry ? std::optional<std::uint32_t>(entry->uid) : std::nullopt] { done(uid); });
  });
}

}  // namespace cis2::app
