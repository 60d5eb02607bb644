// The facts that cis2ctl doctor judges: files, sockets, commands, the network. All of its I/O is here; no
// rule is. As root, with SIGPIPE ignored. Nothing is changed; the provider and the pages get the requests
// that any visitor makes.
#ifndef CIS2_BROKER_CTL_DOCTOR_GATHER_H_
#define CIS2_BROKER_CTL_DOCTOR_GATHER_H_

#include "broker/base/result.h"
#include "broker/config/config.h"
#include "broker/ctl/doctor/check_broker.h"
#include "broker/ctl/doctor/check_clocks.h"
#include "broker/ctl/doctor/check_codes.h"
#include "broker/ctl/doctor/check_confinement.h"
#include "broker/ctl/doctor/check_pages.h"
#include "broker/ctl/doctor/check_provider.h"
#include "broker/ctl/doctor/check_sshd.h"
#include "broker/ctl/tree.h"

#include <optional>
#include <string>
#include <vector>

namespace cis2::ctl::doctor {

std::vector<std::string> MissingUsers(const config::Host& host);
BrokerFacts GatherBroker(const config::Config& config);
KeyFacts GatherKey(const config::Provider& provider);
// The ids of the client's public keys, the one that is signed with first; empty for a secret.
std::vector<std::string> KeyIds(const config::Provider& provider);

// `config` has a [break_glass] file.
CodesFacts GatherCodes(const config::Config& config);

// The files that the profile of the broker refuses it; nothing where no profile of that name is enforced. Those that systemd
// hands over are not asked about.
std::optional<std::vector<NeededFile>> GatherRefused(const Tree& tree, const config::Config& config);

// What asking the provider as the broker does gives.
struct ProviderLook {
  ProviderFacts facts;
  ClockFacts clock;
  std::size_t keys = 0;
};
ProviderLook GatherProvider(const config::Config& config);

// `problems` are those of check-config about the certificate and its key.
PageFacts GatherPages(const config::Config& config, std::vector<std::string> problems);

// For which login `sshd -T` is asked; empty: for none, so without Match blocks.
struct SshdLogin {
  std::string account, address;
};
// The error is what sshd says of its configuration. Nothing when there is no sshd here.
std::optional<base::Result<SshdFacts>> GatherSshd(const Tree& tree, const std::string& config,
                                                  const SshdLogin& login);

// What `sudo -V` says; nothing when there is no sudo here.
std::optional<std::string> GatherSudo();
bool IsModuleInstalled();

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_GATHER_H_
