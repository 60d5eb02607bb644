// The interface through which anything is asked of the provider.
//
// The real one is curl_client.h; tests have a scripted one. Calls block, so they are made on the provider
// workers, never on the I/O thread. Implementations may be called from several threads at once.
#ifndef CIS2_BROKER_HTTP_CLIENT_H_
#define CIS2_BROKER_HTTP_CLIENT_H_

#include "broker/http/message.h"

#include <expected>
#include <string>

namespace cis2::http {

// Why there is no answer, for the administrator's line.
enum class TransportFault {
  kUnreachable,  // name, connection, reset, truncated
  kTimeout,
  kTls,       // handshake, protocol version, suite, certificate or name
  kTooLarge,  // header or body above the limit, or a compressed body
};

struct TransportError {
  TransportFault fault = TransportFault::kUnreachable;
  std::string detail;  // printable; holds no part of the request or the answer
};

using ClientResult = std::expected<Response, TransportError>;

class Client {
 public:
  virtual ~Client() = default;
  // Sends the request and waits for the whole answer, within the client's own time limit. Redirects are
  // not followed: a 3xx is an answer like any other. Any status is a Response.
  virtual ClientResult Send(const ClientRequest& request) = 0;
};

}  // namespace cis2::http

#endif  // CIS2_BROKER_HTTP_CLIENT_H_
