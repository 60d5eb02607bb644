// The provider's discovery document: oidc::ParseDiscovery.
//
// Invariant: an endpoint that is taken is a plain https URL on the issuer's own host and port. What is good
// when userinfo is asked is good when it is not.
#include "broker/oidc/provider.h"
#include "tests/fuzz/target.h"
#include "tests/unit/broker/oidc/relying_party.h"

namespace cis2::fuzz {
namespace {

using reasons::Reason;

void CheckEndpoint(const std::string& url) {
  Require(url.starts_with("https://") && IsPrintable(url), "an endpoint is a printable https URL");
  Require(url.find_first_of(" #\\\"<>") == std::string::npos,
          "an endpoint has nothing that parsers differ on");
  Require(oidc::OriginOf(url) == oidc::OriginOf(oidc::kIssuer),
          "an endpoint is on the issuer's host and port");
}

}  // namespace

Judgement Judge(std::string_view json) {
  config::Provider settings = oidc::TestSettings();
  const auto with_userinfo = oidc::ParseDiscovery(json, settings);
  settings.userinfo = false;
  const auto discovery = oidc::ParseDiscovery(json, settings);
  Require(discovery.has_value() || !with_userinfo.has_value(), "userinfo only asks for more");
  if (!discovery) {
    RequireRefusal(discovery.error(), {Reason::kDiscoveryMalformed, Reason::kDiscoveryIssuerMismatch,
                                       Reason::kDiscoveryEndpoint});
    return Judgement::kRefused;
  }
  CheckEndpoint(discovery->authorization_endpoint);
  CheckEndpoint(discovery->token_endpoint);
  CheckEndpoint(discovery->jwks_uri);
  if (with_userinfo) {
    CheckEndpoint(with_userinfo->userinfo_endpoint);
  }
  return AcceptedIf(with_userinfo.has_value());
}

}  // namespace cis2::fuzz
