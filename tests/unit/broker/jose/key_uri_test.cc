#include "broker/jose/key_uri.h"

#include <gtest/gtest.h>

namespace cis2::jose {
namespace {

std::string ErrorOf(const std::string& text) {
  const auto uri = ParseKeyUri(text);
  return uri ? "" : uri.error().message;
}

TEST(KeyUriTest, APathIsNoUri) {
  EXPECT_FALSE(IsKeyUri("/etc/cis2-broker/client-key.pem"));
  EXPECT_FALSE(IsKeyUri("credential:client-key"));
  for (const char* text : {"pkcs11:", "PKCS11:token=x?pin-value=1", "handle:0x81000001", "Handle:"}) {
    EXPECT_TRUE(IsKeyUri(text)) << text;
  }
}

TEST(KeyUriTest, APkcs11UriIsTakenApart) {
  const auto uri = ParseKeyUri(
      "pkcs11:token=the%20token;object=client;type=private?pin-source=file:/etc/pin&module-path=/usr/lib/"
      "m.so");
  ASSERT_TRUE(uri.has_value()) << uri.error().message;
  EXPECT_EQ(*uri, (KeyUri{.kind = KeyUri::Kind::kPkcs11,
                          .object = "pkcs11:token=the%20token;object=client;type=private",
                          .pin_source = "/etc/pin",
                          .module_path = "/usr/lib/m.so"}));
  EXPECT_EQ(ParseKeyUri("pkcs11:id=%01?pin-source=file:///etc/pin")->pin_source, "/etc/pin");
  EXPECT_EQ(ParseKeyUri("pkcs11:id=%01")->object, "pkcs11:id=%01;type=private");
}

TEST(KeyUriTest, APinInTheUriIsRefusedAndNotQuoted) {
  for (const char* text : {"pkcs11:object=a?pin-value=918273", "pkcs11:object=a;pin-value=918273",
                           "pkcs11:object=a?x=pin-value=918273", "pkcs11:object=a?PIN-VALUE=918273",
                           "pkcs11:object=a?pin-source=file:/p&pin-value=918273"}) {
    const std::string error = ErrorOf(text);
    EXPECT_NE(error.find("pin-source=file:"), std::string::npos) << text;
    EXPECT_EQ(error.find("918273"), std::string::npos) << text;
  }
}

TEST(KeyUriTest, NoErrorQuotesWhatItWasGiven) {
  for (const char* text :
       {"PKCS11:object=918273", "pkcs11:918273", "pkcs11:object=a?pin-source=918273", "handle:918273",
        "pkcs11:object=a?pin=918273", "pkcs11:object=a 918273", "pkcs11:object=a;918273=b"}) {
    EXPECT_NE(ErrorOf(text), "") << text;
    EXPECT_EQ(ErrorOf(text).find("918273"), std::string::npos) << text;
  }
}

TEST(KeyUriTest, WhatIsNoPkcs11UriIsRefused) {
  for (const char* text :
       {"pkcs11:", "pkcs11:token=x", "pkcs11:object", "pkcs11:object=", "pkcs11:=x",
        "pkcs11:object=a;object=b", "pkcs11:object=a;type=public", "pkcs11:object=a;colour=red",
        "pkcs11:object=%4", "pkcs11:object=%zz", "pkcs11:object=a?pin-source=file:pin",
        "pkcs11:object=a?pin-source=/pin", "pkcs11:object=a?pin-source=|cat%20/pin",
        "pkcs11:object=a?module-path=m.so", "pkcs11:object=a?module-path=/m%0aactivate",
        "pkcs11:object=a?module-path=/$m", "pkcs11:object=a?module-name=m",
        "pkcs11:object=a?pin-source=file:/p&pin-source=file:/q", "pkcs11:object=a\n"}) {
    EXPECT_NE(ErrorOf(text), "") << text;
  }
  EXPECT_NE(ErrorOf("pkcs11:object=" + std::string(3000, 'a')), "");
}

TEST(KeyUriTest, AHandleIsAPersistentOne) {
  EXPECT_EQ(ParseKeyUri("handle:0x81010001")->kind, KeyUri::Kind::kTpm);
  EXPECT_EQ(ParseKeyUri("handle:0x81FFFFFF")->object, "handle:0x81FFFFFF");
  for (const char* text :
       {"handle:", "handle:0x80000001", "handle:0x82000000", "handle:0x8101000", "handle:81010001",
        "handle:0x8101000g", "handle:0x81010001?x", "handle:0x810100011"}) {
    EXPECT_NE(ErrorOf(text), "") << text;
  }
}

}  // namespace
}  // namespace cis2::jose
