// A small real TLS server on a free port of 127.0.0.1, with a thread of its own, one connection after the
// other, on OpenSSL alone: what the client under test is tried against. It answers with raw bytes, so that
// it can misbehave in any way; without a certificate it speaks plain HTTP.
//
// Threads: the answer function runs on the server's thread; the counters may be read from any.
#ifndef CIS2_TESTS_SUPPORT_TLS_SERVER_H_
#define CIS2_TESTS_SUPPORT_TLS_SERVER_H_

#include "broker/base/c_handle.h"
#include "broker/base/fd.h"
#include "tests/support/certificates.h"

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace cis2::tests {

struct TlsServerSpec {
  std::optional<CertificateAndKey> identity;  // nothing: plain HTTP
  int min_version = TLS1_2_VERSION;
  int max_version = TLS1_3_VERSION;
  std::string tls12_ciphers = "DEFAULT";  // OpenSSL's notation
  std::string tls13_ciphers = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
};

// The whole request, headers and body, to the bytes of the answer. Nothing: never answers.
using RawAnswer = std::function<std::optional<std::string>(const std::string& request)>;

class TlsServer {
 public:
  TlsServer(TlsServerSpec spec, RawAnswer answer);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  // "https://127.0.0.1:port" + path
  [[nodiscard]] std::string Url(const std::string& path) const;
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] int requests() const { return requests_; }

 private:
  void Run();
  void Serve(int fd);
  void ServeTls(int fd);

  TlsServerSpec spec_;
  RawAnswer answer_;
  base::CHandle<SSL_CTX, SSL_CTX_free> context_;
  base::UniqueFd listener_;
  base::UniqueFd stop_;  // eventfd: readable when the server is to end
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

// What a client without any rules of its own gets from 127.0.0.1:port: the protocol and suite agreed, such as
// "TLSv1.1 ECDHE-ECDSA-AES256-SHA", or nothing. Proves that a server really speaks what our client refuses.
std::optional<std::string> LaxHandshake(int port);

}  // namespace cis2::tests

#endif  // CIS2_TESTS_SUPPORT_TLS_SERVER_H_
