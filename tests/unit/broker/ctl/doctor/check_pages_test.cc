#include "broker/ctl/doctor/check_pages.h"

#include "tests/unit/broker/ctl/doctor/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl::doctor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr long kDay = 24L * 3600;

class CheckPagesTest : public testing::Test {
 protected:
  CheckPagesTest() {
    facts_.addresses = {"192.0.2.1"};
    facts_.own_addresses = {"127.0.0.1", "192.0.2.1"};
    facts_.now = 1000;
    facts_.certificate = {.found = true,
                          .ends = 1000 + 60 * kDay,
                          .fingerprint = "aa",
                          .names_host = true,
                          .trusted = true,
                          .chain_fault = {}};
    facts_.key_file = {.exists = true, .uid = 0, .mode = 0600, .written = 0};
    PortFacts port{.listen = "0.0.0.0:8443", .tls = {}, .status = 200};
    port.tls.stage = TlsStage::kDone;
    port.tls.certificate = facts_.certificate;
    facts_.ports = {port};
  }
  std::vector<std::string> Judged() { return Ids(JudgePages(config_, facts_)); }

  config::Config config_ = Configured("[web]\npublic_url = \"https://server.example:8443\"\n");
  PageFacts facts_;
};

TEST_F(CheckPagesTest, PagesThatAreServedAreFine) {
  EXPECT_THAT(Judged(), IsEmpty());
  EXPECT_EQ(RedirectUri(config_.web), "https://server.example:8443/callback");
}

TEST_F(CheckPagesTest, TheName) {
  facts_.addresses = {"198.51.100.7"};
  const Findings findings = JudgePages(config_, facts_);
  EXPECT_THAT(Ids(findings), ElementsAre("advice pages.elsewhere"));
  EXPECT_EQ(MendOf(findings, "pages.elsewhere").line, "web.trusted_proxies = [\"198.51.100.7\"]");
  config_.web.trusted_proxies = {"198.51.100.7"};
  EXPECT_THAT(Judged(), IsEmpty());
  config_.web.trusted_proxies = {};
  facts_.certificate.names_host = false;
  EXPECT_THAT(Judged(), ElementsAre("advice pages.elsewhere", "advice pages.certificate_name"));
  facts_.addresses = {};
  EXPECT_THAT(Judged(), ElementsAre("problem pages.name", "problem pages.certificate_name"));
}

TEST_F(CheckPagesTest, TheCertificate) {
  facts_.certificate.ends = 1000 + 29 * kDay;
  EXPECT_THAT(Judged(), ElementsAre("advice pages.certificate_ends"));
  facts_.certificate.ends = 1000 + 60 * kDay;
  facts_.certificate.trusted = false;
  EXPECT_THAT(Judged(), ElementsAre("advice pages.certificate_chain"));
  facts_.certificate.names_host = false;
  EXPECT_THAT(Judged(), ElementsAre("problem pages.certificate_name"));
}

TEST_F(CheckPagesTest, FilesThatCannotBeUsed) {
  facts_.file_problems = {"web.certificate: cannot open"};
  facts_.certificate = {};
  EXPECT_THAT(Judged(), ElementsAre("problem pages.file"));
  facts_.key_file.mode = 0644;
  EXPECT_THAT(Judged(), ElementsAre("problem pages.key_permissions"));
}

TEST_F(CheckPagesTest, Ports) {
  facts_.ports[0].tls.certificate.fingerprint = "bb";
  EXPECT_THAT(Judged(), ElementsAre("problem pages.old_certificate"));
  facts_.ports[0].status = 503;
  EXPECT_THAT(Judged(), ElementsAre("problem pages.port"));
  facts_.ports[0].status = 0;
  facts_.ports[0].tls.stage = TlsStage::kConnect;
  facts_.ports[0].tls.failure = "Connection refused";
  EXPECT_THAT(Judged(), ElementsAre("problem pages.port"));
  facts_.ports.clear();
  facts_.ports_differ = "the ports differ";
  EXPECT_THAT(Judged(), ElementsAre("advice pages.ports_differ"));
}

}  // namespace
}  // namespace cis2::ctl::doctor
