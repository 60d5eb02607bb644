// The pages: their name, certificate and ports. Pure.
#ifndef CIS2_BROKER_CTL_DOCTOR_CHECK_PAGES_H_
#define CIS2_BROKER_CTL_DOCTOR_CHECK_PAGES_H_

#include "broker/config/config.h"
#include "broker/ctl/doctor/check_broker.h"
#include "broker/ctl/doctor/finding.h"
#include "broker/ctl/doctor/tls_probe.h"

#include <string>
#include <vector>

namespace cis2::ctl::doctor {

// One address of [web] listen, asked from here.
struct PortFacts {
  std::string listen;
  TlsFacts tls;
  int status = 0;  // of GET /healthz; 0: no answer
};

struct PageFacts {
  std::vector<std::string> addresses;      // what the host of public_url resolves to
  std::vector<std::string> own_addresses;  // of this host
  CertificateFacts certificate;            // the first one of the file
  FileState certificate_file, key_file;
  std::vector<std::string> file_problems;  // of check-config
  std::vector<PortFacts> ports;
  std::string ports_differ;  // a sentence of AdviceOnPorts()
  long now = 0;
};

Findings JudgePages(const config::Config& config, const PageFacts& facts);
// "https://server.example:8443/callback", as it must be registered.
std::string RedirectUri(const config::Web& web);

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_CHECK_PAGES_H_
