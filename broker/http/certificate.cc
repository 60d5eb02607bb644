#include "broker/http/certificate.h"

#include "broker/base/c_handle.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>

namespace cis2::http {

std::optional<std::chrono::sys_seconds> FirstCertificateEnds(std::string_view pem) {
  const base::CHandle<BIO, BIO_free_all> bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const base::CHandle<X509, X509_free> certificate(
      ::PEM_read_bio_X509(bio.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
  std::tm ends{};
  if (certificate == nullptr || ::ASN1_TIME_to_tm(::X509_get0_notAfter(certificate.get()), &ends) != 1) {
    ::ERR_clear_error();
    return std::nullopt;
  }
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&ends)));
}

}  // namespace cis2::http
