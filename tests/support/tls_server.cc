#include "tests/support/tls_server.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

namespace cis2::tests {
namespace {

using Bio = base::CHandle<BIO, BIO_free_all>;
using Context = base::CHandle<SSL_CTX, SSL_CTX_free>;
using Connection = base::CHandle<SSL, SSL_free>;

void Require(bool ok) {
  if (!ok) {
    std::abort();
  }
}

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Context MakeContext(const TlsServerSpec& spec) {
  Context context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_security_level(context.get(), 0);  // TLS 1.1 is only to be had at level 0
  Require(SSL_CTX_set_min_proto_version(context.get(), spec.min_version) == 1 &&
          SSL_CTX_set_max_proto_version(context.get(), spec.max_version) == 1 &&
          SSL_CTX_set_cipher_list(context.get(), (spec.tls12_ciphers + ":@SECLEVEL=0").c_str()) == 1 &&
          SSL_CTX_set_ciphersuites(context.get(), spec.tls13_ciphers.c_str()) == 1);
  const Bio certificate_text(BIO_new_mem_buf(spec.identity->certificate_pem.data(), -1));
  const Bio key_text(BIO_new_mem_buf(spec.identity->key_pem.data(), -1));
  const base::CHandle<X509, X509_free> certificate(
      PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr));
  const base::CHandle<EVP_PKEY, EVP_PKEY_free> key(
      PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  Require(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1 &&
          SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1);
  return context;
}

std::size_t BodySize(const std::string& request) {
  const auto at = request.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::strtoul(request.c_str() + at + 16, nullptr, 10);
}

bool IsWhole(const std::string& request) {
  const auto end = request.find("\r\n\r\n");
  return end != std::string::npos && request.size() >= end + 4 + BodySize(request);
}

// Reads one request with `read(buffer, size)`, which answers with the bytes read, or less than 1 at the end.
template <class Read>
std::optional<std::string> ReadRequest(Read read) {
  std::string request;
  std::array<char, 4096> buffer{};
  while (!IsWhole(request)) {
    const auto n = read(buffer.data(), buffer.size());
    if (n < 1) {
      return std::nullopt;
    }
    request.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return request;
}

void WaitFor(int fd) {
  pollfd poll_fd{.fd = fd, .events = POLLIN, .revents = 0};
  ::poll(&poll_fd, 1, -1);
}

}  // namespace

TlsServer::TlsServer(TlsServerSpec spec, RawAnswer answer)
    : spec_(std::move(spec)), answer_(std::move(answer)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  (void)std::signal(SIGPIPE, SIG_IGN);  // a client that hangs up must not end the test program
  if (spec_.identity) {
    context_ = MakeContext(spec_);
  }
  listener_ = base::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  Require(::bind(listener_.get(), generic, size) == 0 && ::listen(listener_.get(), 16) == 0 &&
          ::getsockname(listener_.get(), generic, &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

TlsServer::~TlsServer() {
  const std::uint64_t one = 1;
  Require(::write(stop_.get(), &one, sizeof one) == sizeof one);
  thread_.join();
}

std::string TlsServer::Url(const std::string& path) const {
  return "https://127.0.0.1:" + std::to_string(port_) + path;
}

void TlsServer::Run() {
  while (true) {
    std::array<pollfd, 2> fds{{{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), -1);
    if (fds[1].revents != 0) {
      return;
    }
    const base::UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    // A client that stalls must not hang the test for ever.
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ++connections_;
    context_ == nullptr ? Serve(fd.get()) : ServeTls(fd.get());
  }
}

void TlsServer::Serve(int fd) {
  const auto request = ReadRequest([&](char* to, std::size_t size) { return ::recv(fd, to, size, 0); });
  if (!request) {
    return;
  }
  ++requests_;
  if (const auto answer = answer_(*request)) {
    [[maybe_unused]] const ssize_t ignored = ::send(fd, answer->data(), answer->size(), MSG_NOSIGNAL);
  } else {
    WaitFor(stop_.get());
  }
}

void TlsServer::ServeTls(int fd) {
  const Connection ssl(SSL_new(context_.get()));
  SSL_set_fd(ssl.get(), fd);
  if (SSL_accept(ssl.get()) == 1) {
    const auto request = ReadRequest(
        [&](char* to, std::size_t size) { return SSL_read(ssl.get(), to, static_cast<int>(size)); });
    if (request) {
      ++requests_;
      if (const auto answer = answer_(*request)) {
        SSL_write(ssl.get(), answer->data(), static_cast<int>(answer->size()));
        SSL_shutdown(ssl.get());
      } else {
        WaitFor(stop_.get());
      }
    }
  }
  ERR_clear_error();
}

std::optional<std::string> LaxHandshake(int port) {
  const Context context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
  SSL_CTX_set_ciphersuites(context.get(),
                           "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256");
  const base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return std::nullopt;
  }
  const Connection ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), fd.get());
  if (SSL_connect(ssl.get()) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  return std::string(SSL_get_version(ssl.get())) + " " + SSL_get_cipher_name(ssl.get());
}

}  // namespace cis2::tests
