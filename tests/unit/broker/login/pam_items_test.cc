#include "broker/login/pam_items.h"

#include <gtest/gtest.h>

namespace cis2::login {
namespace {

TEST(PamItemsTest, TheClientAddressIsThatOfSshOrWhatPamSays) {
  EXPECT_EQ(ClientAddress("192.0.2.7 51000 192.0.2.1 22", "other"), "192.0.2.7");
  EXPECT_EQ(ClientAddress("", "2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(ClientAddress("", "host.example"), "host.example");
  EXPECT_EQ(ClientAddress("", "ho\x1b[2Jst"), "ho\\x1b\\x5b2Jst");
  EXPECT_EQ(ClientAddress("evil\n 1 2 3", "192.0.2.7"), "evil\\x0a");
  EXPECT_EQ(ClientAddress("", "10.0.0.1 (checked)"), "10.0.0.1\\x20\\x28checked\\x29");
  EXPECT_EQ(ClientAddress("", ""), "");
}

TEST(PamItemsTest, ComesFrom) {
  EXPECT_EQ(ComesFrom("192.0.2.7", "ssh", ""), "192.0.2.7");
  EXPECT_EQ(ComesFrom("", "tty1", ""), "this server, tty1");
  EXPECT_EQ(ComesFrom("", "t\x1b[2Jy", ""), "this server, t\\x1b\\x5b2Jy");
  EXPECT_EQ(ComesFrom("", "tty1, called by root", ""), "this server, tty1\\x2c\\x20called\\x20by\\x20root");
  EXPECT_EQ(ComesFrom("", "", ""), "this server");
  EXPECT_EQ(ComesFrom("", "pts/0", "op1"), "this server, pts/0, called by op1");
  EXPECT_EQ(ComesFrom("", "", "op1 (root)"), "this server, called by op1\\x20\\x28root\\x29");
}

// The key and its fingerprint as `ssh-keygen -lf` printed it.
TEST(PamItemsTest, AnAcceptedKeyIsNamedByItsFingerprint) {
  const std::string key = "AAAAC3NzaC1lZDI1NTE5AAAAIJWMRVJVWrenyQKoux0HAqAwSFYY+hQyzf/JfJerOyik";
  EXPECT_EQ(AcceptedKey("publickey ssh-ed25519 " + key + "\n"),
            "publickey ssh-ed25519 SHA256:jn0I2FP3/QF56IW94SoKkBNXajZal6IppmgsXd7daZo");
}

TEST(PamItemsTest, OtherMethodsAndMalformedKeysAreNoKey) {
  EXPECT_EQ(AcceptedKey(""), std::nullopt);
  EXPECT_EQ(AcceptedKey("password\n"), std::nullopt);
  EXPECT_EQ(AcceptedKey("publickey ssh-ed25519 !!!!\n"), std::nullopt);
  EXPECT_EQ(AcceptedKey("publickey\n"), std::nullopt);
}

// What OpenSSL's decoder lets pass: padding alone, padding inside, blanks around, unused bits.
TEST(PamItemsTest, AKeyHasOneSpelling) {
  EXPECT_NE(AcceptedKey("publickey ssh-rsa AAA=\n"), std::nullopt);
  for (const char* key : {"====", "AA==AAA=", "\t\t\t\t", "AAAA\t\t\t\t", "AAB="}) {
    EXPECT_EQ(AcceptedKey("publickey ssh-rsa " + std::string(key) + "\n"), std::nullopt) << key;
  }
}

}  // namespace
}  // namespace cis2::login
