// The TLS side of http/server.h: what is offered to browsers and what is not.
//
// TLS 1.2 and 1.3, the suites of http/tls.h in our order, no compression, no renegotiation, no session
// resumption, ALPN http/1.1 alone (RFC 7301; a client that offers only others is refused, RFC 9325 3.7).
// Errors: a certificate or key that cannot be read, that do not belong together, or that OpenSSL's security
// level 2 finds too weak. The messages hold nothing of the key.
// Ownership: the context is shared with the connections that were made with it.
#ifndef CIS2_BROKER_HTTP_TLS_SERVER_H_
#define CIS2_BROKER_HTTP_TLS_SERVER_H_

#include "broker/base/result.h"
#include "broker/http/server.h"

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace cis2::http {

base::Result<std::shared_ptr<boost::asio::ssl::context>> MakeTlsContext(const TlsIdentity& identity);

}  // namespace cis2::http

#endif  // CIS2_BROKER_HTTP_TLS_SERVER_H_
