#include "broker/base/text.h"
#include "broker/config/check.h"
#include "broker/config/load.h"
#include "broker/config/values.h"
#include "broker/ctl/accounts.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/failure.h"
#include "broker/ctl/front_socket.h"
#include "broker/ctl/pam_stack.h"
#include "broker/ctl/print_json.h"
#include "broker/ctl/tree.h"
#include "broker/oidc/client_auth.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace cis2::ctl {
namespace {

using nlohmann::ordered_json;

struct Findings {
  std::vector<config::Problem> problems;
  std::vector<std::string> advice;
};

// The broker does not start without its users.
void CheckUsers(const config::Config& config, std::vector<config::Problem>& problems) {
  for (const auto& [key, user] :
       {std::pair{"host.user", config.host.user}, std::pair{"host.front_user", config.host.front_user}}) {
    if (!UidOf(user)) {
      problems.push_back(config::ProblemAt(
          config, key,
          std::string(key) + ": the user " + user + " does not exist; make it with: systemd-sysusers"));
    }
  }
}

void AdviseOnServices(const config::Config& config, std::vector<std::string>& advice) {
  const Tree tree;
  for (const policy::Grant& grant : config.grants) {
    for (const std::string& service : grant.services) {
      if (!PamFile(tree, service)) {
        advice.push_back("grant \"" + base::Printable(grant.name) + "\" names the service " +
                         base::ShownName(service) + ", and there is no /etc/pam.d/" +
                         base::ShownName(service) + config::DidYouMean(service, PamServices(tree)));
      }
    }
  }
}

// What is not in the configuration but must fit it.
void AdviseOnHost(const config::Config& config, std::vector<std::string>& advice) {
  AdviseOnServices(config, advice);
  if (const std::string ports = AdviceOnPorts(config.web.listen, ShowFrontSocket()); !ports.empty()) {
    advice.push_back(ports);
  }
  if (::geteuid() != 0) {
    advice.emplace_back("not run as root: files that only root may read could not be judged");
  }
}

// Loads the key or the secret as the broker does at its start: whether it fits the algorithm, and is long
// enough.
void CheckCredential(const config::Config& config, const std::string& path,
                     std::vector<config::Problem>& problems) {
  if (!problems.empty() || ::geteuid() != 0) {
    return;
  }
  if (const auto credential = oidc::ClientCredential::Load(config.provider); !credential) {
    problems.push_back({.place = {.file = path}, .message = credential.error().message});
  }
}

Findings Check(const std::string& path, bool files) {
  auto loaded = config::LoadFile(path);
  if (!loaded) {
    return {.problems = loaded.error(), .advice = {}};
  }
  Findings findings{.problems = config::CheckRules(*loaded), .advice = config::Advice(*loaded)};
  if (!files) {
    return findings;
  }
  for (const config::Problem& problem : config::CheckFiles(*loaded)) {
    findings.problems.push_back(problem);
  }
  for (const std::string& advice : config::FileAdvice(*loaded)) {
    findings.advice.push_back(advice);
  }
  CheckCredential(*loaded, path, findings.problems);
  CheckUsers(*loaded, findings.problems);
  AdviseOnHost(*loaded, findings.advice);
  return findings;
}

void PrintFindings(const Findings& findings, std::ostream& out) {
  ordered_json problems = ordered_json::array();
  for (const config::Problem& p : findings.problems) {
    problems.push_back(
        {{"file", p.place.file}, {"line", p.place.line}, {"column", p.place.column}, {"message", p.message}});
  }
  PrintJson(out, ordered_json{
                     {"ok", findings.problems.empty()}, {"problems", problems}, {"advice", findings.advice}});
}

std::string Count(std::size_t n, const std::string& what) {
  return n == 0 ? "no " + what : std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

}  // namespace

std::vector<config::Problem> FindProblems(const std::string& config_path) {
  return Check(config_path, /*files=*/true).problems;
}

int CheckConfig(const CommonOptions& common, const CheckConfigOptions& options, const Streams& streams) {
  if (const std::string unreadable = WhyUnreadable(common.config); !unreadable.empty()) {
    return GiveUp(common, streams, kExitUsage, unreadable);
  }
  const Findings findings = Check(common.config, options.files);
  const int status = findings.problems.empty() ? kExitOk : kExitNo;
  if (common.json) {
    PrintFindings(findings, streams.out);
    return status;
  }
  for (const config::Problem& problem : findings.problems) {
    streams.err << config::Format(problem) << "\n";
  }
  for (const std::string& advice : findings.advice) {
    streams.out << "advice: " << advice << "\n";
  }
  streams.out << common.config << ": " << Count(findings.problems.size(), "problem") << "\n";
  return status;
}

}  // namespace cis2::ctl
