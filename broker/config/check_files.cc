#include "broker/base/c_handle.h"
#include "broker/base/fd.h"
#include "broker/base/text.h"
#include "broker/config/check.h"
#include "broker/config/values.h"
#include "broker/jose/key_uri.h"
#include "broker/jose/pem.h"
#include "broker/jose/public_half.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <sys/stat.h>

namespace cis2::config {
namespace {

using Bio = base::CHandle<BIO, BIO_free_all>;
using Certificate = base::CHandle<X509, X509_free>;
using PrivateKey = jose::EvpKey;

constexpr std::size_t kMaxPem = kMaxPageFile;
constexpr std::size_t kMaxCaFile = 4UL * 1024 * 1024;
constexpr std::size_t kMaxSecret = 4096;
constexpr long kSoon = 30L * 24 * 3600;

Bio Open(std::string_view pem) { return Bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

// Asked for a pass phrase, OpenSSL would turn to the terminal: there is none to give.
int NoPassPhrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

std::vector<Certificate> ParseCertificates(std::string_view pem) {
  std::vector<Certificate> certificates;
  const Bio bio = Open(pem);
  while (X509* next = ::PEM_read_bio_X509(bio.get(), nullptr, NoPassPhrase, nullptr)) {
    certificates.emplace_back(next);
  }
  ::ERR_clear_error();
  return certificates;
}

base::Result<base::Secret> ReadSecret(const std::string& path, std::size_t max_size) {
  CIS2_TRY(std::string text, base::ReadTrustedFile(path, base::Privacy::kPrivate, max_size));
  return base::Secret::Take(text);
}

class Files {
 public:
  explicit Files(const Config& config) : c_(config) {}

  std::vector<Problem> Check() {
    CheckClientCredential();
    CheckPageCertificate();
    CheckCaFile();
    return std::move(problems_);
  }
  std::vector<Problem> CheckPages() {
    CheckPageCertificate();
    return std::move(problems_);
  }

 private:
  void Add(const std::string& key, const std::string& message) {
    problems_.push_back(ProblemAt(c_, key, key + ": " + message));
  }

  // The key of a file that holds one; null after a problem was added.
  PrivateKey ReadKey(const std::string& key, const std::string& path) {
    const auto pem = ReadSecret(path, kMaxPem);
    if (!pem) {
      Add(key, pem.error().message);
      return nullptr;
    }
    auto parsed = jose::ReadPrivatePem(pem->Reveal());
    if (!parsed) {
      Add(key, path + ": " + parsed.error().message);
      return nullptr;
    }
    return std::move(*parsed);
  }

  void CheckClientCredential() {
    const Provider& p = c_.provider;
    if (p.client_auth == ClientAuth::kPrivateKeyJwt) {
      CheckClientKeys();
      return;
    }
    const auto secret = ReadSecret(p.client_secret_file, kMaxSecret);
    if (!secret) {
      Add("provider.client_secret_file", secret.error().message);
    } else if (secret->Reveal().find_first_not_of(" \t\r\n") == std::string_view::npos) {
      Add("provider.client_secret_file", p.client_secret_file + " is empty");
    }
  }

  // Tokens stay closed here: the broker opens them once, when it reads its secrets.
  void CheckClientKeys() {
    const Provider& p = c_.provider;
    if (jose::IsKeyUri(p.client_key)) {
      CheckTokenFiles("provider.client_key", p.client_key);
    } else {
      ReadKey("provider.client_key", p.client_key);
    }
    for (const std::string& place : p.client_keys_published) {
      const std::string key = "provider.client_keys_published";
      if (jose::IsKeyUri(place)) {
        CheckTokenFiles(key, place);
      } else if (const auto half = jose::LoadPublicHalf(place); !half) {
        Add(key, half.error().message);
      }
    }
  }

  // The files that a URI names. Its form is a rule of check.h.
  void CheckTokenFiles(const std::string& key, const std::string& place) {
    const auto uri = jose::ParseKeyUri(place);
    if (!uri) {
      return;
    }
    if (!uri->pin_source.empty()) {
      if (const auto pin = ReadSecret(uri->pin_source, kMaxSecret); !pin) {
        Add(key, "pin-source: " + pin.error().message);
      }
    }
    if (!uri->module_path.empty()) {
      CheckModule(key, uri->module_path);
    }
  }

  // Code that will run in the broker. Often a symbolic link to a version of it, so not for ReadTrustedFile().
  void CheckModule(const std::string& key, const std::string& path) {
    struct stat st{};
    if (::stat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) {
      Add(key, "module-path: there is no file " + path + "; is the token's PKCS#11 module installed?");
    } else if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
      Add(key, "module-path: " + path + " may be changed by others than root: chown root '" + path +
                   "'; chmod go-w '" + path + "'");
    }
  }

  void CheckPageCertificate() {
    const std::string& path = c_.web.certificate;
    const PrivateKey key = ReadKey("web.certificate_key", c_.web.certificate_key);
    const auto pem = base::ReadTrustedFile(path, base::Privacy::kPublic, kMaxPem);
    if (!pem) {
      Add("web.certificate", pem.error().message);
      return;
    }
    const auto chain = ParseCertificates(*pem);
    if (chain.empty()) {
      Add("web.certificate", path + " does not hold a certificate in PEM");
      return;
    }
    X509* own = chain.front().get();
    if (key != nullptr && ::X509_check_private_key(own, key.get()) != 1) {
      ::ERR_clear_error();
      Add("web.certificate",
          "the first certificate of " + path + " does not belong to the key " + c_.web.certificate_key);
    }
    if (::X509_cmp_current_time(::X509_get0_notBefore(own)) > 0) {
      Add("web.certificate", path + " is not valid yet; check the clock");
    }
    if (::X509_cmp_current_time(::X509_get0_notAfter(own)) < 0) {
      Add("web.certificate", path + " has expired");
    }
  }

  void CheckCaFile() {
    const std::string& path = c_.provider.ca_file;
    if (path.empty()) {
      return;
    }
    const auto pem = base::ReadTrustedFile(path, base::Privacy::kPublic, kMaxCaFile);
    if (!pem) {
      Add("provider.ca_file", pem.error().message);
    } else if (ParseCertificates(*pem).empty()) {
      Add("provider.ca_file", path + " does not hold a certificate in PEM");
    }
  }

  const Config& c_;
  std::vector<Problem> problems_;
};

bool NamesHost(X509* certificate, std::string host) {
  if (host.starts_with('[')) {
    host = host.substr(1, host.size() - 2);
  }
  return ::X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1 ||
         ::X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
}

}  // namespace

std::vector<Problem> CheckFiles(const Config& config) { return Files(config).Check(); }

std::vector<Problem> CheckPageFiles(const Config& config) { return Files(config).CheckPages(); }

std::vector<std::string> FileAdvice(const Config& config) {
  std::vector<std::string> advice;
  const auto pem = base::ReadTrustedFile(config.web.certificate, base::Privacy::kPublic, kMaxPem);
  const auto chain = pem ? ParseCertificates(*pem) : std::vector<Certificate>{};
  if (chain.empty()) {
    return advice;
  }
  X509* own = chain.front().get();
  std::time_t soon = ::time(nullptr) + kSoon;
  if (::X509_cmp_time(::X509_get0_notAfter(own), &soon) < 0) {
    advice.push_back("the certificate " + config.web.certificate + " ends within 30 days");
  }
  const auto url = ParseUrl(config.web.public_url);
  if (url && !NamesHost(own, url->host)) {
    advice.push_back(
        "the certificate " + config.web.certificate + " does not name " + url->host +
        ", the host of web.public_url; browsers will warn unless a proxy stands before this server");
  }
  return advice;
}

}  // namespace cis2::config
