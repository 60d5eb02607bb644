// The provider as this host sees it: name, connection, TLS, documents. Pure.
//
// What makes a document good is judged by the broker's own functions (oidc/provider.h); this says what to do
// about it.
#ifndef CIS2_BROKER_CTL_DOCTOR_CHECK_PROVIDER_H_
#define CIS2_BROKER_CTL_DOCTOR_CHECK_PROVIDER_H_

#include "broker/config/config.h"
#include "broker/ctl/doctor/finding.h"
#include "broker/ctl/doctor/tls_probe.h"
#include "broker/reasons/reasons.h"

#include <optional>
#include <string>

namespace cis2::ctl::doctor {

struct ProviderFacts {
  std::optional<reasons::Refusal> refusal;  // why the broker's own fetch would fail; nothing: it succeeds
  TlsFacts tls;                             // a look of our own, to say why
  std::string issuer_found;                 // what the document says, if it could be read
  bool trusted_by_system = false;           // the certificate, by what this host trusts besides ca_file
};
Findings JudgeProvider(const config::Config& config, const ProviderFacts& facts);

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_CHECK_PROVIDER_H_
