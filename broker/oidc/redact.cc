#include "broker/oidc/redact.h"

#include <algorithm>
#include <string_view>

namespace cis2::oidc {
namespace {

// How the header of every JWS begins (RFC 7515 section 3.3): '{"' in base64url. Our assertion and the ID
// token are such.
constexpr std::string_view kTokenBegins = "eyJ";

// A detail is cut, so the whole of a long secret need not be there; so much of one is no accident.
constexpr std::size_t kTelling = 12;

}  // namespace

reasons::Refusal WithoutSecrets(reasons::Refusal refusal, const std::vector<const base::Secret*>& secrets) {
  const bool told = std::ranges::any_of(secrets, [&](const base::Secret* secret) {
    const std::string_view beginning = secret->Reveal().substr(0, kTelling);
    return !beginning.empty() && refusal.detail.find(beginning) != std::string::npos;
  });
  if (told || refusal.detail.find(kTokenBegins) != std::string::npos) {
    refusal.detail = "left out: it repeats a secret of this login";
  }
  return refusal;
}

}  // namespace cis2::oidc
