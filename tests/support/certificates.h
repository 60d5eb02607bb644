// Keys and certificates that tests make for themselves, so that none lies in the tree or grows old there.
//
// Threads: one object from one thread. A failure of OpenSSL aborts the test program.
#ifndef CIS2_TESTS_SUPPORT_CERTIFICATES_H_
#define CIS2_TESTS_SUPPORT_CERTIFICATES_H_

#include "broker/base/c_handle.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <string>
#include <vector>

namespace cis2::tests {

enum class KeyKind { kRsa, kEc };

struct CertificateSpec {
  KeyKind key = KeyKind::kEc;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  // Relative to now.
  std::chrono::seconds begins = -std::chrono::hours(1);
  std::chrono::seconds ends = std::chrono::hours(24);
};

struct CertificateAndKey {
  std::string certificate_pem;
  std::string key_pem;
};

class CertificateAuthority {
 public:
  explicit CertificateAuthority(const std::string& name = "Test root");
  [[nodiscard]] std::string CertificatePem() const;
  [[nodiscard]] CertificateAndKey Issue(const CertificateSpec& spec) const;

 private:
  base::CHandle<EVP_PKEY, EVP_PKEY_free> key_;
  base::CHandle<X509, X509_free> certificate_;
};

CertificateAndKey SelfSigned(const CertificateSpec& spec);

}  // namespace cis2::tests

#endif  // CIS2_TESTS_SUPPORT_CERTIFICATES_H_
