#include "broker/base/fd.h"
#include "broker/base/text.h"
#include "broker/config/load.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/failure.h"
#include "broker/ctl/key_file.h"
#include "broker/ctl/print_json.h"
#include "broker/jose/public_half.h"
#include "broker/jose/public_jwk.h"
#include "broker/jose/signing_key.h"
#include "broker/oidc/client_auth.h"
#include "broker/oidc/key_files.h"
#include "broker/texts/texts.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <sys/stat.h>

namespace cis2::ctl {
namespace {

using base::Fail;
using base::Result;
using nlohmann::ordered_json;

constexpr const char* kPrepareHint = "cis2ctl rotate prepare makes the next key";
constexpr const char* kSwitchHint =
    "publish what cis2ctl jwks prints (with [web] serve_jwks: restart cis2-broker), wait until the provider "
    "has fetched "
    "it, then: cis2ctl rotate switch";
constexpr const char* kFinishHint =
    "restart cis2-broker, see that logins work, then: cis2ctl rotate finish --yes, and publish cis2ctl jwks "
    "again";

enum class Step { kPrepare, kSwitch, kFinish };

const char* Name(Step step) {
  switch (step) {
    case Step::kPrepare:
      return "prepare";
    case Step::kSwitch:
      return "switch";
    case Step::kFinish:
      return "finish";
  }
  return "";
}

const char* Hint(Step step) {
  switch (step) {
    case Step::kPrepare:
      return kPrepareHint;
    case Step::kSwitch:
      return kSwitchHint;
    case Step::kFinish:
      return kFinishHint;
  }
  return "";
}

bool Exists(const std::string& path) {
  struct stat st{};
  return ::lstat(path.c_str(), &st) == 0;
}

// Which step comes next is read off the files: nothing else remembers it, so nothing can disagree with them.
Step NextStep(const oidc::KeyFiles& files) {
  const bool interrupted =
      IsSameFile(files.current, files.previous);  // a switch that did not come to its end
  if (Exists(files.previous) && !(interrupted && Exists(files.next))) {
    return Step::kFinish;
  }
  return Exists(files.next) ? Step::kSwitch : Step::kPrepare;
}

struct Rotation {
  config::Provider settings;
  oidc::KeyFiles files;
};

Result<void> CheckOrder(const Rotation& rotation, Step asked) {
  const Step next = NextStep(rotation.files);
  return next == asked ? Result<void>()
                       : Fail(std::string("rotate ") + Name(asked) +
                              " is not the step that comes now, rotate " + Name(next) + " is: " + Hint(next));
}

// Everything that would be published can be read, and the key in use fits.
Result<void> CheckKeys(const Rotation& rotation) {
  CIS2_TRY([[maybe_unused]] const auto credential, oidc::ClientCredential::Load(rotation.settings));
  return {};
}

struct KeyLine {
  std::string role, path, kid;
  std::time_t made = 0;
};

// The key at `path`; its file keeps the time when it was made through every step.
Result<KeyLine> Describe(const std::string& role, const std::string& path, const std::string& key_id) {
  CIS2_TRY(const jose::EvpKey half, jose::LoadPublicHalf(path));
  struct stat st{};
  if (::stat(path.c_str(), &st) != 0) {
    return base::FailErrno("cannot read the state of " + path, errno);
  }
  const std::string kid = key_id.empty() ? jose::Thumbprint(jose::PublicMembers(half.get())) : key_id;
  return KeyLine{.role = role, .path = path, .kid = kid, .made = st.st_mtime};
}

Result<std::vector<KeyLine>> DescribeAll(const Rotation& rotation) {
  CIS2_TRY(KeyLine current, Describe("current", rotation.files.current, rotation.settings.client_key_id));
  std::vector<KeyLine> lines = {std::move(current)};
  for (const auto& [role, path] :
       {std::pair{"next", &rotation.files.next}, std::pair{"previous", &rotation.files.previous}}) {
    if (Exists(*path)) {
      CIS2_TRY(KeyLine line, Describe(role, *path, ""));
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::string Iso(std::time_t time) {
  std::tm utc{};
  (void)::gmtime_r(&time, &utc);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc));
}

std::string Age(std::time_t made) {
  const std::chrono::seconds age(std::max<std::time_t>(std::time(nullptr) - made, 0));
  const auto days = std::chrono::floor<std::chrono::days>(age).count();
  return days > 0 ? std::to_string(days) + (days == 1 ? " day" : " days")
                  : texts::Duration(texts::Language::kEnglish, age);
}

// What stands where now, and what to do next: the answer of every step.
Result<void> Print(const Rotation& rotation, bool json, std::ostream& out) {
  CIS2_TRY(const std::vector<KeyLine> lines, DescribeAll(rotation));
  const Step next = NextStep(rotation.files);
  if (json) {
    ordered_json keys = ordered_json::array();
    for (const KeyLine& line : lines) {
      keys.push_back({{"role", line.role}, {"path", line.path}, {"kid", line.kid}, {"made", Iso(line.made)}});
    }
    PrintJson(out, ordered_json{{"keys", keys}, {"next_step", Name(next)}, {"advice", Hint(next)}});
    return {};
  }
  for (const KeyLine& line : lines) {
    out << line.role << ": " << line.path << "\n  key id " << line.kid << ", " << Age(line.made) << " old\n";
  }
  out << "next step: " << Hint(next) << "\n";
  return {};
}

Result<void> Prepare(const Rotation& rotation) {
  CIS2_CHECK(CheckOrder(rotation, Step::kPrepare));
  CIS2_CHECK(CheckKeys(rotation));
  CIS2_TRY([[maybe_unused]] const auto key,
           MakeKeyFile(rotation.files.next, rotation.settings.client_assertion_alg));
  return {};
}

Result<void> Switch(const Rotation& rotation) {
  CIS2_CHECK(CheckOrder(rotation, Step::kSwitch));
  CIS2_CHECK(CheckKeys(rotation));
  if (!rotation.settings.client_key_id.empty()) {
    return Fail(
        "provider.client_key_id names the key in use, and would name the next one, which is published under "
        "its "
        "thumbprint: take client_key_id out of the configuration, do not restart cis2-broker yet, and run "
        "rotate "
        "switch again");
  }
  // The next key must be one that the broker will take.
  config::Provider after = rotation.settings;
  after.client_key = rotation.files.next;
  CIS2_TRY([[maybe_unused]] const auto credential, oidc::ClientCredential::Load(after));
  return SwitchKeyFiles(rotation.files.current, rotation.files.next, rotation.files.previous);
}

Result<void> Finish(const Rotation& rotation, bool yes) {
  CIS2_CHECK(CheckOrder(rotation, Step::kFinish));
  if (!yes) {
    return Fail("rotate finish removes " + rotation.files.previous +
                " for good; a broker that was not restarted since the switch still signs with it. Say --yes "
                "if it was");
  }
  return RemoveKeyFile(rotation.files.previous);
}

Result<void> Run(const Rotation& rotation, const RotateOptions& options) {
  switch (options.step) {
    case RotateStep::kStatus:
      return {};
    case RotateStep::kPrepare:
      return Prepare(rotation);
    case RotateStep::kSwitch:
      return Switch(rotation);
    case RotateStep::kFinish:
      return Finish(rotation, options.yes);
  }
  return {};
}

Result<Rotation> Load(const config::Provider& settings) {
  if (settings.client_auth != config::ClientAuth::kPrivateKeyJwt) {
    return Fail("provider.client_auth is a secret method; there is no key to rotate");
  }
  CIS2_TRY(oidc::KeyFiles files, oidc::FilesOf(settings.client_key));
  return Rotation{.settings = settings, .files = std::move(files)};
}

Result<void> LoadRunPrint(const config::Provider& settings, const RotateOptions& options, bool json,
                          std::ostream& out) {
  CIS2_TRY(const Rotation rotation, Load(settings));
  CIS2_CHECK(Run(rotation, options));
  return Print(rotation, json, out);
}

}  // namespace

int Rotate(const CommonOptions& common, const RotateOptions& options, const Streams& streams) {
  const auto config = LoadConfig(common, streams);
  if (!config) {
    return config.error();
  }
  if (const auto done = LoadRunPrint(config->provider, options, common.json, streams.out); !done) {
    return GiveUp(common, streams, kExitNo, done.error().message);
  }
  return kExitOk;
}

}  // namespace cis2::ctl
