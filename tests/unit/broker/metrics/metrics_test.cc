#include "broker/metrics/metrics.h"

#include "tests/support/identities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace cis2::metrics {
namespace {

using namespace std::chrono_literals;
using login::Phase;
using reasons::Reason;
using testing::HasSubstr;
using testing::Not;

class MetricsTest : public testing::Test {
 protected:
  MetricsTest() {
    policy::Grant grant = tests::SomeGrant();
    grant.services = {"sshd", "sudo-i"};
    metrics_.SetServices({grant});
  }
  std::string Text() { return metrics_.Text(now_); }

  Metrics metrics_{{.version = "1.2.3",
                    .started = base::WallTime(1'000s),
                    .client_key_made = std::chrono::sys_seconds(2'000s)}};
  Snapshot now_{.page_certificate_ends = std::chrono::sys_seconds(3'000s)};
};

TEST_F(MetricsTest, ALoginIsCountedByServiceOutcomeAndReason) {
  metrics_.Began("sshd");
  metrics_.Ended("sshd", audit::Outcome::kRefused, Reason::kAalTooLow, 40s);
  metrics_.Ended("sshd", audit::Outcome::kRefused, Reason::kAalTooLow, 3s);
  EXPECT_THAT(Text(), HasSubstr("cis2_logins_started_total{service=\"sshd\"} 1\n"));
  EXPECT_THAT(
      Text(),
      HasSubstr("cis2_logins_total{outcome=\"refused\",reason=\"levels.aal_too_low\",service=\"sshd\"} 2\n"));
  EXPECT_THAT(Text(), HasSubstr("cis2_login_seconds_count{outcome=\"refused\"} 2\n"));
  EXPECT_THAT(Text(), HasSubstr("cis2_login_seconds_bucket{outcome=\"refused\",le=\"30\"} 1\n"));
}

TEST_F(MetricsTest, ALoginThatNeverBeganHasNoDuration) {
  metrics_.Ended("sshd", audit::Outcome::kRefused, Reason::kLimitTotal, std::nullopt);
  EXPECT_THAT(Text(), HasSubstr("reason=\"limits.total\",service=\"sshd\"} 1\n"));
  EXPECT_THAT(Text(), Not(HasSubstr("cis2_login_seconds_count")));
}

TEST_F(MetricsTest, AServiceThatNoGrantNamesIsOther) {
  metrics_.Began("sudo");  // of the family of sudo-i
  for (const char* service : {"su", "SSHD", "sshd\"} 9\n", ""}) {
    metrics_.Began(service);
  }
  EXPECT_THAT(Text(), HasSubstr("cis2_logins_started_total{service=\"sudo\"} 1\n"));
  EXPECT_THAT(Text(), HasSubstr("cis2_logins_started_total{service=\"other\"} 4\n"));
  metrics_.SetServices({});
  metrics_.Began("sshd");
  EXPECT_THAT(Text(), HasSubstr("cis2_logins_started_total{service=\"other\"} 5\n"));
}

TEST_F(MetricsTest, PhasesHaveTheirTime) {
  metrics_.Left(Phase::kDeciding, 30ms);
  metrics_.Left(Phase::kRecording, 4ms);
  EXPECT_THAT(Text(), HasSubstr("cis2_login_phase_seconds_bucket{phase=\"checking\",le=\"0.05\"} 1\n"));
  EXPECT_THAT(Text(), HasSubstr("cis2_login_phase_seconds_bucket{phase=\"checking\",le=\"0.025\"} 0\n"));
  EXPECT_THAT(Text(), HasSubstr("cis2_login_phase_seconds_count{phase=\"recording\"} 1\n"));
}

TEST_F(MetricsTest, PendingIsWhatIsPendingNow) {
  now_.pending = {Phase::kWaiting, Phase::kWaiting, Phase::kCode};
  EXPECT_THAT(Text(), HasSubstr("cis2_logins_pending{phase=\"waiting\"} 2\n"));
  EXPECT_THAT(Text(), HasSubstr("cis2_logins_pending{phase=\"code\"} 1\n"));
  now_.pending = {};
  EXPECT_THAT(Text(), HasSubstr("cis2_logins_pending{phase=\"waiting\"} 0\n"));
}

TEST_F(MetricsTest, TheProviderIsUpOrNot) {
  EXPECT_THAT(Text(), HasSubstr("cis2_provider_up 0\n"));
  EXPECT_THAT(Text(), Not(HasSubstr("cis2_provider_fetched_time_seconds ")));
  now_ = {.provider_up = true,
          .provider_fetched = base::WallTime(4'000s),
          .provider_keys = 2,
          .front_connected = true};
  EXPECT_THAT(Text(), HasSubstr("cis2_provider_up 1\n"));
  EXPECT_THAT(Text(), HasSubstr("cis2_provider_fetched_time_seconds 4000\n"));
  EXPECT_THAT(Text(), HasSubstr("cis2_provider_keys 2\n"));
  EXPECT_THAT(Text(), HasSubstr("cis2_front_connected 1\n"));
}

TEST_F(MetricsTest, FactsAreThere) {
  for (const char* line :
       {"cis2_build_info{version=\"1.2.3\"} 1\n", "cis2_start_time_seconds 1000\n",
        "cis2_client_key_time_seconds 2000\n", "cis2_page_certificate_expiry_time_seconds 3000\n"}) {
    EXPECT_THAT(Text(), HasSubstr(line));
  }
}

TEST_F(MetricsTest, WhatAlertsWatchIsThereBeforeItHappens) {
  for (const char* line : {"cis2_audit_write_failures_total{sink=\"file\"} 0\n",
                           "cis2_audit_write_failures_total{sink=\"journal\"} 0\n",
                           "cis2_audit_events_total{event=\"login.not_me\"} 0\n",
                           "cis2_audit_events_total{event=\"browser.other_browser\"} 0\n",
                           "cis2_audit_events_total{event=\"login.break_glass\"} 0\n",
                           "cis2_provider_exchange_seconds_count{result=\"failed\"} 0\n"}) {
    EXPECT_THAT(Text(), HasSubstr(line));
  }
}

TEST_F(MetricsTest, FailuresOfTheAuditAreTakenOver) {
  now_.audit_file_failures = 3;
  Text();
  now_.audit_file_failures = 5;
  EXPECT_THAT(Text(), HasSubstr("cis2_audit_write_failures_total{sink=\"file\"} 5\n"));
}

TEST_F(MetricsTest, EventsExchangesAndPagesAreCounted) {
  audit::Event event;
  event.kind = audit::EventKind::kNotMe;
  metrics_.Write(event);
  metrics_.Exchanged(true, 200ms);
  metrics_.PageRefused(Reason::kBrowserTooManyUnknown);
  EXPECT_THAT(Text(), HasSubstr("cis2_audit_events_total{event=\"login.not_me\"} 1\n"));
  EXPECT_THAT(Text(), HasSubstr("cis2_provider_exchange_seconds_count{result=\"succeeded\"} 1\n"));
  EXPECT_THAT(Text(), HasSubstr("cis2_pages_refused_total{reason=\"browser.too_many_unknown\"} 1\n"));
}

// Whatever an event holds, none of it becomes a label.
TEST_F(MetricsTest, NoNameOfAnybodyIsInTheText) {
  audit::Event event;
  event.account = event.sub = event.rhost = event.browser_addr = event.reference = event.detail = "canary";
  metrics_.Write(event);
  metrics_.Began("canary");
  metrics_.Ended("canary", audit::Outcome::kAllowed, Reason::kNone, 1s);
  EXPECT_THAT(Text(), Not(HasSubstr("canary")));
}

// It keeps nothing, so it may not vouch for anything: whoever made it the first sink would let nobody in.
TEST_F(MetricsTest, NothingIsDurableHere) {
  std::optional<bool> kept;
  metrics_.WriteDurably({}, [&](bool ok) { kept = ok; });
  EXPECT_EQ(kept, false);
}

}  // namespace
}  // namespace cis2::metrics
