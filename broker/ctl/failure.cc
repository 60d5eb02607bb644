#include "broker/ctl/failure.h"

#include "broker/base/documents.h"
#include "broker/ctl/print_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace cis2::ctl {

int GiveUp(const CommonOptions& common, const Streams& streams, int status, const std::string& why) {
  std::string_view rest = why;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    streams.err << "cis2ctl: " << line << "\n";
  }
  if (common.json) {
    PrintJson(streams.out, nlohmann::ordered_json{{"ok", false}, {"error", why}});
  }
  return status;
}

std::string WhyUnreadable(const std::string& path) {
  if (::access(path.c_str(), R_OK) == 0) {
    return "";
  }
  switch (errno) {
    case ENOENT:
    case ENOTDIR:
      return "there is no configuration " + path + "; an example: " CIS2_DOCUMENTS "examples/broker.toml";
    case EACCES:
      return "the configuration " + path + " may not be read by uid " + std::to_string(::geteuid()) +
             "; use sudo";
    default:
      return base::FailErrno("cannot read the configuration " + path, errno).error().message;
  }
}

std::string ProblemLines(const std::vector<config::Problem>& problems) {
  std::string text;
  for (const config::Problem& problem : problems) {
    text += (text.empty() ? "" : "\n") + config::Format(problem);
  }
  return text;
}

std::expected<config::Config, int> LoadConfig(const CommonOptions& common, const Streams& streams) {
  const std::string unreadable = WhyUnreadable(common.config);
  auto config = config::LoadFile(common.config);
  if (config) {
    return *std::move(config);
  }
  return std::unexpected(
      GiveUp(common, streams, kExitUsage, unreadable.empty() ? ProblemLines(config.error()) : unreadable));
}

}  // namespace cis2::ctl
