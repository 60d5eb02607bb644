// Rules that every answer of the provider meets, whatever it is about. Pure.
#ifndef CIS2_BROKER_OIDC_RESPONSE_RULES_H_
#define CIS2_BROKER_OIDC_RESPONSE_RULES_H_

#include "broker/http/client.h"
#include "broker/http/message.h"
#include "broker/reasons/reasons.h"

#include <openssl/crypto.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace cis2::oidc {

// Whether the only Content-Type is `media_type`, without parameters or with charset=utf-8 alone (RFC
// 8259 8.1).
bool HasMediaType(const http::Headers& headers, std::string_view media_type);

// How long a document may be taken as fresh: Cache-Control's max-age, at least a minute so that nobody makes
// us ask all the time, at most an hour (NHS England, discovery page); the hour where nothing is said; the
// minute for no-store, no-cache and a max-age that cannot be read (RFC 9111 4.2.1).
std::chrono::seconds FreshFor(const http::Headers& headers);

// kProviderUnavailable for no answer, 5xx and 429, else nothing: what may go well another time. Retry-After
// is not read: nothing of ours asks again within five seconds. `what` names the request for the
// administrator.
std::optional<reasons::Refusal> Unavailable(const http::ClientResult& result, std::string_view what);

// "WHAT answered with status 404".
std::string StatusDetail(std::string_view what, int status);

// For strings that held a token, a code or a secret and are no longer needed.
inline void Wipe(std::string& s) {
  OPENSSL_cleanse(s.data(), s.size());
  s.clear();
}

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_RESPONSE_RULES_H_
