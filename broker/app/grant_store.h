// The grants in force, with their account maps read again when the files change. I/O thread only.
//
// A map that can no longer be read or parsed matches nobody until it is mended: fails closed, and says so
// once.
#ifndef CIS2_BROKER_APP_GRANT_STORE_H_
#define CIS2_BROKER_APP_GRANT_STORE_H_

#include "broker/policy/policy.h"

#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace cis2::app {

class GrantStore {
 public:
  explicit GrantStore(std::vector<policy::Grant> grants);

  // The grants as of now; looks at the state of the map files, and reads those that changed. The first time all of them: a
  // change since the configuration was read would be missed otherwise.
  const std::vector<policy::Grant>& Current();
  // After a reload of the configuration.
  void Replace(std::vector<policy::Grant> grants);

 private:
  struct Version {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    timespec changed{};
    bool operator==(const Version& o) const {
      return device == o.device && inode == o.inode && size == o.size && changed.tv_sec == o.changed.tv_sec &&
             changed.tv_nsec == o.changed.tv_nsec;
    }
  };
  static Version VersionOf(const std::string& path);
  static void ReadMap(policy::Grant& grant);

  std::vector<policy::Grant> grants_;
  // One for each grant; nothing: its map was not read by this store yet.
  std::vector<std::optional<Version>> versions_;
};

}  // namespace cis2::app

#endif  // CIS2_BROKER_APP_GRANT_STORE_H_
