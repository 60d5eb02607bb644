#include "broker/oidc/client_auth.h"

#include "broker/base/text.h"
#include "broker/jose/public_half.h"
#include "broker/jose/verify.h"
#include "broker/oidc/key_files.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/broker/oidc/relying_party.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <unistd.h>

namespace cis2::oidc {
namespace {

using base::Json;
using tests::TestKey;

class ClientAuthTest : public testing::Test {
 protected:
  ClientAuthTest() {
    settings_.client_key = folder_.Write("key.pem", TestKey::Rsa().PrivatePem());
    settings_.client_secret_file = folder_.Write("secret", "s3cret canary:%\n");
  }

  void Authenticate() {
    headers_.clear();
    form_.clear();
    const auto credential = ClientCredential::Load(settings_);
    ASSERT_TRUE(credential.has_value()) << credential.error().message;
    ASSERT_TRUE(credential->Authenticate(settings_, kTokenUrl, clock_, random_, headers_, form_).has_value());
  }
  std::string Field(const std::string& name) {
    const auto it = std::ranges::find(form_, name, &http::FormField::first);
    return it == form_.end() ? "" : it->second;
  }
  // The claims of the assertion made last, verified with what PublicJwks() publishes.
  Json AssertionClaims() {
    const auto credential = ClientCredential::Load(settings_);
    const auto keys = jose::KeySet::Parse(credential->PublicJwks(settings_),
                                          *jose::AlgorithmFromName(settings_.client_assertion_alg));
    const std::string assertion = Field("client_assertion");
    const auto header = jose::ReadHeader(assertion);
    EXPECT_EQ(header->typ, "JWT");
    const auto* key = keys->Find(header->kid);
    EXPECT_NE(key, nullptr);
    const auto claims = jose::VerifySignature(assertion, *key);
    EXPECT_TRUE(claims.has_value());
    return claims->json();
  }
  std::string LoadError() {
    const auto credential = ClientCredential::Load(settings_);
    return credential ? "" : credential.error().message;
  }

