#include "broker/front/security_headers.h"

namespace cis2::front {
namespace {

std::string ContentSecurityPolicy(const std::string& form_action_origin) {
  std::string policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'";
  if (!form_action_origin.empty()) {
    policy += " " + form_action_origin;
  }
  return policy + "; frame-ancestors 'none'; base-uri 'none'";
}

}  // namespace

void AddSecurityHeaders(const HeaderPolicy& policy, Caching caching, http::Response& response) {
  http::Headers& headers = response.headers;
  headers.emplace_back("Cache-Control",
                       caching == Caching::kImmutable ? "public, max-age=31536000, immutable" : "no-store");
  headers.emplace_back("Content-Security-Policy", ContentSecurityPolicy(policy.form_action_origin));
  headers.emplace_back("Referrer-Policy", "no-referrer");
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("X-Frame-Options", "DENY");
  headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  headers.emplace_back("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  if (policy.hsts) {
    headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
  }
}

}  // namespace cis2::front
