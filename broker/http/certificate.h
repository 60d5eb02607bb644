// What a certificate says. Pure.
#ifndef CIS2_BROKER_HTTP_CERTIFICATE_H_
#define CIS2_BROKER_HTTP_CERTIFICATE_H_

#include <chrono>
#include <optional>
#include <string_view>

namespace cis2::http {

// When the first certificate of a PEM text runs out: a server's own stands before those that signed it. Nothing
// when there is none.
std::optional<std::chrono::sys_seconds> FirstCertificateEnds(std::string_view pem);

}  // namespace cis2::http

#endif  // CIS2_BROKER_HTTP_CERTIFICATE_H_
