#include "broker/ctl/doctor/check_provider.h"

#include "tests/unit/broker/ctl/doctor/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl::doctor {
namespace {

using reasons::Reason;
using testing::ElementsAre;
using testing::IsEmpty;

class CheckProviderTest : public testing::Test {
 protected:
  CheckProviderTest() {
    facts_.tls.stage = TlsStage::kDone;
    facts_.tls.trusted = facts_.tls.names_host = true;
  }
  std::vector<std::string> Judged(Reason reason) {
    facts_.refusal = reasons::Refusal{.reason = reason, .detail = "why", .args = {}};
    return Ids(JudgeProvider(config_, facts_));
  }

  config::Config config_ = Configured("[provider]\nissuer = \"https://id.example:443/x\"\n");
  ProviderFacts facts_;
};

TEST_F(CheckProviderTest, WhatTheBrokerTakesIsFine) {
  facts_.tls.names_host = false;  // our own look is there to say why, not whether
  EXPECT_THAT(Ids(JudgeProvider(config_, facts_)), IsEmpty());
}

TEST_F(CheckProviderTest, EachStepOfTheWayHasItsFinding) {
  for (const auto& [stage, id] : {std::pair{TlsStage::kName, "problem provider.name"},
                                  std::pair{TlsStage::kConnect, "problem provider.unreachable"},
                                  std::pair{TlsStage::kHandshake, "problem provider.tls"}}) {
    facts_.tls.stage = stage;
    facts_.tls.failure = "why";
    EXPECT_THAT(Judged(Reason::kProviderUnavailable), ElementsAre(id));
  }
  config_.provider.proxy = "http://proxy.example:3128";
  facts_.tls.stage = TlsStage::kProxy;
  EXPECT_THAT(Judged(Reason::kProviderUnavailable), ElementsAre("problem provider.proxy"));
}

TEST_F(CheckProviderTest, Certificates) {
  facts_.tls.names_host = false;
  EXPECT_THAT(Judged(Reason::kProviderUnavailable), ElementsAre("problem provider.certificate_name"));
  facts_.tls.trusted = false;
  EXPECT_THAT(Judged(Reason::kProviderUnavailable), ElementsAre("problem provider.certificate_chain"));
  EXPECT_EQ(MendOf(JudgeProvider(config_, facts_), "provider.certificate_chain").line,
            "provider.ca_file = \"/etc/cis2-broker/provider-ca.pem\"");
  facts_.trusted_by_system = true;
  EXPECT_EQ(MendOf(JudgeProvider(config_, facts_), "provider.certificate_chain").line,
            "provider.ca_file = \"\"");
  facts_.tls.expired = true;
  EXPECT_THAT(Judged(Reason::kProviderUnavailable), ElementsAre("problem provider.certificate_expired"));
}

TEST_F(CheckProviderTest, Documents) {
  EXPECT_THAT(Judged(Reason::kProviderUnavailable), ElementsAre("problem provider.document"));
  EXPECT_THAT(Judged(Reason::kDiscoveryMalformed), ElementsAre("problem provider.document"));
  EXPECT_THAT(Judged(Reason::kDiscoveryEndpoint), ElementsAre("problem provider.endpoint"));
  EXPECT_THAT(Judged(Reason::kJwksMalformed), ElementsAre("problem provider.keys"));
  facts_.issuer_found = "https://id.example/x";
  EXPECT_THAT(Judged(Reason::kDiscoveryIssuerMismatch), ElementsAre("problem provider.issuer"));
  EXPECT_EQ(MendOf(JudgeProvider(config_, facts_), "provider.issuer").line,
            "issuer = \"https://id.example/x\"");
}

}  // namespace
}  // namespace cis2::ctl::doctor
