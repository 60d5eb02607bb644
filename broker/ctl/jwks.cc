#include "broker/config/load.h"
#include "broker/ctl/commands.h"
#include "broker/oidc/client_auth.h"

namespace cis2::ctl {

int Jwks(const CommonOptions& common, const Streams& streams) {
  const auto config = config::LoadFile(common.config);
  if (!config) {
    for (const config::Problem& problem : config.error()) {
      streams.err << config::Format(problem) << "\n";
    }
    return kExitUsage;
  }
  if (config->provider.client_auth != config::ClientAuth::kPrivateKeyJwt) {
    streams.err << "cis2ctl: provider.client_auth is a secret method; there are no keys to publish\n";
    return kExitNo;
  }
  const auto credential = oidc::ClientCredential::Load(config->provider);
  if (!credential) {
    streams.err << "cis2ctl: " << credential.error().message << "\n";
    return kExitNo;
  }
  streams.out << credential->PublicJwks(config->provider) << "\n";
  return kExitOk;
}

}  // namespace cis2::ctl
