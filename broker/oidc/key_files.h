// The files of a client key that is being replaced: `cis2ctl rotate` moves them, ClientCredential publishes
// them.
#ifndef CIS2_BROKER_OIDC_KEY_FILES_H_
#define CIS2_BROKER_OIDC_KEY_FILES_H_

#include "broker/base/result.h"

#include <string>

namespace cis2::oidc {

// /etc/cis2-broker/client-key.pem with client-key.next.pem and client-key.previous.pem beside it.
struct KeyFiles {
  std::string current;
  std::string next;      // will be signed with; published before
  std::string previous;  // was signed with; published until nothing signed with it can be under way
};

// The files that belong to [provider] client_key. An error, saying what to do instead, for a key that is no
// file of the administrator's: a URI, a systemd credential.
base::Result<KeyFiles> FilesOf(const std::string& client_key);

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_KEY_FILES_H_
