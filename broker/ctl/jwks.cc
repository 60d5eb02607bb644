#include "broker/config/load.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/failure.h"
#include "broker/oidc/client_auth.h"

namespace cis2::ctl {

int Jwks(const CommonOptions& common, const Streams& streams) {
  const auto config = LoadConfig(common, streams);
  if (!config) {
    return config.error();
  }
  if (config->provider.client_auth != config::ClientAuth::kPrivateKeyJwt) {
    return GiveUp(common, streams, kExitNo,
                  "provider.client_auth is a secret method; there are no keys to publish");
  }
  const auto credential = oidc::ClientCredential::Load(config->provider);
  if (!credential) {
    return GiveUp(common, streams, kExitNo, credential.error().message);
  }
  streams.out << credential->PublicJwks(config->provider) << "\n";
  return kExitOk;
}

}  // namespace cis2::ctl
