#include "broker/http/tls_server.h"

#include "broker/http/tls.h"

#include <boost/asio/buffer.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstring>
#include <string>
#include <string_view>

namespace cis2::http {
namespace {

namespace ssl = boost::asio::ssl;

constexpr std::string_view kHttp11 = "\x08http/1.1";

// The last entry of OpenSSL's queue without file names and addresses, and an empty queue afterwards.
std::string TakeOpenSslReason() {
  const unsigned long code = ::ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ::ERR_reason_error_string(code);
  ::ERR_clear_error();
  return reason == nullptr ? "no reason given" : reason;
}

// RFC 7301 section 3.2: no protocol in common is a fatal alert, so that a connection meant for another
// protocol is never answered as HTTP.
int ChooseHttp11(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                 unsigned int in_size, void* /*arg*/) {
  const auto* ours = reinterpret_cast<const unsigned char*>(kHttp11.data());
  unsigned char* chosen = nullptr;
  const int found = ::SSL_select_next_proto(&chosen, out_size, ours, kHttp11.size(), in, in_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

base::Result<void> SetProtocol(SSL_CTX* ctx) {
  ::SSL_CTX_set_security_level(ctx, 2);
  ::SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                 SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_SINGLE_ECDH_USE);
  ::SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_alpn_select_cb(ctx, ChooseHttp11, nullptr);
  if (::SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
      ::SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) != 1 ||
      ::SSL_CTX_set_cipher_list(ctx, kTls12Suites) != 1 ||
      ::SSL_CTX_set_ciphersuites(ctx, kTls13Suites) != 1 ||
      ::SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") != 1) {
    return base::Fail("this OpenSSL does not offer the TLS versions and suites needed: " +
                      TakeOpenSslReason());
  }
  return {};
}

base::Result<void> SetIdentity(ssl::context& context, const TlsIdentity& identity) {
  boost::system::error_code ec;
  // An encrypted key must be an error, never a question on a terminal.
  context.set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); },
                                ec);
  context.use_certificate_chain(boost::asio::buffer(identity.certificate_chain_pem), ec);
  if (ec) {
    return base::Fail("the certificate of the pages cannot be used: " + ec.message());
  }
  const std::string_view key = identity.private_key_pem.Reveal();
  context.use_private_key(boost::asio::buffer(key.data(), key.size()), ssl::context::pem, ec);
  if (ec) {
    return base::Fail("the key of the pages cannot be read; it must be PEM without a passphrase: " +
                      ec.message());
  }
  if (::SSL_CTX_check_private_key(context.native_handle()) != 1) {
    return base::Fail("the certificate and the key of the pages do not belong together: " +
                      TakeOpenSslReason());
  }
  return {};
}

}  // namespace

base::Result<std::shared_ptr<ssl::context>> MakeTlsContext(const TlsIdentity& identity) {
  ::ERR_clear_error();
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  CIS2_CHECK(SetProtocol(context->native_handle()));
  CIS2_CHECK(SetIdentity(*context, identity));
  return context;
}

}  // namespace cis2::http
