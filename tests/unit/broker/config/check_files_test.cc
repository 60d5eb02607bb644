#include "broker/config/check.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace cis2::config {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A key with a pass phrase, as `openssl genpkey -aes256` writes it.
std::string EncryptedKey() {
  EVP_PKEY* key = ::EVP_EC_gen("P-256");
  BIO* bio = ::BIO_new(::BIO_s_mem());
  ::PEM_write_bio_PrivateKey(bio, key, ::EVP_aes_256_cbc(), reinterpret_cast<const unsigned char*>("secret"),
                             6, nullptr, nullptr);
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  ::BIO_free(bio);
  ::EVP_PKEY_free(key);
  return pem;
}

class CheckFilesTest : public testing::Test {
 protected:
  CheckFilesTest() {
    UsePage(tests::SelfSigned({.dns_names = {"server.example"}, .ip_addresses = {}, .ends = hours(24 * 60)}));
    const auto client = tests::SelfSigned({.dns_names = {"client"}, .ip_addresses = {}});
    config_.provider.client_key = dir_.Write("client-key.pem", client.key_pem);
    config_.web.public_url = "https://server.example:8443";
  }
  void UsePage(const tests::CertificateAndKey& page) {
    config_.web.certificate = dir_.Write("web-cert.pem", page.certificate_pem, 0644);
    config_.web.certificate_key = dir_.Write("web-key.pem", page.key_pem);
  }
  [[nodiscard]] std::vector<std::string> Found() const {
    std::vector<std::string> messages;
    for (const Problem& problem : CheckFiles(config_)) {
      messages.push_back(problem.message);
    }
    return messages;
  }

  tests::TempDir dir_;
  Config config_;
};

// --- keys in tokens, and keys that are published alone

TEST_F(CheckFilesTest, OfATokenTheFilesAreChecked) {
  config_.provider.client_key = "handle:0x81010001";
  EXPECT_THAT(Found(), IsEmpty());
  const std::string pin = dir_.Write("pin", "1234", 0644);
  config_.provider.client_key = "pkcs11:object=x?pin-source=file:" + pin + "&module-path=/nonexistent/m.so";
  EXPECT_THAT(Found(),
              ElementsAre(HasSubstr("provider.client_key: pin-source: " + pin + " may be read by others"),
                          HasSubstr("provider.client_key: module-path: there is no file /nonexistent/m.so")));
  config_.provider.client_key = "pkcs11:object=x?module-path=" + dir_.Write("m.so", "code", 0666);
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("m.so may be changed by others than root")));
}

TEST_F(CheckFilesTest, FurtherKeysAreRead) {
  config_.provider.client_keys_published = {config_.provider.client_key, dir_.Write("none.pem", "no key"),
                                            "handle:0x81010002"};
  EXPECT_THAT(Found(),
              ElementsAre(HasSubstr("provider.client_keys_published: " + dir_.path() + "/none.pem")));
}

TEST_F(CheckFilesTest, AcceptsGoodFiles) {
  EXPECT_THAT(Found(), IsEmpty());
  EXPECT_THAT(FileAdvice(config_), IsEmpty());
}

TEST_F(CheckFilesTest, RefusesKeysThatOthersMayRead) {
  ASSERT_EQ(::chmod(config_.provider.client_key.c_str(), 0640), 0);
  ASSERT_EQ(::chmod(config_.web.certificate_key.c_str(), 0604), 0);
  EXPECT_THAT(
      Found(),
      ElementsAre(
          HasSubstr("provider.client_key: " + config_.provider.client_key + " may be read by others"),
          HasSubstr("web.certificate_key: " + config_.web.certificate_key + " may be read by others")));
}

TEST_F(CheckFilesTest, MissingFilesAreEachTold) {
  config_.provider.client_key = config_.web.certificate = config_.web.certificate_key =
      config_.provider.ca_file = dir_.path() + "/none";
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("provider.client_key: cannot open"),
                                   HasSubstr("web.certificate_key: cannot open"),
                                   HasSubstr("web.certificate: cannot open"),
                                   HasSubstr("provider.ca_file: cannot open")));
}

TEST_F(CheckFilesTest, FilesOfAnotherFormAreTold) {
  config_.provider.client_key = dir_.Write("a", "not a key");
  config_.web.certificate = dir_.Write("b", "not a certificate");
  config_.provider.ca_file = dir_.Write("c", "");
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("a: there is no readable private key in PEM form"),
                                   HasSubstr("b does not hold a certificate"),
                                   HasSubstr("c does not hold a certificate")));
}

TEST_F(CheckFilesTest, KeyWithPassPhraseIsRefusedWithoutAsking) {
  config_.provider.client_key = dir_.Write("encrypted.pem", EncryptedKey());
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("the private key has a pass phrase")));
}

TEST_F(CheckFilesTest, CertificateMustFitItsKey) {
  const auto other = tests::SelfSigned({.dns_names = {"server.example"}, .ip_addresses = {}});
  config_.web.certificate_key = dir_.Write("other-key.pem", other.key_pem);
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("does not belong to the key")));
}

TEST_F(CheckFilesTest, CertificateMustBeWithinItsDates) {
  UsePage(tests::SelfSigned(
      {.dns_names = {"server.example"}, .ip_addresses = {}, .begins = -hours(2), .ends = -hours(1)}));
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("has expired")));
  UsePage(tests::SelfSigned(
      {.dns_names = {"server.example"}, .ip_addresses = {}, .begins = hours(1), .ends = hours(2)}));
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("is not valid yet")));
}

TEST_F(CheckFilesTest, SecretFileIsReadInPlaceOfTheKey) {
  config_.provider.client_auth = ClientAuth::kClientSecretPost;
  config_.provider.client_key = dir_.path() + "/none";
  config_.provider.client_secret_file = dir_.Write("secret", "s3cret\n");
  EXPECT_THAT(Found(), IsEmpty());

  config_.provider.client_secret_file = dir_.Write("blank", " \n");
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("is empty")));
  config_.provider.client_secret_file = dir_.Write("loose", "s3cret", 0644);
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("chmod 0600")));
}

TEST_F(CheckFilesTest, NoMessageHoldsASecret) {
  config_.provider.client_auth = ClientAuth::kClientSecretPost;
  config_.provider.client_secret_file = dir_.Write("loose", "s3cret-canary", 0644);
  config_.web.certificate_key = dir_.Write("odd-key", "s3cret-canary");
  for (const std::string& message : Found()) {
    EXPECT_EQ(message.find("canary"), std::string::npos) << message;
  }
}

TEST_F(CheckFilesTest, AdvisesOnACertificateThatEndsSoonOrNamesAnotherHost) {
  UsePage(tests::SelfSigned({.dns_names = {"other.example"}, .ip_addresses = {}, .ends = hours(24 * 29)}));
  EXPECT_THAT(Found(), IsEmpty());
  EXPECT_THAT(FileAdvice(config_),
              ElementsAre(HasSubstr("ends within 30 days"), HasSubstr("does not name server.example")));
}

}  // namespace
}  // namespace cis2::config
