#include "broker/app/grant_store.h"

#include "broker/base/fd.h"
#include "broker/base/log.h"

namespace cis2::app {
namespace {

constexpr std::size_t kMaxMapFile = 16UL * 1024 * 1024;

}  // namespace

GrantStore::GrantStore(std::vector<policy::Grant> grants) { Replace(std::move(grants)); }

void GrantStore::Replace(std::vector<policy::Grant> grants) {
  grants_ = std::move(grants);
  versions_.clear();
  for (const policy::Grant& grant : grants_) {
    versions_.push_back(grant.map_file.empty() ? Version{} : VersionOf(grant.map_file));
  }
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
  grant.map = std::make_shared<const policy::AccountMap>();
  const auto text = base::ReadTrustedFile(grant.map_file, base::Privacy::kPublic, kMaxMapFile);
  if (!text) {
    base::LogError("an account map cannot be read; its grant lets nobody in until it is mended",
                   {{"GRANT", grant.name}, {"ERROR", text.error().message}});
    return;
  }
  auto map = policy::AccountMap::Parse(*text);
  if (!map) {
    base::LogError("an account map is malformed; its grant lets nobody in until it is mended",
                   {{"GRANT", grant.name}, {"FILE", grant.map_file}, {"ERROR", map.error()}});
    return;
  }
  base::LogInfo("an account map was read again",
                {{"GRANT", grant.name}, {"FILE", grant.map_file}, {"ACCOUNTS", std::to_string(map->size())}});
  grant.map = std::make_shared<const policy::AccountMap>(*std::move(map));
}

}  // namespace cis2::app
