#include "broker/ctl/doctor/check_confinement.h"

#include "tests/unit/broker/ctl/doctor/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl::doctor {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kLocal = "/etc/apparmor.d/local/cis2-brokerd";
constexpr const char* kLoad =
    "apparmor_parser -r /etc/apparmor.d/cis2-brokerd && systemctl restart cis2-broker.service";

NeededFile File(const char* path, FileUse use = FileUse::kRead) { return {.path = path, .use = use}; }

TEST(FilesOfBrokerTest, EachFileThatTheConfigurationNames) {
  const config::Config config = Configured(R"(
[provider]
client_key = "/srv/client.pem"
client_keys_published = ["/srv/other.pem"]
ca_file = "/srv/ca.pem"
[web]
certificate = "/srv/web.pem"
certificate_key = "/srv/web-key.pem"
[audit]
file = "/srv/audit.jsonl"
[break_glass]
file = "/srv/codes.json"
[[grant]]
name = "a"
services = ["sshd"]
map = "/srv/operators.map"
roles = ["R8000"]
min_ial = 3
min_aal = 3
[[grant]]
name = "b"
services = ["sudo"]
map = "/srv/operators.map"
roles = ["R8000"]
min_ial = 3
min_aal = 3
)");
  EXPECT_THAT(FilesOfBroker(config),
              ElementsAre(File("/srv/client.pem"), File("/srv/other.pem"), File("/srv/ca.pem"),
                          File("/srv/web.pem"), File("/srv/web-key.pem"), File("/srv/operators.map"),
                          File("/srv/audit.jsonl", FileUse::kKeep), File("/srv/codes.json", FileUse::kKeep)));
}

TEST(FilesOfBrokerTest, WhatAKeyInATokenOpens) {
  EXPECT_THAT(FilesOfBroker(Configured("[provider]\nclient_key = \"handle:0x81010001\"\n")),
              Contains(File("/dev/tpmrm0", FileUse::kWrite)));
  const auto files = FilesOfBroker(Configured(
      R"([provider]
client_key = "pkcs11:object=cis2;type=private?pin-source=file:/srv/pin&module-path=/opt/hsm/p11.so")"));
  EXPECT_THAT(files, Contains(File("/opt/hsm/p11.so", FileUse::kMap)));
  EXPECT_THAT(files, Contains(File("/srv/pin")));
  EXPECT_THAT(files, Not(Contains(File("/dev/tpmrm0", FileUse::kWrite))));
}

TEST(FilesOfBrokerTest, TheSecretOfAClientThatHasOne) {
  const auto files = FilesOfBroker(
      Configured("[provider]\nclient_auth = \"client_secret_post\"\nclient_secret_file = \"/srv/secret\"\n"));
  EXPECT_THAT(files, Contains(File("/srv/secret")));
  EXPECT_THAT(files, Not(Contains(File("/etc/cis2-broker/client-key.pem"))));
}

TEST(CheckConfinementTest, ALineForEachFileThatIsRefused) {
  EXPECT_THAT(Ids(JudgeConfinement({})), IsEmpty());
  const Findings findings = JudgeConfinement(
      {File("/srv/operators.map"), File("/opt/hsm/p11.so", FileUse::kMap),
       File("/dev/tpmrm0", FileUse::kWrite), File("/var/log/cis2/audit.jsonl", FileUse::kKeep)});
  EXPECT_THAT(Ids(findings), ElementsAre("problem confinement.apparmor"));
  EXPECT_THAT(findings[0].what,
              HasSubstr("/srv/operators.map, /opt/hsm/p11.so, /dev/tpmrm0, /var/log/cis2/audit.jsonl"));
  EXPECT_EQ(findings[0].mend, Append(kLocal,
                                     "/srv/operators.map r,\n/opt/hsm/p11.so mr,\n/dev/tpmrm0 rw,\n"
                                     "/var/log/cis2/ rwk,\n/var/log/cis2/audit.jsonl* rwk,",
                                     kLoad));
}

TEST(CheckConfinementTest, APathIsNoPattern) {
  EXPECT_EQ(MendOf(JudgeConfinement({File("/srv/our files/a*{b}.map")}), "confinement.apparmor"),
            Append(kLocal, R"("/srv/our files/a\*\{b\}.map" r,)", kLoad));
}

}  // namespace
}  // namespace cis2::ctl::doctor
