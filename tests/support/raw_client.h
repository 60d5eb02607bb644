// A client that says exactly what a test wants, byte for byte, over TCP or TLS to this machine. Blocking,
// with a time limit, so that a server that never answers fails the test in place of hanging it.
//
// Threads: one; the server under test runs in another.
#ifndef CIS2_TESTS_SUPPORT_RAW_CLIENT_H_
#define CIS2_TESTS_SUPPORT_RAW_CLIENT_H_

#include "broker/base/c_handle.h"
#include "broker/base/fd.h"

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace cis2::tests {

// A listening socket on a free port of the loopback. `address` is "127.0.0.1", "::1" or "::" (both families).
inline base::UniqueFd ListenOnLoopback(const std::string& address, std::uint16_t* port) {
  const bool v4 = address.find(':') == std::string::npos;
  base::UniqueFd fd(::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (v4) {
    auto* in = reinterpret_cast<sockaddr_in*>(&storage);
    in->sin_family = AF_INET;
    ::inet_pton(AF_INET, address.c_str(), &in->sin_addr);
    size = sizeof(sockaddr_in);
  } else {
    const int only = address == "::" ? 0 : 1;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&storage);
    in6->sin6_family = AF_INET6;
    ::inet_pton(AF_INET6, address.c_str(), &in6->sin6_addr);
    size = sizeof(sockaddr_in6);
  }
  auto* const generic = reinterpret_cast<sockaddr*>(&storage);
  if (::bind(fd.get(), generic, size) != 0 || ::listen(fd.get(), 64) != 0 ||
      ::getsockname(fd.get(), generic, &size) != 0) {
    return {};
  }
  *port = ntohs(v4 ? reinterpret_cast<sockaddr_in*>(&storage)->sin_port
                   : reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port);
  return fd;
}

struct TlsOffer {
  int min_version = TLS1_2_VERSION;
  int max_version = TLS1_3_VERSION;
  std::string suites = {};    // TLS 1.2 and older, OpenSSL's names; empty: OpenSSL's default
  std::string suites13 = {};  // TLS 1.3; empty: OpenSSL's default
  std::string alpn = {};      // wire form, such as "\x08http/1.1"; empty: not offered
};

class RawClient {
 public:
  // `source` binds the client's side, such as "127.0.0.9".
  explicit RawClient(std::uint16_t port, const std::string& address = "127.0.0.1",
                     const std::string& source = "") {
    fd_ = base::UniqueFd(
        ::socket(address.find(':') == std::string::npos ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (!source.empty()) {
      sockaddr_in from{};
      from.sin_family = AF_INET;
      ::inet_pton(AF_INET, source.c_str(), &from.sin_addr);
      ::bind(fd_.get(), reinterpret_cast<sockaddr*>(&from), sizeof(from));
    }
    if (address.find(':') == std::string::npos) {
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(port);
      ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
      connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
    } else {
      sockaddr_in6 to{};
      to.sin6_family = AF_INET6;
      to.sin6_port = htons(port);
      ::inet_pton(AF_INET6, address.c_str(), &to.sin6_addr);
      connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
    }
  }

  // One that is connected already.
  explicit RawClient(base::UniqueFd connected) : fd_(std::move(connected)), connected_(fd_.valid()) {}

  [[nodiscard]] bool connected() const { return connected_; }

  // The handshake, without a check of the certificate. Security level 0, so that old versions can be tried.
  bool StartTls(const TlsOffer& offer = {}) {
    context_.reset(::SSL_CTX_new(::TLS_client_method()));
    ::SSL_CTX_set_security_level(context_.get(), 0);
    ::SSL_CTX_set_min_proto_version(context_.get(), offer.min_version);
    ::SSL_CTX_set_max_proto_version(context_.get(), offer.max_version);
    if (!offer.suites.empty() && ::SSL_CTX_set_cipher_list(context_.get(), offer.suites.c_str()) != 1) {
      return false;
    }
    if (!offer.suites13.empty() && ::SSL_CTX_set_ciphersuites(context_.get(), offer.suites13.c_str()) != 1) {
      return false;
    }
    ssl_.reset(::SSL_new(context_.get()));
    if (!offer.alpn.empty()) {
      ::SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(offer.alpn.data()),
                            static_cast<unsigned>(offer.alpn.size()));
    }
    ::SSL_set_fd(ssl_.get(), fd_.get());
    return ::SSL_connect(ssl_.get()) == 1;
  }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

  bool Send(std::string_view bytes) {
    if (ssl_) {
      return ::SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
             static_cast<int>(bytes.size());
    }
    return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  void FinishSending() { ::shutdown(fd_.get(), SHUT_WR); }

  // Sends, and waits for the first byte of the answer; empty when the server closes instead.
  std::string ReadFirstByte(std::string_view bytes) {
    char first = 0;
    return Send(bytes) && ::recv(fd_.get(), &first, 1, 0) == 1 ? std::string(1, first) : std::string();
  }

  // Everything until the server closes.
  std::string ReadToEnd() {
    std::string all = std::move(rest_);
    rest_.clear();
    while (const auto more = ReadSome()) {
      all += *more;
    }
    return all;
  }

  // One answer: the head, and the body by its Content-Length; none with `Body::kNone` (HEAD).
  enum class Body { kByLength, kNone };
  std::string ReadResponse(Body body = Body::kByLength) {
    std::string all = std::move(rest_);
    rest_.clear();
    std::size_t end = std::string::npos;
    while ((end = all.find("\r\n\r\n")) == std::string::npos) {
      const auto more = ReadSome();
      if (!more) {
        return all;
      }
      all += *more;
    }
    std::size_t size = end + 4;
    const std::size_t length = all.find("Content-Length: ");
    if (body == Body::kByLength && length < end) {
      size += std::stoul(all.substr(length + 16));
    }
    while (all.size() < size) {
      const auto more = ReadSome();
      if (!more) {
        return all;
      }
      all += *more;
    }
    rest_ = all.substr(size);
    return all.substr(0, size);
  }

 private:
  std::optional<std::string> ReadSome() {
    std::string buffer(4096, '\0');
    const long size = ssl_ ? ::SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()))
                           : static_cast<long>(::recv(fd_.get(), buffer.data(), buffer.size(), 0));
    if (size <= 0) {
      return std::nullopt;
    }
    buffer.resize(static_cast<std::size_t>(size));
    return buffer;
  }

  base::UniqueFd fd_;
  bool connected_ = false;
  base::CHandle<SSL_CTX, SSL_CTX_free> context_;
  base::CHandle<SSL, SSL_free> ssl_;
  std::string rest_;
};

}  // namespace cis2::tests

#endif  // CIS2_TESTS_SUPPORT_RAW_CLIENT_H_
