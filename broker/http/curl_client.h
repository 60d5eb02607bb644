// The client that talks to the provider, on libcurl with OpenSSL.
//
// TLS 1.2 and 1.3 with the suites of http/tls.h alone; the server's certificate and name are checked (RFC
// 6125); https only; no redirect is followed; nothing is sent twice; no cookie, no .netrc, no decompression;
// a proxy only from the settings, whatever the environment says. Limits: header 32 KiB, body
// ClientRequest::max_response, `timeout` for everything together.
//
// Each request has a connection of its own. An access token or an assertion of one login can so never meet a
// connection of another one; and libcurl repeats a request, a POST with a single-use code too, when a
// connection that it kept turns out to be dead. A login makes two requests, so a handshake each is cheap.
//
// Threads: any; nothing is shared but the settings and whether to give up. SIGPIPE must be ignored in the process, as every daemon
// of ours does.
#ifndef CIS2_BROKER_HTTP_CURL_CLIENT_H_
#define CIS2_BROKER_HTTP_CURL_CLIENT_H_

#include "broker/http/client.h"

#include <atomic>
#include <chrono>
#include <string>

namespace cis2::http {

struct ClientSettings {
  std::string ca_file;  // a PEM file that is trusted in place of the system's; empty: the system's
  std::string proxy;    // "http://host:port"; empty: none
  std::chrono::milliseconds timeout{10000};
};

class CurlClient final : public Client {
 public:
  explicit CurlClient(ClientSettings settings);

  ClientResult Send(const ClientRequest& request) override;
  // For good: requests under way end within about a second, and later ones at once, as kUnreachable.
  void GiveUp() { giving_up_ = true; }

 private:
  const ClientSettings settings_;
  std::atomic<bool> giving_up_ = false;
};

}  // namespace cis2::http

#endif  // CIS2_BROKER_HTTP_CURL_CLIENT_H_
