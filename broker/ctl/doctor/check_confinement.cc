#include "broker/ctl/doctor/check_confinement.h"

#include "broker/ctl/doctor/settings.h"
#include "broker/jose/key_uri.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace cis2::ctl::doctor {
namespace {

constexpr const char* kTpm = "/dev/tpmrm0";

// A path in a rule: quotes hold it together, and what would be a pattern is one character.
// `below`: a pattern that follows.
std::string Named(std::string_view path, std::string_view below = "") {
  static constexpr std::string_view kPatterns = R"(*?[]{}^"\)";
  std::string text;
  for (const char c : path) {
    text += kPatterns.find(c) == std::string_view::npos ? std::string(1, c) : std::string{'\\', c};
  }
  text += below;
  return text.find(' ') == std::string::npos ? text : '"' + text + '"';
}

std::string RulesFor(const NeededFile& file) {
  const std::string folder = file.path.substr(0, file.path.rfind('/') + 1);
  switch (file.use) {
    case FileUse::kRead:
      return Named(file.path) + " r,";
    case FileUse::kMap:
      return Named(file.path) + " mr,";
    case FileUse::kWrite:
      return Named(file.path) + " rw,";
    case FileUse::kKeep:
      break;
  }
  return Named(folder) + " rwk,\n" + Named(file.path, "*") + " rwk,";
}

class Files {
 public:
  void Add(const std::string& path, FileUse use) {
    if (!path.empty() && std::ranges::find(files_, path, &NeededFile::path) == files_.end()) {
      files_.push_back({.path = path, .use = use});
    }
  }
  void AddKey(const std::string& place) {
    if (!jose::IsKeyUri(place)) {
      Add(place, FileUse::kRead);
    } else if (const auto uri = jose::ParseKeyUri(place); uri) {  // if not, config.problem says so
      Add(uri->kind == jose::KeyUri::Kind::kTpm ? kTpm : "", FileUse::kWrite);
      Add(uri->module_path, FileUse::kMap);
      Add(uri->pin_source, FileUse::kRead);
    }
  }
  std::vector<NeededFile> Take() { return std::move(files_); }

 private:
  std::vector<NeededFile> files_;
};

}  // namespace

std::vector<NeededFile> FilesOfBroker(const config::Config& config) {
  const config::Provider& provider = config.provider;
  Files files;
  if (provider.client_auth == config::ClientAuth::kPrivateKeyJwt) {
    files.AddKey(provider.client_key);
    std::ranges::for_each(provider.client_keys_published, [&](const auto& place) { files.AddKey(place); });
  } else {
    files.Add(provider.client_secret_file, FileUse::kRead);
  }
  files.Add(provider.ca_file, FileUse::kRead);
  files.Add(config.web.certificate, FileUse::kRead);
  files.Add(config.web.certificate_key, FileUse::kRead);
  for (const policy::Grant& grant : config.grants) {
    files.Add(grant.map_file, FileUse::kRead);
  }
  files.Add(config.audit.file, FileUse::kKeep);
  files.Add(config.break_glass.file, FileUse::kKeep);
  return files.Take();
}

Findings JudgeConfinement(const std::vector<NeededFile>& refused) {
  if (refused.empty()) {
    return {};
  }
  std::string paths, rules;
  for (const NeededFile& file : refused) {
    paths += (paths.empty() ? "" : ", ") + file.path;
    rules += (rules.empty() ? "" : "\n") + RulesFor(file);
  }
  const std::string profile = kBrokerProfile;
  return {Problem("confinement.apparmor", "the AppArmor profile of the broker refuses it " + paths,
                  "It reads \"Permission denied\" there, whatever the permissions are: it does not start, or "
                  "goes without the file.",
                  Append("/etc/apparmor.d/local/" + profile, rules,
                         "apparmor_parser -r /etc/apparmor.d/" + profile + " && " + kRestartBroker))};
}

}  // namespace cis2::ctl::doctor
