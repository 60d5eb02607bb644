// The names of keys that are no files: "pkcs11:..." (RFC 7512) for a PKCS#11 token, "handle:0x81..." for a
// persistent key of a TPM 2.0. Pure.
//
// The PIN of a token stands in a file that pin-source names, never in the URI: a URI is in the configuration,
// which more people may read than a secret, and in messages. No error here quotes what it was given.
#ifndef CIS2_BROKER_JOSE_KEY_URI_H_
#define CIS2_BROKER_JOSE_KEY_URI_H_

#include "broker/base/result.h"

#include <string>
#include <string_view>

namespace cis2::jose {

struct KeyUri {
  enum class Kind { kPkcs11, kTpm };
  Kind kind = Kind::kPkcs11;
  std::string object;       // what names the key and nothing else; may be shown
  std::string pin_source;   // the absolute path of the file with the PIN; empty: the token asks for none
  std::string module_path;  // the absolute path of the PKCS#11 module; empty: every module that p11-kit knows
  bool operator==(const KeyUri&) const = default;
};

// Whether `text` is meant as a URI and not as a path, well-formed or not.
bool IsKeyUri(std::string_view text);
// Refuses what RFC 7512 does not know, what names no single private key, and pin-value.
base::Result<KeyUri> ParseKeyUri(std::string_view text);

}  // namespace cis2::jose

#endif  // CIS2_BROKER_JOSE_KEY_URI_H_
