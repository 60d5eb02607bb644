#include "broker/ctl/doctor/check_broker.h"

#include "broker/ctl/doctor/settings.h"
#include "tests/unit/broker/ctl/doctor/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl::doctor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr FileState Roots(std::uint32_t mode) {
  return {.exists = true, .uid = 0, .mode = mode, .written = 1000};
}

class CheckBrokerTest : public testing::Test {
 protected:
  CheckBrokerTest() {
    config_.provider.issuer = "https://issuer.example:443/x";
    facts_.status =
        base::Json{{"version", "0.1.0"},
                   {"front", "connected"},
                   {"provider", {{"issuer", "https://issuer.example:443/x"}, {"state", "present"}}}};
    facts_.version = "0.1.0";
    facts_.pam_socket = facts_.control_socket = Roots(0600);
    facts_.front_socket = {.exists = true, .uid = 110, .mode = 0600, .written = 1000};
    facts_.folder = Roots(0755);
    facts_.front_uid = 110;
    facts_.started = 2000;
    facts_.configuration_written = 1000;
  }
  std::vector<std::string> Judged() { return Ids(JudgeBroker(config_, facts_)); }

  config::Config config_;
  BrokerFacts facts_;
};

TEST_F(CheckBrokerTest, ABrokerThatRunsIsFine) { EXPECT_THAT(Judged(), IsEmpty()); }

TEST_F(CheckBrokerTest, ABrokerThatDoesNotAnswer) {
  facts_.status = std::nullopt;
  facts_.no_answer = "cis2-brokerd does not answer";
  EXPECT_THAT(Judged(), ElementsAre("problem broker.down"));
}

TEST_F(CheckBrokerTest, WhatItSaysOfItself) {
  (*facts_.status)["version"] = "0.0.9";
  EXPECT_THAT(Judged(), ElementsAre("problem broker.version"));
  (*facts_.status)["version"] = "0.1.0";
  (*facts_.status)["front"] = "absent";
  EXPECT_THAT(Judged(), ElementsAre("problem broker.front_absent"));
  (*facts_.status)["front"] = "connected";
  (*facts_.status)["provider"]["state"] = "away";
  EXPECT_THAT(Judged(), ElementsAre("problem broker.provider_away"));
}

TEST_F(CheckBrokerTest, AConfigurationThatItHasNotRead) {
  facts_.configuration_written = 2001;
  EXPECT_THAT(Judged(), ElementsAre("advice broker.configuration_newer"));
  facts_.configuration_written = 1000;
  config_.provider.issuer = "https://other.example";
  EXPECT_THAT(Judged(), ElementsAre("advice broker.configuration_newer"));
}

TEST_F(CheckBrokerTest, SocketsThatOthersMayUse) {
  facts_.pam_socket.mode = 0666;
  EXPECT_EQ(MendOf(JudgeBroker(config_, facts_), "broker.socket").command,
            "chown root: /run/cis2-broker/pam.sock && chmod 0600 /run/cis2-broker/pam.sock");
  facts_.pam_socket = {.exists = true, .uid = 1000, .mode = 0600, .written = 0};
  facts_.front_socket.uid = 0;
  EXPECT_THAT(Judged(), ElementsAre("problem broker.socket", "problem broker.socket"));
  facts_.pam_socket = facts_.front_socket = {};
  EXPECT_THAT(Judged(), IsEmpty()) << "without systemd the front has no socket";
  facts_.folder.mode = 0775;
  EXPECT_EQ(MendOf(JudgeBroker(config_, facts_), "broker.folder").command,
            "chown root: /run/cis2-broker && chmod 0755 /run/cis2-broker");
}

TEST(CheckConfigurationTest, EveryProblemIsOne) {
  EXPECT_THAT(
      Ids(JudgeConfiguration({{{"broker.toml", 2, 1}, "unknown key"}}, {"no grant"}, {"_cis2-front"})),
      ElementsAre("problem config.problem", "problem config.user", "advice config.advice"));
  EXPECT_THAT(Ids(JudgeConfiguration({}, {}, {})), IsEmpty());
}

