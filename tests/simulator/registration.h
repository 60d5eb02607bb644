// The one client that is registered at the simulator, and the provider's own settings.
#ifndef CIS2_TESTS_SIMULATOR_REGISTRATION_H_
#define CIS2_TESTS_SIMULATOR_REGISTRATION_H_

#include "broker/base/result.h"
#include "broker/base/secret.h"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::simulator {

struct Client {
  std::string id;
  std::vector<std::string> redirect_uris;
  // How it proves itself, one of the two. The JWKS is asked for again for each assertion, as CIS2 fetches it
  // from the client's address, so that a client can rotate its keys.
  std::function<base::Result<std::string>()> read_jwks;  // private_key_jwt
  base::Secret secret;                                   // client_secret_basic or client_secret_post
};

struct Registration {
  std::string issuer;  // with an explicit port, without a final slash
  Client client;
  bool iss_parameter = false;               // RFC 9207: promised in discovery and sent
  bool sign_userinfo = false;               // as registered; without aud, as CIS2's
  std::chrono::seconds document_age{3600};  // max-age of discovery and JWKS

  [[nodiscard]] std::string Endpoint(std::string_view path) const { return issuer + std::string(path); }
};

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_REGISTRATION_H_
