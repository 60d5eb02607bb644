#include "broker/oidc/id_token.h"

#include "broker/base/json.h"
#include "broker/base/result.h"
#include "broker/base/text.h"
#include "broker/oidc/levels.h"
#include "broker/oidc/signed_token.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace cis2::oidc {
namespace {

using base::Json;
using reasons::Checked;
using reasons::Reason;
using reasons::Refuse;
using std::chrono::seconds;

// An ID token is made for the token response it comes in. ForgeRock's live an hour (facts 3.5), so an older
// one is a replay whatever its exp says.
constexpr std::int64_t kMaxIdTokenAge = 3600;
constexpr std::size_t kMaxSub = 255;   // OIDC Core 2
constexpr std::size_t kMaxText = 255;  // ours, for acr, sid, selected_roleid and each amr
constexpr std::size_t kMaxAmr = 16;

std::int64_t Seconds(base::WallTime t) { return std::chrono::floor<seconds>(t).time_since_epoch().count(); }

// OIDC Core 3.1.3.7 step 2.
Checked<void> CheckIssuer(const Json& claims, const IdTokenContext& context) {
  const auto iss = base::StringMember(claims, "iss");
  if (iss != context.settings.issuer) {
    return Refuse(Reason::kIdTokenIssuer, iss ? "iss is " + base::Printable(*iss, 200) : "there is no iss");
  }
  return {};
}

// OIDC Core 3.1.3.7 step 3: ours is in it, and nobody's else. A string, or a list.
Checked<void> CheckAudience(const Json& claims, const IdTokenContext& context) {
  const Json* aud = base::Member(claims, "aud");
  if (aud == nullptr || !IsForUs(*aud, context.settings)) {
    return Refuse(Reason::kIdTokenAudience);
  }
  return {};
}

// OIDC Core 3.1.3.7 steps 4 and 5.
Checked<void> CheckAuthorizedParty(const Json& claims, const IdTokenContext& context) {
  const Json* aud = base::Member(claims, "aud");
  const bool required = aud != nullptr && aud->is_array() && aud->size() > 1;
  const Json* azp = base::Member(claims, "azp");
  if (azp == nullptr ? required : *azp != context.settings.client_id) {
    return Refuse(Reason::kIdTokenAuthorizedParty);
  }
  return {};
}

// Step 9.
Checked<void> CheckExpiry(const Json& claims, const IdTokenContext& context) {
  const auto exp = TimeMember(claims, "exp");
  if (!exp || Seconds(context.now) >= *exp + context.settings.clock_skew.count()) {
    return Refuse(Reason::kIdTokenExpired);
  }
  return {};
}

// Step 10.
Checked<void> CheckIssuedAt(const Json& claims, const IdTokenContext& context) {
  const auto iat = TimeMember(claims, "iat");
  const std::int64_t now = Seconds(context.now);
  const std::int64_t skew = context.settings.clock_skew.count();
  if (!iat || *iat > now + skew || now - *iat > kMaxIdTokenAge + skew) {
    return Refuse(Reason::kIdTokenIssuedAt);
  }
  return {};
}

// RFC 7519 4.1.5.
Checked<void> CheckNotBefore(const Json& claims, const IdTokenContext& context) {
  if (base::Member(claims, "nbf") == nullptr) {
    return {};
  }
  const auto nbf = TimeMember(claims, "nbf");
  if (!nbf || *nbf > Seconds(context.now) + context.settings.clock_skew.count()) {
    return Refuse(Reason::kIdTokenNotBefore);
  }
  return {};
}

// Step 11. Always sent, so always required.
Checked<void> CheckNonce(const Json& claims, const IdTokenContext& context) {
  const auto nonce = base::StringMember(claims, "nonce");
  if (!nonce || !context.transaction.nonce.Equals(*nonce)) {
    return Refuse(Reason::kIdTokenNonce);
  }
  return {};
}

// OIDC Core 3.1.3.6: base64url of the left half of the digest that belongs to the token's algorithm.
std::string LeftHalfHash(std::string_view value, const std::string& alg) {
  const EVP_MD* digest = alg.ends_with("256") ? EVP_sha256() : EVP_sha512();
  std::array<char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  EVP_Digest(value.data(), value.size(), reinterpret_cast<unsigned char*>(hash.data()), &size, digest,
             nullptr);
  return base::Base64UrlEncode(std::string_view(hash.data(), size / 2));
}

Checked<void> CheckHash(const Json& claims, const char* name, const base::Secret& value,
                        const IdTokenContext& context, Reason reason) {
  if (base::Member(claims, name) != nullptr &&
      base::StringMember(claims, name) != LeftHalfHash(value.Reveal(), context.settings.id_token_alg)) {
    return Refuse(reason);
  }
  return {};
}

// OIDC Core 3.1.3.8.
Checked<void> CheckAtHash(const Json& claims, const IdTokenContext& context) {
  return CheckHash(claims, "at_hash", context.access_token, context, Reason::kIdTokenAtHash);
}

// OIDC Core 3.3.2.10.
Checked<void> CheckCHash(const Json& claims, const IdTokenContext& context) {
  return CheckHash(claims, "c_hash", context.code, context, Reason::kIdTokenCHash);
}

// FAPI 1.0 part 2, 5.2.2.1; CIS2 sends it (facts, section 4).
Checked<void> CheckSHash(const Json& claims, const IdTokenContext& context) {
  return CheckHash(claims, "s_hash", context.transaction.state, context, Reason::kIdTokenSHash);
}

// OIDC Core 2: at most 255 ASCII characters.
Checked<void> CheckSubject(const Json& claims) {
  const auto sub = base::StringMember(claims, "sub");
  if (!sub || sub->empty() || sub->size() > kMaxSub ||
      !std::ranges::all_of(*sub, [](char c) { return c >= 0x20 && c <= 0x7e; })) {
    return Refuse(Reason::kIdTokenSubject);
  }
  return {};
}

// NHS CIA Ses Req 003; OIDC Core 3.1.3.7 step 13. The skew forgives a clock that is ahead of ours, it does
// not make the five minutes longer.
Checked<void> CheckAuthTime(const Json& claims, const IdTokenContext& context) {
  const auto auth_time = TimeMember(claims, "auth_time");
  const std::int64_t now = Seconds(context.now);
  if (!auth_time || *auth_time > now + context.settings.clock_skew.count() ||
      now - *auth_time > context.settings.max_age.count()) {
    return Refuse(Reason::kIdTokenAuthTime);
  }
  return {};
}

// OIDC Back-Channel Logout 2.4: what has events is no ID token (RFC 8725 3.12).
Checked<void> CheckNotLogoutToken(const Json& claims) {
  if (base::Member(claims, "events") != nullptr) {
    return Refuse(Reason::kIdTokenLogoutToken);
  }
  return {};
}

bool IsText(const Json& value) {
  const auto* text = value.get_ptr<const std::string*>();
  return text != nullptr && text->size() <= kMaxText;
}

// One of the words of a list with single spaces.
bool IsAmong(std::string_view word, const std::string& words) {
  return !word.empty() && word.find(' ') == std::string_view::npos &&
         (" " + words + " ").find(" " + std::string(word) + " ") != std::string::npos;
}

// OIDC Core 2 and 3.1.3.7 step 12: one that was asked for, where any was. How strong the sign-in was, the
// levels say; where they are read from acr itself, they judge it.
Checked<void> CheckAcr(const Json& claims, const IdTokenContext& context) {
  const Json* acr = base::Member(claims, "acr");
  const std::string& asked = context.settings.acr_values;
  if (acr == nullptr ? !asked.empty() : !IsText(*acr)) {
    return Refuse(Reason::kIdTokenAcr, acr == nullptr ? "there is no acr" : "acr is not a string");
  }
  if (!asked.empty() && context.settings.aal_claim != "acr" &&
      !IsAmong(*acr->get_ptr<const std::string*>(), asked)) {
    return Refuse(Reason::kIdTokenAcr, "acr is " + base::Printable(*acr->get_ptr<const std::string*>(), 64));
  }
  return {};
}

Checked<void> CheckOptionalClaims(const Json& claims) {
  for (const char* name : {"sid", "selected_roleid"}) {
    const Json* value = base::Member(claims, name);
    if (value != nullptr && !IsText(*value)) {
      return Refuse(Reason::kIdTokenClaimType, name);
    }
  }
  const Json* amr = base::Member(claims, "amr");
  if (amr != nullptr && (!amr->is_array() || amr->size() > kMaxAmr || !std::ranges::all_of(*amr, IsText))) {
    return Refuse(Reason::kIdTokenClaimType, "amr");
  }
  return {};
}

Checked<void> CheckClaims(const Json& claims, const IdTokenContext& context) {
  CIS2_CHECK(CheckNotLogoutToken(claims));  // first: another kind of token is told as what it is
  CIS2_CHECK(CheckIssuer(claims, context));
  CIS2_CHECK(CheckAudience(claims, context));
  CIS2_CHECK(CheckAuthorizedParty(claims, context));
  CIS2_CHECK(CheckExpiry(claims, context));
  CIS2_CHECK(CheckIssuedAt(claims, context));
  CIS2_CHECK(CheckNotBefore(claims, context));
  CIS2_CHECK(CheckNonce(claims, context));
  CIS2_CHECK(CheckAtHash(claims, context));
  CIS2_CHECK(CheckCHash(claims, context));
  CIS2_CHECK(CheckSHash(claims, context));
  CIS2_CHECK(CheckSubject(claims));
  CIS2_CHECK(CheckAuthTime(claims, context));
  CIS2_CHECK(CheckAcr(claims, context));
  CIS2_CHECK(CheckOptionalClaims(claims));
  return {};
}

// Only for claims that passed CheckClaims.
Checked<IdToken> ReadClaims(const Json& claims, const IdTokenContext& context) {
  IdToken token;
  CIS2_TRY(token.aal, ReadAal(claims, context.settings));
  CIS2_TRY(token.ial, ReadIal(claims, context.settings));
  token.sub = base::StringMember(claims, "sub").value_or("");
  token.acr = base::StringMember(claims, "acr").value_or("");
  token.sid = base::StringMember(claims, "sid").value_or("");
  token.selected_roleid = base::StringMember(claims, "selected_roleid").value_or("");
  if (const Json* amr = base::Member(claims, "amr"); amr != nullptr) {
    for (const Json& method : *amr) {
      token.amr.push_back(*method.get_ptr<const std::string*>());
    }
  }
  const std::int64_t auth_time = TimeMember(claims, "auth_time").value_or(0);
  token.auth_time = std::chrono::sys_seconds(seconds(auth_time));
  token.auth_age = std::max(seconds(0), seconds(Seconds(context.now) - auth_time));
  return token;
}

}  // namespace

Checked<IdToken> VerifyIdToken(std::string_view token, Provider& provider, const IdTokenContext& context) {
  CIS2_TRY(const jose::VerifiedClaims claims, VerifySignedToken(token, provider, context.settings));
  CIS2_CHECK(CheckClaims(claims.json(), context));
  return ReadClaims(claims.json(), context);
}

}  // namespace cis2::oidc
