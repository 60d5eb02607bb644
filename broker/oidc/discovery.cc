// The pure half of provider.h: what a discovery document must say.
#include "broker/base/json.h"
#include "broker/base/result.h"
#include "broker/base/text.h"
#include "broker/oidc/provider.h"

#include <algorithm>

namespace cis2::oidc {
namespace {

using base::Json;
using reasons::Checked;
using reasons::Reason;
using reasons::Refuse;

constexpr std::size_t kMaxUrl = 2048;
constexpr std::string_view kScheme = "https://";

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

// A name, or an IPv6 address in brackets, in small letters.
bool IsHost(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    const std::string_view address = host.substr(1, host.size() - 2);
    return address.find(':') != std::string_view::npos && base::IsNumericAddress(address);
  }
  return !host.empty() && std::ranges::all_of(host, IsHostCharacter);
}

// 1 to 65535 without leading zeros, so that one port has one spelling.
bool IsPort(std::string_view port) {
  return !port.empty() && port.size() <= 5 && port.front() != '0' &&
         std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; }) &&
         std::stoi(std::string(port)) <= 65535;
}

std::string Lower(std::string_view s) {
  std::string out(s);
  std::ranges::transform(out, out.begin(), base::AsciiLower);
  return out;
}

// Visible ASCII without what URL parsers read in different ways.
bool IsPlainUrl(std::string_view url) {
  return url.size() <= kMaxUrl && std::ranges::all_of(url, [](char c) {
           return c > 0x20 && c < 0x7f && c != '\\' && c != '"' && c != '<' && c != '>';
         });
}

// OIDC Discovery 4.3: identical, without any normalisation. CIS2's issuer has ":443".
Checked<void> CheckIssuerOf(const Json& document, const config::Provider& settings) {
  const auto issuer = base::StringMember(document, "issuer");
  if (!issuer) {
    return Refuse(Reason::kDiscoveryMalformed, "there is no issuer");
  }
  if (*issuer != settings.issuer) {
    return Refuse(Reason::kDiscoveryIssuerMismatch, "issuer is " + base::Printable(*issuer, 200));
  }
  return {};
}

// The issuer's own origin; in profile oidc also those of endpoint_hosts.
bool MayServe(const std::string& origin, const config::Provider& settings) {
  return origin == OriginOf(settings.issuer) ||
         std::ranges::any_of(settings.endpoint_hosts, [&](const std::string& host) {
           return origin == OriginOf(std::string(kScheme) + host);
         });
}

// The endpoint as it stands there: it is used byte for byte, and the token endpoint is the assertion's aud.
Checked<std::string> ReadEndpoint(const Json& document, const std::string& name,
                                  const config::Provider& settings) {
  auto url = base::StringMember(document, name);
  if (!url) {
    return Refuse(Reason::kDiscoveryMalformed, "there is no " + name);
  }
  const auto origin = OriginOf(*url);
  if (!origin || !MayServe(*origin, settings) || url->find('#') != std::string::npos) {
    return Refuse(Reason::kDiscoveryEndpoint, name + " is " + base::Printable(*url, 200));
  }
  return *std::move(url);
}

// RFC 9207 section 3.
Checked<bool> ReadIssPromise(const Json& document) {
  const Json* promised = base::Member(document, "authorization_response_iss_parameter_supported");
  if (promised == nullptr) {
    return false;
  }
  const bool* value = promised->get_ptr<const bool*>();
  if (value == nullptr) {
    return Refuse(Reason::kDiscoveryMalformed,
                  "authorization_response_iss_parameter_supported is no boolean");
  }
  return *value;
}

}  // namespace

std::optional<std::string> OriginOf(std::string_view url) {
  if (!url.starts_with(kScheme) || !IsPlainUrl(url)) {
    return std::nullopt;
  }
  const std::string_view rest = url.substr(kScheme.size());
  const std::string authority = Lower(rest.substr(0, rest.find_first_of("/?#")));
  const auto colon = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  const std::string host = authority.substr(0, colon);
  const std::string port = colon == std::string::npos ? "443" : authority.substr(colon + 1);
  if (!IsHost(host) || !IsPort(port)) {
    return std::nullopt;
  }
  return std::string(kScheme) + host + ":" + port;
}

Checked<Discovery> ParseDiscovery(std::string_view json, const config::Provider& settings) {
  const auto document = base::ParseJson(json);
  if (!document || !document->is_object()) {
    return Refuse(Reason::kDiscoveryMalformed, "the document is not one JSON object");
  }
  CIS2_CHECK(CheckIssuerOf(*document, settings));
  Discovery discovery;
  CIS2_TRY(discovery.authorization_endpoint, ReadEndpoint(*document, "authorization_endpoint", settings));
  CIS2_TRY(discovery.token_endpoint, ReadEndpoint(*document, "token_endpoint", settings));
  CIS2_TRY(discovery.jwks_uri, ReadEndpoint(*document, "jwks_uri", settings));
  if (settings.userinfo) {
    CIS2_TRY(discovery.userinfo_endpoint, ReadEndpoint(*document, "userinfo_endpoint", settings));
  }
  CIS2_TRY(discovery.iss_parameter_promised, ReadIssPromise(*document));
  return discovery;
}

}  // namespace cis2::oidc
