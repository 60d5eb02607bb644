#include "broker/ctl/doctor/check_pages.h"

#include "broker/base/text.h"
#include "broker/config/values.h"
#include "broker/ctl/doctor/settings.h"
#include "broker/ctl/tree.h"

#include <algorithm>
#include <sys/stat.h>

namespace cis2::ctl::doctor {
namespace {

constexpr long kDay = 24L * 3600;
constexpr long kSoon = 30 * kDay;

class Pages {
 public:
  Pages(const config::Config& config, const PageFacts& facts) : c_(config), f_(facts) {
    const auto url = config::ParseUrl(c_.web.public_url);
    host_ = url ? url->host : "";
  }

  Findings Judge() {
    CheckName();
    CheckFiles();
    if (f_.certificate.found) {
      CheckCertificate();
    }
    CheckPorts();
    return std::move(findings_);
  }

 private:
  void Add(Finding finding) { findings_.push_back(std::move(finding)); }

  // A proxy or a load balancer may stand before this server: then the name is its own.
  [[nodiscard]] bool IsElsewhere() const {
    return !f_.addresses.empty() && std::ranges::none_of(f_.addresses, [&](const std::string& address) {
      return std::ranges::find(f_.own_addresses, address) != f_.own_addresses.end();
    });
  }

  void CheckName() {
    if (f_.addresses.empty()) {
      Add(Problem("pages.name", "nobody knows the name " + host_ + " of [web] public_url",
                  "Browsers cannot open the link, unless their name server knows more than this host's.",
                  Elsewhere("enter " + host_ + " into the name server, with an address of this host")));
    } else if (IsElsewhere() && c_.web.trusted_proxies.empty()) {
      Add(Advice(
          "pages.elsewhere", host_ + " is " + Joined(f_.addresses) + ", no address of this host",
          "That is right with a proxy or a load balancer before this server, which then must be known: "
          "else every browser counts as coming from there.",
          Setting(c_, "web.trusted_proxies", "[" + Quoted(f_.addresses.front()) + "]")));
    }
  }

  void CheckFiles() {
    if (f_.key_file.exists && (f_.key_file.uid != 0 || (f_.key_file.mode & (S_IRWXG | S_IRWXO)) != 0)) {
      Add(Problem("pages.key_permissions", "the key " + c_.web.certificate_key + " is not for root alone",
                  "Whoever reads it can pose as the pages. The broker refuses to use it.",
                  Command("chown root: '" + c_.web.certificate_key + "' && chmod 0600 '" +
                          c_.web.certificate_key + "'")));
      return;
    }
    for (const std::string& problem : f_.file_problems) {
      Add(Problem("pages.file", problem, "The pages cannot be served without both files.",
                  Elsewhere("put certificate (with its chain) and key where [web] certificate and "
                            "certificate_key say, both in PEM, then: " +
                            std::string(kReloadOrStartBroker))));
    }
  }

  void CheckCertificate() {
    const CertificateFacts& own = f_.certificate;
    const std::string& path = c_.web.certificate;
    const Mend renew = Elsewhere("get a certificate for " + host_ + ", put it (with its chain) into " + path +
                                 ", then: " + kReloadBroker);
    if (own.ends - f_.now < kSoon && own.ends >= f_.now) {
      const long days = (own.ends - f_.now) / kDay;
      Add(Advice(
          "pages.certificate_ends",
          "the certificate " + path + " ends in " + std::to_string(days) + (days == 1 ? " day" : " days"),
          "From then on browsers refuse to show the pages, and nobody can sign in.", renew));
    }
    if (!own.names_host) {
      const std::string what = "the certificate " + path + " does not name " + host_;
      const std::string why =
          "Browsers refuse to show the pages, unless a proxy before this server has its own.";
      Add(IsElsewhere() ? Advice("pages.certificate_name", what, why, renew)
                        : Problem("pages.certificate_name", what, why, renew));
    }
    if (own.names_host && !own.trusted && own.ends >= f_.now) {
      Add(Advice("pages.certificate_chain",
                 "this host finds no root for the certificate " + path + " (" +
                     base::Printable(own.chain_fault, 200) + ")",
                 "Browsers may know the root. If an intermediate certificate is missing in the file, some "
                 "browsers and phones refuse it.",
                 Elsewhere("append the intermediate certificates of the CA to " + path +
                           ", then: " + kReloadBroker)));
    }
  }

  void CheckPorts() {
    for (const PortFacts& port : f_.ports) {
      if (port.status != 200) {
        const std::string why = port.tls.stage != TlsStage::kDone ? port.tls.failure
                                : port.status == 0                ? std::string("no answer")
                                                                  : "status " + std::to_string(port.status);
        Add(Problem("pages.port", "GET https://" + host_ + "/healthz at " + port.listen + ": " + why,
                    "The pages are not served there.",
                    Command("systemctl restart cis2-front.socket cis2-front.service")));
      } else if (f_.certificate.found && port.tls.certificate.fingerprint != f_.certificate.fingerprint) {
        Add(Problem("pages.old_certificate",
                    port.listen + " still shows another certificate than " + c_.web.certificate,
                    "A renewed certificate counts only once the broker has read it.",
                    Command(kReloadBroker)));
      }
    }
    if (!f_.ports_differ.empty()) {
      Add(Advice("pages.ports_differ", f_.ports_differ, "Passed sockets win over [web] listen.",
                 Command("systemctl edit cis2-front.socket && "
                         "systemctl restart cis2-front.socket cis2-front.service")));
    }
  }

  const config::Config& c_;
  const PageFacts& f_;
  std::string host_;
  Findings findings_;
};

}  // namespace

Findings JudgePages(const config::Config& config, const PageFacts& facts) {
  return Pages(config, facts).Judge();
}

std::string RedirectUri(const config::Web& web) { return web.public_url + "/callback"; }

}  // namespace cis2::ctl::doctor
