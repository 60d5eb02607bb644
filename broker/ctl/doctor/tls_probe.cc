#include "broker/ctl/doctor/tls_probe.h"

#include "broker/base/c_handle.h"
#include "broker/base/fd.h"
#include "broker/base/result.h"
#include "broker/base/text.h"
#include "broker/http/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace cis2::ctl::doctor {
namespace {

using Context = base::CHandle<SSL_CTX, SSL_CTX_free>;
using Connection = base::CHandle<SSL, SSL_free>;
using Certificate = base::CHandle<X509, X509_free>;
using Store = base::CHandle<X509_STORE, X509_STORE_free>;
using StoreContext = base::CHandle<X509_STORE_CTX, X509_STORE_CTX_free>;
using Addresses = base::CHandle<addrinfo, freeaddrinfo>;

void FreeChain(STACK_OF(X509) * chain) { sk_X509_pop_free(chain, X509_free); }
using Chain = base::CHandle<STACK_OF(X509), FreeChain>;

constexpr std::size_t kMaxAnswer = 4096;

std::string OpenSslReason() {
  const unsigned long code = ::ERR_peek_error();
  const char* reason = code == 0 ? nullptr : ::ERR_reason_error_string(code);
  ::ERR_clear_error();
  return reason == nullptr ? "the connection was closed" : reason;
}

Addresses LookUp(const std::string& name, const std::string& port, std::string& failure) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(name.c_str(), port.c_str(), &hints, &found); error != 0) {
    failure = "the name " + base::Printable(name, 256) + " cannot be resolved: " + ::gai_strerror(error);
    return nullptr;
  }
  return Addresses(found);
}

// The first address that takes the connection.
base::UniqueFd Connect(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout,
                       TlsFacts& facts) {
  const Addresses addresses = LookUp(host, std::to_string(port), facts.failure);
  if (addresses == nullptr) {
    return {};
  }
  facts.stage = TlsStage::kConnect;
  const timeval wait{.tv_sec = timeout.count() / 1000, .tv_usec = timeout.count() % 1000 * 1000};
  for (const addrinfo* a = addresses.get(); a != nullptr; a = a->ai_next) {
    base::UniqueFd fd(::socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol));
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);  // of connect(2) too
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (fd.valid() && ::connect(fd.get(), a->ai_addr, a->ai_addrlen) == 0) {
      return fd;
    }
    const int error = errno;
    facts.failure = error == EINPROGRESS ? "no answer within " + std::to_string(timeout.count() / 1000) + " s"
                                         : base::FailErrno("cannot connect", error).error().message;
  }
  return {};
}

// RFC 9110 9.3.6. True once the proxy has made the connection.
bool Tunnel(int fd, const TlsTarget& target, TlsFacts& facts) {
  facts.stage = TlsStage::kProxy;
  const std::string authority = target.address + ":" + std::to_string(target.port);
  const std::string request = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n";
  std::string answer;
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
    facts.failure = "the proxy closed the connection";
    return false;
  }
  // Byte by byte: what follows the header is TLS.
  for (char c = 0; answer.size() < kMaxAnswer && !answer.ends_with("\r\n\r\n");) {
    if (::recv(fd, &c, 1, 0) != 1) {
      break;
    }
    answer += c;
  }
  const int status = StatusOf(answer);
  facts.failure = status == 200 ? "" : "the proxy answered CONNECT with status " + std::to_string(status);
  return status == 200;
}

bool NamesHost(X509* certificate, const std::string& host) {
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const std::string name = bracketed ? host.substr(1, host.size() - 2) : host;
  return ::X509_check_host(certificate, name.data(), name.size(), 0, nullptr) == 1 ||
         ::X509_check_ip_asc(certificate, name.c_str(), 0) == 1;
}

long EndOf(const X509* certificate) {
  std::tm utc{};
  return ::ASN1_TIME_to_tm(::X509_get0_notAfter(certificate), &utc) == 1 ? ::timegm(&utc) : 0;
}

std::string FingerprintOf(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (::X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) {
    return "";
  }
  return base::HexEncode({reinterpret_cast<const char*>(digest.data()), size});
}

CertificateFacts Describe(X509* certificate, const std::string& host) {
  return {.found = true,
          .ends = EndOf(certificate),
          .fingerprint = FingerprintOf(certificate),
          .names_host = NamesHost(certificate, host),
          .trusted = false,
          .chain_fault = {}};
}

Context MakeContext(const TlsTarget& target, TlsFacts& facts) {
  Context context(::SSL_CTX_new(::TLS_client_method()));
  const bool rules = context != nullptr &&
                     ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1 &&
                     ::SSL_CTX_set_cipher_list(context.get(), http::kTls12Suites) == 1 &&
                     ::SSL_CTX_set_ciphersuites(context.get(), http::kTls13Suites) == 1;
  const bool roots = rules && (target.ca_file.empty()
                                   ? ::SSL_CTX_set_default_verify_paths(context.get())
                                   : ::SSL_CTX_load_verify_file(context.get(), target.ca_file.c_str())) == 1;
  if (!rules || !roots) {
    facts.failure = rules ? "cannot read the roots in " + target.ca_file : OpenSslReason();
    ::ERR_clear_error();
    return nullptr;
  }
  ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);  // judged below, and described
  return context;
}

