// What the server demands of a request's head before it reads the body: RFC 9112 sections 2.3, 3.2, 6.
//
// Beast finds where lines and fields end; these rules close what it leaves open and what a proxy in front
// could read otherwise (request smuggling): Content-Length with Transfer-Encoding, lists of lengths, codings
// other than chunked, two Hosts. Pure; the status is for the fault page, and the connection then closes.
#ifndef CIS2_BROKER_HTTP_REQUEST_RULES_H_
#define CIS2_BROKER_HTTP_REQUEST_RULES_H_

#include "broker/http/message.h"

#include <optional>
#include <string>
#include <string_view>

namespace cis2::http {

// `version` is 10 or 11; Beast lets no other one through. Nothing when the head may be answered, else the
// status: 417 for an unknown expectation, 400 for the rest.
std::optional<int> HeadFault(unsigned version, const Headers& headers);

struct Target {
  std::string path;
  std::string query;
};
// Origin-form ("/l/X?a=b"), absolute-form (its path counts, RFC 9112 section 3.2.2) and "*". Nothing for
// anything else, such as authority-form, a fragment, or a byte that is not visible ASCII.
std::optional<Target> ParseTarget(std::string_view target);

// The client waits for "100 Continue" before it sends the body (RFC 9110 section 10.1.1).
bool ExpectsContinue(const Headers& headers);

// Whether name and value can be written into an answer without beginning another line or field.
bool IsWritableHeader(std::string_view name, std::string_view value);

}  // namespace cis2::http

#endif  // CIS2_BROKER_HTTP_REQUEST_RULES_H_
