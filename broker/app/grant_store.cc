#include "broker/app/grant_store.h"

#include "broker/base/log.h"
#include "broker/config/load.h"

namespace cis2::app {
GrantStore::GrantStore(std::vector<policy::Grant> grants) { Replace(std::move(grants)); }

void GrantStore::Replace(std::vector<policy::Grant> grants) {
  grants_ = std::move(grants);
  versions_.clear();
  versions_.assign(grants_.size(), std::nullopt);
}

const std::vector<policy::Grant>& GrantStore::Current() {
  for (std::size_t i = 0; i < grants_.size(); ++i) {
    if (grants_[i].map_file.empty()) {
      continue;
    }
    const Version version = VersionOf(grants_[i].map_file);
    if (version != versions_[i]) {
      versions_[i] = version;
      ReadMap(grants_[i]);
    }
  }
  return grants_;
}

GrantStore::Version GrantStore::VersionOf(const std::string& path) {
  struct stat st{};
  if (::stat(path.c_str(), &st) != 0) {
    return {};
  }
  return {.device = st.st_dev, .inode = st.st_ino, .size = st.st_size, .changed = st.st_ctim};
}

void GrantStore::ReadMap(policy::Grant& grant) {
  auto map = config::LoadMap(grant.map_file);
  if (!map) {
    grant.map = std::make_shared<const policy::AccountMap>();
    base::LogError("an account map cannot be used; its grant lets nobody in until it is mended",
                   {{"GRANT", grant.name}, {"ERROR", map.error().message}});
    return;
  }
  grant.map = *std::move(map);
  base::LogInfo(
      "an account map was read",
      {{"GRANT", grant.name}, {"FILE", grant.map_file}, {"ACCOUNTS", std::to_string(grant.map->size())}});
}

}  // namespace cis2::app
