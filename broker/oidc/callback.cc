#include "broker/oidc/callback.h"

#include "broker/base/result.h"
#include "broker/base/text.h"

#include <algorithm>

namespace cis2::oidc {
namespace {

using reasons::Checked;
using reasons::Reason;
using reasons::Refuse;

// RFC 6749 appendix A.11: a code is printable ASCII. Its length is the provider's affair, within reason.
bool IsCode(const std::string& s) {
  return s.size() <= 4096 && std::ranges::all_of(s, [](char c) { return c >= 0x20 && c <= 0x7e; });
}

Checked<void> CheckForm(const CallbackFields& fields) {
  if (fields.code.empty() == fields.error.empty()) {
    return Refuse(Reason::kCallbackMalformed, "exactly one of code and error must be there");
  }
  if (!IsCode(fields.code)) {
    return Refuse(Reason::kCallbackMalformed, "the code is too long or not printable ASCII");
  }
  return {};
}

// RFC 9207 section 2.4: compared as strings, errors included.
Checked<void> CheckIssuerParameter(const CallbackFields& fields, const config::Provider& settings,
                                   bool iss_promised) {
  if (fields.iss && *fields.iss != settings.issuer) {
    return Refuse(Reason::kCallbackIssuerMismatch, "iss is " + base::Printable(*fields.iss, 200));
  }
  if (!fields.iss && iss_promised) {
    return Refuse(Reason::kCallbackIssuerMissing);
  }
  return {};
}

Checked<void> CheckError(const CallbackFields& fields) {
  if (fields.error.empty()) {
    return {};
  }
  std::string detail = base::Printable(fields.error);
  if (!fields.error_description.empty()) {
    detail += ": " + base::Printable(fields.error_description, 120);
  }
  return Refuse(
      fields.error == "access_denied" ? Reason::kCallbackAccessDenied : Reason::kCallbackProviderError,
      std::move(detail));
}

}  // namespace

Checked<void> CheckCallback(const CallbackFields& fields, const config::Provider& settings,
                            bool iss_promised) {
  CIS2_CHECK(CheckForm(fields));
  CIS2_CHECK(CheckIssuerParameter(fields, settings, iss_promised));
  CIS2_CHECK(CheckError(fields));
  return {};
}

}  // namespace cis2::oidc
