// An HTTP/1.1 server, with or without TLS, for the front, the simulator and metrics. The only user of Boost.Beast.
//
// Runs on the caller's io_context, single-threaded. The handler gets whole, limited requests and answers
// through a callback, at once or later; a connection whose client is gone ignores the answer.
// Limits: header 16 KiB, body `max_body`, `request_timeout` for reading a request and writing an answer,
// `max_connections` in all and `max_connections_per_address` (network bucket, base/text.h). Over the limit:
// the connection is closed before the handshake. All clients of a Unix socket count as one address.
// Malformed requests are answered with 400 by `fault_page`, so that every error has the headers of a page.
#ifndef CIS2_BROKER_HTTP_SERVER_H_
#define CIS2_BROKER_HTTP_SERVER_H_

#include "broker/base/fd.h"
#include "broker/base/result.h"
#include "broker/base/secret.h"
#include "broker/http/message.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cis2::http {

using Respond = std::function<void(Response)>;
using Handler = std::function<void(ServerRequest, Respond)>;

struct ServerLimits {
  std::size_t max_body = 16UL * 1024;
  std::size_t max_connections = 1000;
  std::size_t max_connections_per_address = 100;
  std::chrono::seconds request_timeout{15};
  std::chrono::seconds idle_timeout{30};  // between requests on one connection
  std::chrono::seconds handler_timeout{30};
};

struct TlsIdentity {
  std::string certificate_chain_pem;
  base::Secret private_key_pem;
};

class Server {
 public:
  // `fault_page(status)` answers what never reaches the handler.
  Server(boost::asio::io_context& io, Handler handler, std::function<Response(int)> fault_page,
         ServerLimits limits);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // TLS 1.2 and 1.3 only, for 1.2 the four suites of design section 6 (http/tls.h). Replaces the identity of
  // later connections when called again; connections that exist go on.
  base::Result<void> UseTls(TlsIdentity identity);
  // Accepts on a listening TCP or Unix socket; takes it over.
  base::Result<void> Listen(base::UniqueFd listener);
  // Stops accepting and closes every connection.
  void Stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cis2::http

#endif  // CIS2_BROKER_HTTP_SERVER_H_
