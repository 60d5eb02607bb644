// The TLS rules of both directions, in one place: NHS England's security considerations for CIS2, RFC 9325.
#ifndef CIS2_BROKER_HTTP_TLS_H_
#define CIS2_BROKER_HTTP_TLS_H_

namespace cis2::http {

// The only suites spoken with TLS 1.2, as OpenSSL and libcurl name them.
inline constexpr const char* kTls12Suites =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
// TLS 1.3 has no weak suite; these are its two AES-GCM ones.
inline constexpr const char* kTls13Suites = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256";

}  // namespace cis2::http

#endif  // CIS2_BROKER_HTTP_TLS_H_