class CheckKeyTest : public testing::Test {
 protected:
  CheckKeyTest() {
    facts_.file = Roots(0600);
    facts_.now = 1000 + 10L * 24 * 3600;
  }
  std::vector<std::string> Judged() { return Ids(JudgeKey(config_, facts_)); }

  config::Config config_;
  KeyFacts facts_;
};

TEST_F(CheckKeyTest, AKeyThatWorksIsFine) { EXPECT_THAT(Judged(), IsEmpty()); }

TEST_F(CheckKeyTest, FilesAndWhatTheyHold) {
  facts_.problem = "the key does not fit";
  EXPECT_THAT(Judged(), ElementsAre("problem key.unusable"));
  facts_.file.mode = 0640;
  EXPECT_EQ(MendOf(JudgeKey(config_, facts_), "key.permissions").command,
            "chown root: '/etc/cis2-broker/client-key.pem' && chmod 0600 '/etc/cis2-broker/client-key.pem'");
  facts_.file = {};
  EXPECT_EQ(MendOf(JudgeKey(config_, facts_), "key.missing"), Command("cis2ctl keygen"));
  facts_.is_file = false;
  EXPECT_THAT(Judged(), ElementsAre("problem key.unusable")) << "a key in a token has no file";
}

TEST_F(CheckKeyTest, ASecretIsAFileToo) {
  config_.provider.client_auth = config::ClientAuth::kClientSecretBasic;
  config_.provider.client_secret_file = "/etc/cis2-broker/secret";
  facts_.file.mode = 0644;
  EXPECT_THAT(Judged(), ElementsAre("problem key.permissions"));
  facts_.file.exists = false;
  EXPECT_THAT(Judged(), ElementsAre("problem key.missing"));
}

TEST_F(CheckKeyTest, OldKeysAndHalfRotations) {
  facts_.now = 1000 + 367L * 24 * 3600;
  EXPECT_EQ(MendOf(JudgeKey(config_, facts_), "key.old"), Command("cis2ctl rotate prepare"));
  facts_.next = {.exists = true, .uid = 0, .mode = 0600, .written = facts_.now - 3600};
  EXPECT_THAT(Judged(), IsEmpty()) << "being replaced";
  facts_.next.written -= 3 * 24 * 3600L;
  EXPECT_EQ(MendOf(JudgeKey(config_, facts_), "key.rotation"), Command("cis2ctl rotate switch"));
  facts_.previous = Roots(0600);
  EXPECT_EQ(MendOf(JudgeKey(config_, facts_), "key.rotation"), Command("cis2ctl rotate finish --yes"));
}

TEST(SettingTest, ReplacesTheLineOrAddsADropIn) {
  const config::Config config = Configured("[provider]\nca_file = \"/x\"\n");
  EXPECT_EQ(Setting(config, "provider.ca_file", Quoted("a\"b")),
            Replace("/etc/cis2-broker/broker.toml", 2, "ca_file = \"a\\\"b\"", kRestartBroker));
  const Mend added = Setting(config, "host.sshd_login_grace", Quoted("5m"));
  EXPECT_EQ(added, Append("/etc/cis2-broker/broker.d/90-local.toml", "host.sshd_login_grace = \"5m\"",
                          kRestartBroker));
  // The loader takes that line.
  EXPECT_EQ(Configured(added.line + "\n").host.sshd_login_grace, std::chrono::minutes{5});
}

TEST(SettingTest, LifetimesAreByServiceFamilyAndDefault) {
  const config::Host host;
  EXPECT_EQ(LifetimeOf(host, "sudo-i"), std::chrono::seconds{240});
  EXPECT_EQ(LifetimeOf(host, "login"), std::chrono::seconds{55});
  EXPECT_EQ(LifetimeOf(host, "sshd"), std::chrono::seconds{110});
}

}  // namespace
}  // namespace cis2::ctl::doctor
