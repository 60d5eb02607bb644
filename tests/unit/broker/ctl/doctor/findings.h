// What tests of the checks say about findings.
#ifndef CIS2_TESTS_UNIT_BROKER_CTL_DOCTOR_FINDINGS_H_
#define CIS2_TESTS_UNIT_BROKER_CTL_DOCTOR_FINDINGS_H_

#include "broker/config/load.h"
#include "broker/ctl/doctor/finding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cis2::ctl::doctor {

// "problem sshd.use_pam", "advice pam.nullok", in their order.
inline std::vector<std::string> Ids(const Findings& findings) {
  std::vector<std::string> ids;
  for (const Finding& finding : findings) {
    ids.push_back((finding.severity == Severity::kProblem ? "problem " : "advice ") + finding.id);
    EXPECT_FALSE(finding.what.empty()) << finding.id;
    EXPECT_FALSE(finding.why.empty()) << finding.id;
    EXPECT_NE(finding.mend, Mend()) << finding.id;
  }
  return ids;
}

inline Mend MendOf(const Findings& findings, const std::string& id) {
  for (const Finding& finding : findings) {
    if (finding.id == id) {
      return finding.mend;
    }
  }
  ADD_FAILURE() << "no finding " << id;
  return {};
}

// A configuration by its text; the rest are defaults.
inline config::Config Configured(const std::string& text) {
  auto loaded = config::LoadText(text, "/etc/cis2-broker/broker.toml");
  EXPECT_TRUE(loaded.has_value());
  config::Config config = loaded ? *std::move(loaded) : config::Config();
  config.places[""] = {"/etc/cis2-broker/broker.toml", 0, 0};
  return config;
}

}  // namespace cis2::ctl::doctor

#endif  // CIS2_TESTS_UNIT_BROKER_CTL_DOCTOR_FINDINGS_H_
