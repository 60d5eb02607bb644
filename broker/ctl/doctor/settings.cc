#include "broker/ctl/doctor/settings.h"

#include "broker/policy/policy.h"

#include <string_view>

namespace cis2::ctl::doctor {
namespace {

// A file of its own, after those that a package or a person brings; it replaces single keys.
constexpr std::string_view kDropIn = "90-local.toml";

std::string DropInBeside(std::string path) {
  constexpr std::string_view kSuffix = ".toml";
  path.resize(path.size() - (path.ends_with(kSuffix) ? kSuffix.size() : 0));
  return path + ".d/" + std::string(kDropIn);
}

}  // namespace

Mend Setting(const config::Config& config, const std::string& key, const std::string& toml_value) {
  const auto place = config.places.find(key);
  // A drop-in's line has the section in the key, so that it is one line; so has every line of that file.
  const std::string dotted = key + " = " + toml_value;
  if (place == config.places.end() || place->second.line == 0) {
    const auto main = config.places.find("");
    return Append(DropInBeside(main == config.places.end() ? "broker.toml" : main->second.file), dotted,
                  kRestartBroker);
  }
  const bool in_drop_in = place->second.file.ends_with("/" + std::string(kDropIn));
  return Replace(place->second.file, place->second.line,
                 in_drop_in ? dotted : dotted.substr(key.find('.') + 1), kRestartBroker);
}

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
  }
  return quoted + "\"";
}

std::chrono::seconds LifetimeOf(const config::Host& host, const std::string& service) {
  for (const std::string& name : {service, std::string(policy::ServiceFamily(service))}) {
    if (const auto own = host.lifetimes.find(name); own != host.lifetimes.end()) {
      return own->second;
    }
  }
  return host.login_lifetime;
}

}  // namespace cis2::ctl::doctor
