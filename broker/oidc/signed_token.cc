#include "broker/oidc/signed_token.h"

#include "broker/base/json.h"
#include "broker/base/result.h"
#include "broker/base/text.h"

#include <algorithm>
#include <cstdint>

namespace cis2::oidc {
namespace {

using base::Json;
using reasons::Checked;
using reasons::Reason;
using reasons::Refuse;

constexpr std::int64_t kYear9999 = 253402300799;

Checked<void> CheckAlgorithm(const jose::UnverifiedHeader& header, const config::Provider& settings) {
  if (header.alg != settings.id_token_alg) {
    return Refuse(Reason::kIdTokenAlg, "alg is " + base::Printable(header.alg, 16));
  }
  return {};
}

// RFC 8725 3.11, RFC 7515 4.1.9: absent or JWT, compared without case.
Checked<void> CheckType(const jose::UnverifiedHeader& header) {
  if (header.typ && !base::EqualWithoutCase(*header.typ, "jwt")) {
    return Refuse(Reason::kIdTokenType, "typ is " + base::Printable(*header.typ, 32));
  }
  return {};
}

using SharedKeys = std::shared_ptr<const jose::KeySet>;

// The set that holds the key for `kid`: the one at hand, or after one refetch a newer one.
Checked<SharedKeys> KeysWith(const std::optional<std::string>& kid, Provider& provider) {
  const SharedKeys current = provider.CurrentKeys();
  if (current == nullptr) {
    return Refuse(Reason::kProviderNotReady);
  }
  if (current->Find(kid) != nullptr) {
    return current;
  }
  // Without a kid no newer set can make the choice clearer.
  const std::string detail = kid ? "kid is " + base::Printable(*kid) : "no kid, and more than one key";
  if (!kid) {
    return Refuse(Reason::kIdTokenKey, detail);
  }
  CIS2_TRY(SharedKeys newer, provider.RefetchKeys());
  if (newer->Find(kid) == nullptr) {
    return Refuse(Reason::kIdTokenKey, detail);
  }
  return newer;
}

}  // namespace

Checked<jose::VerifiedClaims> VerifySignedToken(std::string_view token, Provider& provider,
                                                const config::Provider& settings) {
  CIS2_TRY(const jose::UnverifiedHeader header, jose::ReadHeader(token));
  CIS2_CHECK(CheckAlgorithm(header, settings));
  CIS2_CHECK(CheckType(header));
  CIS2_TRY(const SharedKeys keys, KeysWith(header.kid, provider));
  return jose::VerifySignature(token, *keys->Find(header.kid));
}

bool IsForUs(const Json& aud, const config::Provider& settings) {
  if (!aud.is_array()) {
    return aud == settings.client_id;
  }
  return !aud.empty() && std::ranges::all_of(aud, [&](const Json& one) { return one == settings.client_id; });
}

std::optional<std::int64_t> TimeMember(const Json& claims, std::string_view name) {
  const auto value = base::IntegerMember(claims, name);
  return value && *value >= 0 && *value <= kYear9999 ? value : std::nullopt;
}

}  // namespace cis2::oidc