void DescribeConnection(SSL* ssl, const TlsTarget& target, TlsFacts& facts) {
  facts.protocol = ::SSL_get_version(ssl);
  facts.cipher = ::SSL_get_cipher_name(ssl);
  const long verdict = ::SSL_get_verify_result(ssl);
  facts.expired = verdict == X509_V_ERR_CERT_HAS_EXPIRED || verdict == X509_V_ERR_CERT_NOT_YET_VALID;
  facts.trusted = verdict == X509_V_OK || facts.expired;
  facts.chain_fault = verdict == X509_V_OK ? "" : ::X509_verify_cert_error_string(verdict);
  if (const Certificate own(::SSL_get1_peer_certificate(ssl)); own != nullptr) {
    facts.certificate = Describe(own.get(), target.server_name);
    facts.certificate.trusted = facts.trusted;
    facts.names_host = facts.certificate.names_host;
  }
}

std::string Exchange(SSL* ssl, std::string_view request) {
  std::string answer;
  if (request.empty() || ::SSL_write(ssl, request.data(), static_cast<int>(request.size())) <= 0) {
    return answer;
  }
  std::array<char, 1024> part{};
  while (answer.size() < kMaxAnswer) {
    const int got = ::SSL_read(ssl, part.data(), part.size());
    if (got <= 0) {
      break;
    }
    answer.append(part.data(), static_cast<std::size_t>(got));
  }
  ::ERR_clear_error();
  return answer;
}

}  // namespace

Looked Look(const TlsTarget& target, std::string_view request) {
  Looked looked;
  TlsFacts& facts = looked.tls;
  const bool by_proxy = !target.proxy_host.empty();
  const base::UniqueFd fd = Connect(by_proxy ? target.proxy_host : target.address,
                                    by_proxy ? target.proxy_port : target.port, target.timeout, facts);
  if (!fd.valid() || (by_proxy && !Tunnel(fd.get(), target, facts))) {
    return looked;
  }
  facts.stage = TlsStage::kHandshake;
  facts.failure.clear();
  const Context context = MakeContext(target, facts);
  const Connection ssl(context == nullptr ? nullptr : ::SSL_new(context.get()));
  if (ssl == nullptr) {
    return looked;
  }
  if (!base::IsNumericAddress(target.server_name) && !target.server_name.starts_with('[')) {
    // What SSL_set_tlsext_host_name() does, which is a macro with a cast of C.
    ::SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(target.server_name.c_str()));
  }
  ::SSL_set_fd(ssl.get(), fd.get());
  if (::SSL_connect(ssl.get()) != 1) {
    facts.failure = "TLS failed: " + OpenSslReason();
    return looked;
  }
  facts.stage = TlsStage::kDone;
  DescribeConnection(ssl.get(), target, facts);
  looked.answer = Exchange(ssl.get(), request);
  return looked;
}

std::vector<std::string> Resolve(const std::string& name, std::string& failure) {
  std::vector<std::string> numeric;
  const bool bracketed = name.starts_with('[') && name.ends_with(']');
  const Addresses addresses = LookUp(bracketed ? name.substr(1, name.size() - 2) : name, "0", failure);
  for (const addrinfo* a = addresses.get(); a != nullptr; a = a->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(a->ai_addr, a->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0) {
      numeric.emplace_back(text.data());
    }
  }
  return numeric;
}

CertificateFacts ReadCertificate(std::string_view pem, const std::string& host) {
  const base::CHandle<BIO, BIO_free_all> bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Certificate own(::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  const Chain chain(sk_X509_new_null());
  while (X509* next = ::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    sk_X509_push(chain.get(), next);
  }
  ::ERR_clear_error();
  if (own == nullptr) {
    return {};
  }
  CertificateFacts facts = Describe(own.get(), host);
  const Store roots(::X509_STORE_new());
  const StoreContext verifier(::X509_STORE_CTX_new());
  ::X509_STORE_set_default_paths(roots.get());
  ::X509_STORE_CTX_init(verifier.get(), roots.get(), own.get(), chain.get());
  facts.trusted = ::X509_verify_cert(verifier.get()) == 1;
  const int error = ::X509_STORE_CTX_get_error(verifier.get());
  facts.chain_fault = facts.trusted ? "" : ::X509_verify_cert_error_string(error);
  ::ERR_clear_error();
  return facts;
}

int StatusOf(std::string_view answer) {
  constexpr std::string_view kHttp = "HTTP/1.";
  int status = 0;
  if (answer.starts_with(kHttp) && answer.size() > kHttp.size() + 5) {
    const char* digits = answer.data() + kHttp.size() + 2;
    std::from_chars(digits, digits + 3, status);
  }
  return status;
}

}  // namespace cis2::ctl::doctor
