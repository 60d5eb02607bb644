#include "broker/ctl/doctor/check_broker.h"

#include "broker/base/documents.h"
#include "broker/base/text.h"
#include "broker/ctl/doctor/settings.h"

#include <sys/stat.h>

namespace cis2::ctl::doctor {
namespace {

constexpr long kDay = 24L * 3600;
constexpr long kOldKey = 366 * kDay;
constexpr long kLongRotation = 2 * kDay;
constexpr std::uint32_t kOthersWrite = S_IWGRP | S_IWOTH;
constexpr std::uint32_t kOthers = S_IRWXG | S_IRWXO;

std::string Days(long seconds) {
  const long days = seconds / kDay;
  return std::to_string(days) + (days == 1 ? " day" : " days");
}

std::string Shown(const base::Json& object, std::string_view name) {
  return base::Printable(base::StringMember(object, name).value_or(""), 256);
}

// The module and the broker trust a socket that its owner alone may write to (pam_module/broker_link.cc).
void JudgeSocket(const std::string& path, const FileState& state, std::uint32_t owner,
                 const std::string& owner_name, Findings& findings) {
  if (!state.exists || (state.uid == owner && (state.mode & kOthers) == 0)) {
    return;
  }
  findings.push_back(Problem("broker.socket", path + " does not belong to " + owner_name + " alone",
                             "Others could ask the broker, and the module does not trust such a socket: it "
                             "refuses every login.",
                             Command("chown " + owner_name + ": " + path + " && chmod 0600 " + path)));
}

void JudgeStatus(const config::Config& config, const BrokerFacts& facts, Findings& findings) {
  const base::Json& status = *facts.status;
  const base::Json* found = base::Member(status, "provider");
  const base::Json provider = found == nullptr ? base::Json::object() : *found;
  if (Shown(status, "version") != facts.version) {
    findings.push_back(Problem(
        "broker.version",
        "cis2-brokerd runs in version " + Shown(status, "version") + ", this is cis2ctl " + facts.version,
        "After an upgrade the old broker still decides.", Command(kRestartBroker)));
  }
  if (Shown(status, "front") != "connected") {
    findings.push_back(Problem("broker.front_absent", "cis2-front is not connected to the broker",
                               "Nobody can open a link: the pages are not served.",
                               Command("systemctl restart cis2-front.service")));
  }
  if (Shown(provider, "issuer") != base::Printable(config.provider.issuer, 256) ||
      (facts.started > 0 && facts.configuration_written > facts.started)) {
    findings.push_back(
        Advice("broker.configuration_newer", "the configuration was changed after cis2-brokerd had read it",
               "Changes count after a restart; a reload (systemctl reload cis2-broker.service) "
               "is enough for grants. A restart ends the logins that are pending.",
               Command(kRestartBroker)));
  }
  if (const std::string state = Shown(provider, "state"); state != "present") {
    findings.push_back(Problem("broker.provider_away", "the broker says of the provider: " + state,
                               "New logins are refused until it is back. Look at the findings about the "
                               "provider first; without any, the broker has an older configuration or its "
                               "user may not do what root may.",
                               Command(kRestartBroker)));
  }
}

}  // namespace

Findings JudgeConfiguration(const std::vector<config::Problem>& problems,
                            const std::vector<std::string>& advice,
                            const std::vector<std::string>& missing_users) {
  Findings findings;
  for (const config::Problem& problem : problems) {
    findings.push_back(Problem("config.problem", config::Format(problem),
                               "The broker does not start with this configuration, or does not reload it.",
                               Elsewhere("mend it there, then: cis2ctl check-config")));
  }
  for (const std::string& user : missing_users) {
    findings.push_back(Problem("config.user", "the user " + base::Printable(user) + " does not exist",
                               "The broker does not start without it.",
                               Command("systemd-sysusers cis2-broker.conf")));
  }
  for (const std::string& sentence : advice) {
    findings.push_back(Advice("config.advice", sentence, "The broker starts all the same.",
                              Elsewhere(CIS2_DOCUMENTS "configuration.md has every setting")));
  }
  return findings;
}

Findings JudgeBroker(const config::Config& config, const BrokerFacts& facts) {
  Findings findings;
  if (facts.folder.exists && (facts.folder.uid != 0 || (facts.folder.mode & kOthersWrite) != 0)) {
    const std::string folder = config.host.socket.substr(0, config.host.socket.rfind('/'));
    findings.push_back(
        Problem("broker.folder", folder + " may be written to by others than root",
                "They could put a socket of their own there, so the module refuses every login.",
                Command("chown root: " + folder + " && chmod 0755 " + folder)));
  }
  JudgeSocket(config.host.socket, facts.pam_socket, 0, "root", findings);
  JudgeSocket(config.host.control_socket, facts.control_socket, 0, "root", findings);
  if (facts.front_uid) {
    JudgeSocket(config.host.front_socket, facts.front_socket, *facts.front_uid, config.host.front_user,
                findings);
  }
  if (!facts.status) {
    findings.push_back(Problem("broker.down", facts.no_answer,
                               "Nobody can sign in while the broker is not there.",
                               Command("systemctl enable --now cis2-broker.service cis2-front.service")));
  } else {
    JudgeStatus(config, facts, findings);
  }
  return findings;
}

Findings JudgeKey(const config::Config& config, const KeyFacts& facts) {
  const config::Provider& p = config.provider;
  const bool by_key = p.client_auth == config::ClientAuth::kPrivateKeyJwt;
  const std::string& path = by_key ? p.client_key : p.client_secret_file;
  const std::string thing = by_key ? "the client key " : "the client secret ";
  const std::string why = "The broker does not start without it, and cannot prove itself to the provider.";
  Findings findings;
  if (facts.is_file && !facts.file.exists) {
    findings.push_back(Problem(
        "key.missing", thing + path + " is not there", why,
        by_key ? Command("cis2ctl keygen") : Elsewhere("write the secret of the registration into " + path)));
    return findings;
  }
  if (facts.is_file && (facts.file.uid != 0 || (facts.file.mode & kOthers) != 0)) {
    findings.push_back(Problem("key.permissions", thing + path + " is not for root alone",
                               "Whoever reads it can act as this server. The broker refuses to use it. If "
                               "others had the chance to read it, replace it: " CIS2_DOCUMENTS "keys.md.",
                               Command("chown root: '" + path + "' && chmod 0600 '" + path + "'")));
    return findings;
  }
  if (!facts.problem.empty()) {
    findings.push_back(Problem("key.unusable", facts.problem, why,
                               Elsewhere(CIS2_DOCUMENTS "keys.md says which keys fit client_assertion_alg")));
    return findings;
  }
  if (facts.previous.exists || facts.next.exists) {
    const bool finish = facts.previous.exists;
    const long age = facts.now - (finish ? facts.file.written : facts.next.written);
    if (age > kLongRotation) {
      findings.push_back(
          Advice("key.rotation",
                 "a replacement of the client key was begun " + Days(age) + " ago and is not finished",
                 "Two keys are valid for as long as it lasts; either can be lost.",
                 Command(finish ? "cis2ctl rotate finish --yes" : "cis2ctl rotate switch")));
    }
  } else if (by_key && facts.is_file && facts.now - facts.file.written > kOldKey) {
    findings.push_back(Advice("key.old", "the client key is " + Days(facts.now - facts.file.written) + " old",
                              "The longer a key lives, the more places have seen it: replace it once a year.",
                              Command("cis2ctl rotate prepare")));
  }
  return findings;
}

}  // namespace cis2::ctl::doctor
