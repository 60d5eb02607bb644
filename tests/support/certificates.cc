#include "tests/support/certificates.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace cis2::tests {
namespace {

using Key = base::CHandle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = base::CHandle<X509, X509_free>;
using Bio = base::CHandle<BIO, BIO_free_all>;

// A test that cannot make its certificate has nothing to say.
void Require(bool ok) {
  if (!ok) {
    std::abort();
  }
}

Key NewKey(KeyKind kind) {
  Key key(kind == KeyKind::kRsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
  Require(key != nullptr);
  return key;
}

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string Pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  Require(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return Text(bio.get());
}

std::string Pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  Require(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return Text(bio.get());
}

void AddExtension(X509* certificate, int nid, const std::string& value) {
  using Extension = base::CHandle<X509_EXTENSION, X509_EXTENSION_free>;
  const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
  Require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

std::string AlternativeNames(const CertificateSpec& spec) {
  std::string names;
  for (const auto& name : spec.dns_names) {
    names += (names.empty() ? "DNS:" : ",DNS:") + name;
  }
  for (const auto& address : spec.ip_addresses) {
    names += (names.empty() ? "IP:" : ",IP:") + address;
  }
  return names;
}

// Signed by `issuer`, or by itself if that is null.
Certificate MakeCertificate(EVP_PKEY* key, const std::string& common_name, const CertificateSpec& spec,
                            bool is_ca, X509* issuer, EVP_PKEY* issuer_key) {
  static long serial = 1;
  Certificate certificate(X509_new());
  X509* x = certificate.get();
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
  X509_gmtime_adj(X509_getm_notBefore(x), static_cast<long>(spec.begins.count()));
  X509_gmtime_adj(X509_getm_notAfter(x), static_cast<long>(spec.ends.count()));
  X509_set_pubkey(x, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x, X509_get_subject_name(issuer == nullptr ? x : issuer));
  AddExtension(x, NID_basic_constraints, is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (const std::string names = AlternativeNames(spec); !names.empty()) {
    AddExtension(x, NID_subject_alt_name, names);
  }
  Require(X509_sign(x, issuer_key == nullptr ? key : issuer_key, EVP_sha256()) > 0);
  return certificate;
}

}  // namespace

CertificateAuthority::CertificateAuthority(const std::string& name)
    : key_(NewKey(KeyKind::kEc)),
      certificate_(MakeCertificate(key_.get(), name, {}, true, nullptr, nullptr)) {}

std::string CertificateAuthority::CertificatePem() const { return Pem(certificate_.get()); }

CertificateAndKey CertificateAuthority::Issue(const CertificateSpec& spec) const {
  const Key key = NewKey(spec.key);
  const Certificate certificate =
      MakeCertificate(key.get(), "Test server", spec, false, certificate_.get(), key_.get());
  return {.certificate_pem = Pem(certificate.get()), .key_pem = Pem(key.get())};
}

CertificateAndKey SelfSigned(const CertificateSpec& spec) {
  const Key key = NewKey(spec.key);
  const Certificate certificate = MakeCertificate(key.get(), "Test server", spec, false, nullptr, nullptr);
  return {.certificate_pem = Pem(certificate.get()), .key_pem = Pem(key.get())};
}

}  // namespace cis2::tests
