#include "broker/oidc/key_files.h"

#include "broker/base/documents.h"
#include "broker/jose/key_uri.h"

#include <cstdlib>
#include <string_view>

namespace cis2::oidc {
namespace {

bool IsCredential(std::string_view path) {
  const char* folder = ::secure_getenv("CREDENTIALS_DIRECTORY");
  return path.starts_with("/run/credentials/") ||
         (folder != nullptr && *folder != '\0' && path.starts_with(std::string(folder) + "/"));
}

std::string Beside(const std::string& path, const std::string& word) {
  constexpr std::string_view kSuffix = ".pem";
  return path.ends_with(kSuffix)
             ? path.substr(0, path.size() - kSuffix.size()) + "." + word + std::string(kSuffix)
             : path + "." + word;
}

}  // namespace

base::Result<KeyFiles> FilesOf(const std::string& client_key) {
  if (jose::IsKeyUri(client_key)) {
    return base::Fail(
        "provider.client_key is in a token; make the next key there, and name the key that is not signed "
        "with in provider.client_keys_published (" CIS2_DOCUMENTS "keys.md)");
  }
  if (IsCredential(client_key)) {
    return base::Fail(
        "provider.client_key is a systemd credential; replace it where it is made, and name the key that "
        "is not signed with in provider.client_keys_published (" CIS2_DOCUMENTS "keys.md)");
  }
  return KeyFiles{
      .current = client_key, .next = Beside(client_key, "next"), .previous = Beside(client_key, "previous")};
}

}  // namespace cis2::oidc
