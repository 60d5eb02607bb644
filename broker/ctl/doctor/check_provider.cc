#include "broker/ctl/doctor/check_provider.h"

#include "broker/base/text.h"
#include "broker/config/values.h"
#include "broker/ctl/doctor/settings.h"

namespace cis2::ctl::doctor {
namespace {

using reasons::Reason;

constexpr const char* kWhy = "Without the provider's documents and keys nobody can sign in.";

std::string HostOf(const std::string& url) {
  const auto parsed = config::ParseUrl(url);
  return parsed ? parsed->host : base::Printable(url, 200);
}

std::string WithPort(const std::string& url) {
  const auto parsed = config::ParseUrl(url);
  return HostOf(url) + ":" + (parsed && parsed->port != 0 ? std::to_string(parsed->port) : "443");
}

// Name, connection, proxy: before a byte of TLS.
Finding Unreachable(const config::Config& config, const TlsFacts& tls) {
  const config::Provider& p = config.provider;
  if (!p.proxy.empty()) {
    return Problem("provider.proxy", "the proxy " + base::Printable(p.proxy, 200) + ": " + tls.failure, kWhy,
                   Setting(config, "provider.proxy", Quoted("")));
  }
  if (tls.stage == TlsStage::kName) {
    return Problem("provider.name", tls.failure, kWhy,
                   Elsewhere("getent hosts " + HostOf(p.issuer) +
                             " must answer: mend [provider] issuer, /etc/resolv.conf or the name server"));
  }
  return Problem("provider.unreachable", WithPort(p.issuer) + ": " + tls.failure, kWhy,
                 Elsewhere("let this host connect to " + WithPort(p.issuer) +
                           " in the firewall, or name a proxy: [provider] proxy = "
                           "\"http://proxy.example.nhs.uk:3128\""));
}

Finding BadCertificate(const config::Config& config, const ProviderFacts& facts) {
  const config::Provider& p = config.provider;
  const std::string who = "the certificate of " + WithPort(p.issuer);
  if (facts.tls.expired) {
    return Problem("provider.certificate_expired", who + " is not valid at this time", kWhy,
                   Elsewhere("if the date of this host is right, the provider must renew it"));
  }
  if (!facts.tls.trusted) {
    const std::string trusted = p.ca_file.empty() ? "what this host trusts" : p.ca_file;
    return Problem(
        "provider.certificate_chain",
        who + " does not lead to a root in " + trusted + " (" + base::Printable(facts.tls.chain_fault, 200) +
            ")",
        "Somebody may stand between this host and the provider; or the root is another one than expected.",
        facts.trusted_by_system
            ? Setting(config, "provider.ca_file", Quoted(""))
            : Setting(config, "provider.ca_file", Quoted("/etc/cis2-broker/provider-ca.pem")));
  }
  return Problem("provider.certificate_name", who + " is for another name",
                 "Another server than the provider answers there, or the issuer is written wrong.",
                 Elsewhere("mend [provider] issuer, or the name server's answer for " + HostOf(p.issuer)));
}

Finding BadDocument(const config::Config& config, const ProviderFacts& facts) {
  const reasons::Refusal& refusal = *facts.refusal;
  const std::string detail =
      refusal.detail.empty() ? std::string(reasons::Id(refusal.reason)) : refusal.detail;
  const std::string url = base::Printable(config.provider.issuer, 256) + "/.well-known/openid-configuration";
  if (refusal.reason == Reason::kDiscoveryIssuerMismatch) {
    return Problem(
        "provider.issuer",
        "the provider calls itself " + base::Printable(facts.issuer_found, 256) + ", [provider] issuer is " +
            base::Printable(config.provider.issuer, 256),
        "They are compared byte for byte, the port included, so that no other provider can pose as "
        "this one. Take the new line only if you know that name.",
        Setting(config, "provider.issuer", Quoted(facts.issuer_found)));
  }
  if (refusal.reason == Reason::kJwksMalformed) {
    return Problem("provider.keys", "the provider's keys cannot be used: " + detail,
                   "Without a key of its own that fits id_token_alg no sign-in can be verified.",
                   Elsewhere("ask the provider which algorithm signs its ID tokens, and set [provider] "
                             "id_token_alg"));
  }
  if (refusal.reason == Reason::kDiscoveryEndpoint) {
    return Problem(
        "provider.endpoint", "the provider's document names an address elsewhere: " + detail,
        "Codes and tokens would be sent to another host than the issuer's.",
        Elsewhere("if the provider says so, profile \"oidc\" takes it by [provider] endpoint_hosts"));
  }
  return Problem("provider.document", url + ": " + detail, kWhy,
                 Elsewhere("the address must answer with the provider's document: mend [provider] issuer, or "
                           "ask the provider"));
}

}  // namespace

Findings JudgeProvider(const config::Config& config, const ProviderFacts& facts) {
  if (!facts.refusal) {
    return {};
  }
  const TlsFacts& tls = facts.tls;
  if (tls.stage != TlsStage::kDone && tls.stage != TlsStage::kHandshake) {
    return {Unreachable(config, tls)};
  }
  if (tls.stage == TlsStage::kHandshake) {
    return {Problem(
        "provider.tls", WithPort(config.provider.issuer) + ": " + tls.failure,
        "TLS 1.2 or 1.3 with ECDHE and AES-GCM is needed, and nothing older is spoken.",
        Elsewhere("the provider, or what stands between, must offer that: openssl s_client -connect " +
                  WithPort(config.provider.issuer)))};
  }
  if (!tls.trusted || tls.expired || !tls.names_host) {
    return {BadCertificate(config, facts)};
  }
  return {BadDocument(config, facts)};
}

}  // namespace cis2::ctl::doctor