  tests::TempDir folder_;
  config::Provider settings_ = TestSettings();
  tests::FakeClock clock_;
  tests::FakeRandom random_;
  http::Headers headers_;
  std::vector<http::FormField> form_;
};

// --- private_key_jwt: RFC 7523 section 3, OIDC Core 9

TEST_F(ClientAuthTest, TheAssertionSaysWhatRfc7523Wants) {
  Authenticate();
  EXPECT_EQ(Field("client_assertion_type"), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  const Json claims = AssertionClaims();
  const std::int64_t now = clock_.WallNow().time_since_epoch().count() / 1000;
  EXPECT_EQ(base::StringMember(claims, "iss"), kClientId);
  EXPECT_EQ(base::StringMember(claims, "sub"), kClientId);
  EXPECT_EQ(base::StringMember(claims, "aud"), kTokenUrl);  // byte for byte, with :443
  EXPECT_EQ(base::IntegerMember(claims, "iat"), now);
  EXPECT_EQ(base::IntegerMember(claims, "exp"), now + 180);
  EXPECT_EQ(claims.size(), 6U);
  EXPECT_EQ(Field("client_secret"), "");
  EXPECT_TRUE(headers_.empty());
}

TEST_F(ClientAuthTest, EachAssertionHasItsOwnJti) {
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i) {
    Authenticate();
    const std::string jti = *base::StringMember(AssertionClaims(), "jti");
    EXPECT_EQ(jti.size(), 43U);
    EXPECT_TRUE(seen.insert(jti).second);
  }
}

TEST_F(ClientAuthTest, TheKidIsTheThumbprintUnlessConfigured) {
  const auto jwks = [&] {
    return *base::ParseJson(ClientCredential::Load(settings_)->PublicJwks(settings_));
  };
  Authenticate();
  const std::string thumbprint = *jose::ReadHeader(Field("client_assertion"))->kid;
  EXPECT_EQ(thumbprint.size(), 43U);
  EXPECT_EQ(base::StringMember(jwks()["keys"][0], "kid"), thumbprint);
  settings_.client_key_id = "dev-1";
  Authenticate();
  EXPECT_EQ(jose::ReadHeader(Field("client_assertion"))->kid, "dev-1");
  EXPECT_EQ(base::StringMember(jwks()["keys"][0], "kid"), "dev-1");
}

TEST_F(ClientAuthTest, SignsWithTheConfiguredAlgorithm) {
  const std::string ec = folder_.Write("ec.pem", TestKey::Ec().PrivatePem());
  const std::string ed = folder_.Write("ed.pem", TestKey::Ed25519().PrivatePem());
  const std::string rsa = settings_.client_key;
  for (const auto& [alg, file] : {std::pair("RS256", rsa), std::pair("RS512", rsa), std::pair("PS256", rsa),
                                  std::pair("PS512", rsa), std::pair("ES256", ec), std::pair("EdDSA", ed)}) {
    settings_.client_assertion_alg = alg;
    settings_.client_key = file;
    Authenticate();
    EXPECT_EQ(jose::ReadHeader(Field("client_assertion"))->alg, alg);
    EXPECT_EQ(base::StringMember(AssertionClaims(), "sub"), kClientId);
  }
}

TEST_F(ClientAuthTest, ThePublishedKeyHasNoPrivateMember) {
  const Json jwks = *base::ParseJson(ClientCredential::Load(settings_)->PublicJwks(settings_));
  std::set<std::string> names;
  for (const auto& [name, value] : jwks["keys"][0].items()) {
    names.insert(name);
  }
  EXPECT_EQ(names, (std::set<std::string>{"alg", "e", "kid", "kty", "n", "use"}));
}

// --- keys published beside the one that is signed with

TEST_F(ClientAuthTest, TheFilesOfARotationAndFurtherKeysArePublishedBehindTheCurrentOne) {
  settings_.client_key_id = "dev-1";
  const auto kids = [&] {
    std::vector<std::string> found;
    const auto credential = ClientCredential::Load(settings_);
    EXPECT_TRUE(credential.has_value()) << credential.error().message;
    const Json jwks = *base::ParseJson(credential->PublicJwks(settings_));
    for (const Json& key : jwks["keys"]) {
      found.push_back(*base::StringMember(key, "kid"));
    }
    return found;
  };
  const auto thumbprint = [](const TestKey& key) {
    return *base::StringMember(*jose::FurtherJwk(key.get(), jose::Algorithm::kRs512), "kid");
  };
  EXPECT_EQ(kids(), (std::vector<std::string>{"dev-1"}));
  const std::string next = folder_.Write("key.next.pem", TestKey::OtherRsa().PrivatePem());
  EXPECT_EQ(kids(), (std::vector<std::string>{"dev-1", thumbprint(TestKey::OtherRsa())}));
  const std::string same = folder_.Write("key.previous.pem", TestKey::Rsa().PrivatePem());
  settings_.client_keys_published = {next, folder_.Write("ec.pem", TestKey::Ec().PublicPem(), 0644)};
  EXPECT_EQ(kids(),
            (std::vector<std::string>{"dev-1", thumbprint(TestKey::OtherRsa()), thumbprint(TestKey::Ec())}))
      << "each key once: previous is the current one, and next is named twice";
}

TEST_F(ClientAuthTest, AKeyThatCannotBePublishedIsRefused) {
  const std::string next = folder_.Write("key.next.pem", TestKey::OtherRsa().PrivatePem(), 0644);
  EXPECT_NE(LoadError().find("key.next.pem may be read by others"), std::string::npos);
  ::unlink(next.c_str());
  settings_.client_keys_published = {folder_.Write("small.pem", TestKey::SmallRsa().PrivatePem())};
  EXPECT_NE(LoadError().find("small.pem: a client key is RSA of at least 2048 bits"), std::string::npos);
}

TEST_F(ClientAuthTest, AUriIsNotReadAsAPath) {
  settings_.client_key = "pkcs11:object=x?pin-value=918273";
  EXPECT_NE(LoadError().find("pin-source=file:"), std::string::npos);
  EXPECT_EQ(LoadError().find("918273"), std::string::npos);
}

TEST(KeyFilesTest, StandBesideTheCurrentKey) {
  const auto files = FilesOf("/etc/cis2-broker/client-key.pem");
  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(files->next, "/etc/cis2-broker/client-key.next.pem");
  EXPECT_EQ(files->previous, "/etc/cis2-broker/client-key.previous.pem");
  EXPECT_EQ(FilesOf("/etc/key")->next, "/etc/key.next");
  for (const char* elsewhere :
       {"handle:0x81010001", "pkcs11:object=x", "/run/credentials/cis2-broker.service/key"}) {
    EXPECT_FALSE(FilesOf(elsewhere).has_value()) << elsewhere;
  }
}

// --- the secret methods: RFC 6749 2.3.1

TEST_F(ClientAuthTest, BasicIsFormEncodedFirst) {
  settings_.client_auth = config::ClientAuth::kClientSecretBasic;
  settings_.client_id = "id:with colon";
  Authenticate();
  // id%3Awith%20colon:s3cret%20canary%3A%25
  EXPECT_EQ(http::FindHeader(headers_, "Authorization"),
            "Basic aWQlM0F3aXRoJTIwY29sb246czNjcmV0JTIwY2FuYXJ5JTNBJTI1");
  EXPECT_TRUE(form_.empty());
}

TEST_F(ClientAuthTest, PostPutsTheSecretIntoTheForm) {
  settings_.client_auth = config::ClientAuth::kClientSecretPost;
  Authenticate();
  EXPECT_EQ(Field("client_secret"), "s3cret canary:%");
  EXPECT_EQ(form_.size(), 1U);
  EXPECT_TRUE(headers_.empty());
}

TEST_F(ClientAuthTest, ASecretPublishesNoKey) {
  settings_.client_auth = config::ClientAuth::kClientSecretPost;
  EXPECT_EQ(ClientCredential::Load(settings_)->PublicJwks(settings_), R"({"keys":[]})");
}

// --- what is refused at start

TEST_F(ClientAuthTest, AKeyFileThatOthersMayReadIsRefused) {
  for (const mode_t mode : {0640U, 0604U, 0660U, 0644U}) {
    settings_.client_key = folder_.Write("loose.pem", TestKey::Rsa().PrivatePem(), mode);
    EXPECT_NE(LoadError().find("chmod"), std::string::npos) << mode;
  }
  settings_.client_key = folder_.Write("loose.pem", TestKey::Rsa().PrivatePem(), 0400);
  EXPECT_EQ(LoadError(), "");
}

TEST_F(ClientAuthTest, ASecretFileThatOthersMayReadIsRefused) {
  settings_.client_auth = config::ClientAuth::kClientSecretPost;
  settings_.client_secret_file = folder_.Write("loose", "secret", 0644);
  EXPECT_NE(LoadError().find("chmod"), std::string::npos);
}

TEST_F(ClientAuthTest, AMissingFileIsRefused) {
  settings_.client_key = folder_.path() + "/none.pem";
  EXPECT_NE(LoadError().find("none.pem"), std::string::npos);
}

TEST_F(ClientAuthTest, AKeyThatDoesNotFitTheAlgorithmIsRefused) {
  settings_.client_assertion_alg = "ES256";
  EXPECT_EQ(LoadError(), settings_.client_key + ": ES256 needs an EC key on the curve P-256");
  settings_.client_assertion_alg = "HS256";
  EXPECT_EQ(LoadError(), "[provider] client_assertion_alg 'HS256' is not known");
}

TEST_F(ClientAuthTest, AWeakKeyIsRefused) {
  settings_.client_key = folder_.Write("small.pem", TestKey::SmallRsa().PrivatePem());
  EXPECT_EQ(LoadError(), settings_.client_key + ": RS512 needs an RSA key of at least 2048 bits");
}

TEST_F(ClientAuthTest, ASecretIsOneLineOfPrintableAscii) {
  settings_.client_auth = config::ClientAuth::kClientSecretBasic;
  for (const std::string& good :
       {std::string("a"), std::string("a\n"), std::string("a\r\n"), std::string(1024, 'x')}) {
    settings_.client_secret_file = folder_.Write("s", good);
    EXPECT_EQ(LoadError(), "") << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("\n"), std::string("a\nb"), std::string("a\n\n"),
        std::string("caf\xc3\xa9"), std::string("a\0b", 3), std::string(1025, 'x')}) {
    settings_.client_secret_file = folder_.Write("s", bad);
    EXPECT_NE(LoadError(), "") << bad;
  }
}

TEST_F(ClientAuthTest, AnErrorQuotesNothingOfTheSecret) {
  settings_.client_auth = config::ClientAuth::kClientSecretBasic;
  settings_.client_secret_file = folder_.Write("s", "canary\ncanary");
  EXPECT_EQ(LoadError().find("canary"), std::string::npos);
  settings_.client_auth = config::ClientAuth::kPrivateKeyJwt;
  settings_.client_key = folder_.Write("k", "canary");
  EXPECT_EQ(LoadError().find("canary"), std::string::npos);
}

}  // namespace
}  // namespace cis2::oidc
