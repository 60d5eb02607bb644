#include "tests/simulator/client_check.h"

#include "broker/base/json.h"
#include "tests/simulator/encoding.h"
#include "tests/simulator/jws.h"
#include "tests/simulator/keys.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace cis2::simulator {
namespace {

constexpr std::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::int64_t kMaxLifetime = 300;  // seconds
constexpr std::int64_t kSkew = 5;           // seconds that a client's clock may be ahead

Refusal BadAssertion(std::string_view note) { return {401, "invalid_client", "JWT is not valid", note}; }
Refusal BadClient(std::string_view note) {
  return {401, "invalid_client", "Client authentication failed", note};
}

// One value that was form-encoded by itself (RFC 6749 section 2.3.1).
std::optional<std::string> DecodeOne(std::string_view text) {
  const auto fields = http::ParseForm("v=" + std::string(text), 1);
  return fields && fields->size() == 1 ? std::optional(fields->front().second) : std::nullopt;
}

std::string_view FaultOfHeader(const base::Json& header) {
  if (!base::StringMember(header, "alg")) {
    return "assertion: no alg";
  }
  if (!base::StringMember(header, "kid")) {
    return "assertion: no kid";
  }
  if (base::StringMember(header, "typ") != "JWT") {
    return "assertion: typ is not JWT";
  }
  return base::Member(header, "crit") != nullptr ? "assertion: crit" : "";
}

std::string_view FaultOfTimes(const base::Json& claims, std::int64_t now) {
  const auto exp = base::IntegerMember(claims, "exp");
  const auto iat = base::IntegerMember(claims, "iat");
  if (!exp) {
    return "assertion: exp missing or no integer";
  }
  if (!iat) {
    return "assertion: iat missing or no integer";
  }
  if (*exp <= now) {
    return "assertion: expired";
  }
  if (*exp > now + kMaxLifetime || *exp - *iat > kMaxLifetime) {
    return "assertion: lives longer than five minutes";
  }
  if (*iat > now + kSkew) {
    return "assertion: iat in the future";
  }
  const bool has_nbf = base::Member(claims, "nbf") != nullptr;
  const auto nbf = base::IntegerMember(claims, "nbf");
  return has_nbf && (!nbf || *nbf > now + kSkew) ? "assertion: nbf in the future" : "";
}

}  // namespace

std::optional<std::string> Field(const std::vector<http::FormField>& form, std::string_view name) {
  const auto field = http::SingleField(form, name);
  return field ? *field : std::nullopt;
}

ClientCheck::ClientCheck(const Registration& registration, const base::Clock& clock)
    : registration_(registration), clock_(clock) {}

std::optional<Refusal> ClientCheck::Check(const http::Headers& headers,
                                          const std::vector<http::FormField>& form) {
  const auto authorization = http::FindHeaders(headers, "Authorization");
  const auto secret = Field(form, "client_secret");
  const auto assertion = Field(form, "client_assertion");
  const auto assertion_type = Field(form, "client_assertion_type");
  const auto id = Field(form, "client_id");

  // RFC 6749 section 2.3: never more than one method in a request.
  if (authorization.size() + (secret ? 1U : 0U) + (assertion || assertion_type ? 1U : 0U) > 1) {
    return Refusal{400, "invalid_request", "More than one client authentication method",
                   "two methods at once"};
  }
  if (id && *id != registration_.client.id) {
    return BadClient("client_id unknown");
  }
  if (!authorization.empty()) {
    return CheckBasic(authorization.front());
  }
  if (secret) {
    return id ? CheckSecret(*id, *secret) : BadClient("client_secret without client_id");
  }
  if (!assertion && !assertion_type) {
    return BadClient("no client authentication");
  }
  if (!assertion || assertion_type != kAssertionType) {
    return BadAssertion("assertion: missing, or client_assertion_type wrong");
  }
  const auto fault = FaultOf(*assertion);
  return fault.empty() ? std::nullopt : std::optional(BadAssertion(fault));
}

std::optional<Refusal> ClientCheck::CheckSecret(const std::string& id, const std::string& secret) const {
  if (registration_.client.read_jwks) {
    return BadClient("registered for private_key_jwt, came with a secret");
  }
  if (id != registration_.client.id || !registration_.client.secret.Equals(secret)) {
    return BadClient("client id or secret wrong");
  }
  return std::nullopt;
}

std::optional<Refusal> ClientCheck::CheckBasic(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Basic ";
  const auto decoded =
      authorization.starts_with(kScheme) ? Base64Decode(authorization.substr(kScheme.size())) : std::nullopt;
  const auto colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return BadClient("Authorization is not Basic");
  }
  const auto id = DecodeOne(std::string_view(*decoded).substr(0, colon));
  const auto secret = DecodeOne(std::string_view(*decoded).substr(colon + 1));
  return id && secret ? CheckSecret(*id, *secret) : BadClient("Basic credentials are not form-encoded");
}

// A literal that names the first rule broken; empty when there is none.
std::string_view ClientCheck::FaultOf(const std::string& assertion) {
  if (!registration_.client.read_jwks) {
    return "assertion: registered for a secret";
  }
  const auto compact = SplitCompact(assertion);
  const auto header = compact ? base::ParseJson(compact->header) : std::nullopt;
  if (!header) {
    return "assertion: not a compact JWS";
  }
  if (const auto fault = FaultOfHeader(*header); !fault.empty()) {
    return fault;
  }
  const auto text = registration_.client.read_jwks();
  const auto keys = text ? ParseClientJwks(*text) : base::Result<std::vector<ClientKey>>(base::Fail(""));
  if (!keys) {
    return "assertion: the client's JWKS cannot be read";
  }
  const auto key = std::ranges::find(*keys, *base::StringMember(*header, "kid"), &ClientKey::kid);
  if (key == keys->end()) {
    return "assertion: kid unknown";
  }
  if (base::StringMember(*header, "alg") != key->alg) {
    return "assertion: alg is not the key's";
  }
  if (!VerifySignature(key->alg, key->key.get(), compact->signed_part, compact->signature)) {
    return "assertion: signature wrong";
  }
  return FaultOfClaims(compact->payload);
}

std::string_view ClientCheck::FaultOfClaims(std::string_view payload) {
  const auto claims = base::ParseJson(payload);
  if (!claims || !claims->is_object()) {
    return "assertion: payload is no JSON object";
  }
  if (base::StringMember(*claims, "iss") != registration_.client.id ||
      base::StringMember(*claims, "sub") != registration_.client.id) {
    return "assertion: iss or sub is not the client id";
  }
  if (base::StringMember(*claims, "aud") != registration_.Endpoint("/access_token")) {
    return "assertion: aud is not the token endpoint";
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.WallNow()).time_since_epoch().count();
  if (const auto fault = FaultOfTimes(*claims, now); !fault.empty()) {
    return fault;
  }
  const auto jti = base::StringMember(*claims, "jti");
  if (!jti || jti->empty()) {
    return "assertion: jti missing";
  }
  std::erase_if(used_jti_, [this](const auto& used) { return used.second <= clock_.Now(); });
  const auto until = clock_.Now() + std::chrono::seconds(kMaxLifetime + 1);
  return used_jti_.emplace(*jti, until).second ? "" : "assertion: jti used before";
}

}  // namespace cis2::simulator
