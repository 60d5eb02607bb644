#include "broker/metrics/metrics.h"

#include <chrono>
#include <prometheus/text_serializer.h>

namespace cis2::metrics {
namespace {

using login::Phase;
using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

// From a decision, milliseconds, to a person who takes as long as they may. One list, so that phases can be added
// up.
const Histogram::BucketBoundaries& Boundaries() {
  static const Histogram::BucketBoundaries seconds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,   2.5,
                                                      5,     10,   20,    30,   60,  90,   120, 180, 300};
  return seconds;
}

constexpr Phase kPhases[] = {Phase::kWaiting,  Phase::kContinued, Phase::kEmergency,
                             Phase::kDeciding, Phase::kCode,      Phase::kRecording};

// As cis2ctl logins has them, but for the last, which no person sees.
std::string Label(Phase phase) {
  return phase == Phase::kRecording ? "recording" : std::string(login::Name(phase));
}

double Seconds(base::Duration d) { return std::chrono::duration<double>(d).count(); }
template <class Time>
double SinceEpoch(Time t) {
  return std::chrono::duration<double>(t.time_since_epoch()).count();
}

Family<Counter>& NewCounter(Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry);
}
Family<Gauge>& NewGauge(Registry& registry, const char* name, const char* help) {
  return BuildGauge().Name(name).Help(help).Register(registry);
}
Family<Histogram>& NewHistogram(Registry& registry, const char* name, const char* help) {
  return BuildHistogram().Name(name).Help(help).Register(registry);
}

// A counter can only be raised; the total is counted elsewhere.
void RaiseTo(Counter& counter, std::uint64_t total) {
  counter.Increment(static_cast<double>(total) - counter.Value());
}

}  // namespace

Metrics::Metrics(const Facts& facts)
    : started_(
          NewCounter(registry_, "cis2_logins_started_total", "Logins that were admitted and shown a link.")),
      ended_(NewCounter(registry_, "cis2_logins_total", "Logins that ended, by outcome and reason.")),
      events_(NewCounter(registry_, "cis2_audit_events_total", "Events that were recorded in the audit.")),
      pages_refused_(NewCounter(registry_, "cis2_pages_refused_total",
                                "Requests of browsers that were turned away, by reason.")),
      audit_failures_(NewCounter(registry_, "cis2_audit_write_failures_total",
                                 "Audit events that could not be written, or were dropped.")),
      login_seconds_(NewHistogram(registry_, "cis2_login_seconds", "From the link to the outcome.")),
      phase_seconds_(
          NewHistogram(registry_, "cis2_login_phase_seconds", "How long logins were in each phase.")),
      exchange_seconds_(NewHistogram(registry_, "cis2_provider_exchange_seconds",
                                     "From the callback to a checked identity, or a refusal.")),
      pending_(NewGauge(registry_, "cis2_logins_pending", "Logins that are going on, by phase.")),
      provider_up_(NewGauge(registry_, "cis2_provider_up",
                            "1 while new logins are admitted as far as the provider goes.")
                       .Add({})),
      provider_keys_(
          NewGauge(registry_, "cis2_provider_keys", "Keys of the provider that may be used now.").Add({})),
      front_connected_(
          NewGauge(registry_, "cis2_front_connected", "1 while the process of the pages is connected.")
              .Add({})),
      provider_fetched_(NewGauge(registry_, "cis2_provider_fetched_time_seconds",
                                 "When discovery document and keys were last fetched.")),
      certificate_ends_(NewGauge(registry_, "cis2_page_certificate_expiry_time_seconds",
                                 "When the certificate of the pages runs out.")) {
  NewGauge(registry_, "cis2_build_info", "1; the version is a label.")
      .Add({{"version", facts.version}})
      .Set(1);
  NewGauge(registry_, "cis2_start_time_seconds", "When the broker started.")
      .Add({})
      .Set(SinceEpoch(facts.started));
  auto& key_made =
      NewGauge(registry_, "cis2_client_key_time_seconds", "When the file of the client key was made.");
  if (facts.client_key_made) {
    key_made.Add({}).Set(SinceEpoch(*facts.client_key_made));
  }
  // Shown from the start with 0: a series that begins with its first failure has no rise to alert on.
  for (const char* sink : {"file", "journal"}) {
    audit_failures_.Add({{"sink", sink}});
  }
  for (const char* result : {"succeeded", "failed"}) {
    exchange_seconds_.Add({{"result", result}}, Boundaries());
  }
  for (const Phase phase : kPhases) {
    phase_seconds_.Add({{"phase", Label(phase)}}, Boundaries());
  }
  for (const audit::EventKind kind :
       {audit::EventKind::kOtherBrowser, audit::EventKind::kNotMe, audit::EventKind::kBreakGlass}) {
    events_.Add({{"event", std::string(audit::Name(kind))}});
  }
}

void Metrics::SetServices(const std::vector<policy::Grant>& grants) {
  services_.clear();
  for (const policy::Grant& grant : grants) {
    for (const std::string& service : grant.services) {
      services_.emplace(policy::ServiceFamily(service));
    }
  }
}

std::string Metrics::ServiceLabel(const std::string& service) const {
  const std::string family(policy::ServiceFamily(service));
  return services_.contains(family) ? family : "other";
}

void Metrics::Began(const std::string& service) {
  started_.Add({{"service", ServiceLabel(service)}}).Increment();
}

void Metrics::Left(Phase phase, base::Duration stayed) {
  phase_seconds_.Add({{"phase", Label(phase)}}, Boundaries()).Observe(Seconds(stayed));
}

void Metrics::Ended(const std::string& service, audit::Outcome outcome, reasons::Reason reason,
                    std::optional<base::Duration> lasted) {
  ended_
      .Add({{"service", ServiceLabel(service)},
            {"outcome", std::string(audit::Name(outcome))},
            {"reason", std::string(reasons::Id(reason))}})
      .Increment();
  if (lasted) {
    login_seconds_.Add({{"outcome", std::string(audit::Name(outcome))}}, Boundaries())
        .Observe(Seconds(*lasted));
  }
}

void Metrics::Write(const audit::Event& event) {
  events_.Add({{"event", std::string(audit::Name(event.kind))}}).Increment();
}

void Metrics::WriteDurably(const audit::Event& event, std::function<void(bool)> done) {
  Write(event);
  done(false);  // a count is no record
}

void Metrics::Exchanged(bool succeeded, base::Duration took) {
  exchange_seconds_.Add({{"result", succeeded ? "succeeded" : "failed"}}, Boundaries())
      .Observe(Seconds(took));
}

void Metrics::PageRefused(reasons::Reason reason) {
  pages_refused_.Add({{"reason", std::string(reasons::Id(reason))}}).Increment();
}

void Metrics::Show(const Snapshot& now) {
  for (const Phase phase : kPhases) {
    pending_.Add({{"phase", Label(phase)}}).Set(0);
  }
  for (const Phase phase : now.pending) {
    pending_.Add({{"phase", Label(phase)}}).Increment();
  }
  provider_up_.Set(now.provider_up ? 1 : 0);
  provider_keys_.Set(static_cast<double>(now.provider_keys));
  if (now.provider_fetched) {
    provider_fetched_.Add({}).Set(SinceEpoch(*now.provider_fetched));
  }
  if (now.page_certificate_ends) {
    certificate_ends_.Add({}).Set(SinceEpoch(*now.page_certificate_ends));
  }
  front_connected_.Set(now.front_connected ? 1 : 0);
  RaiseTo(audit_failures_.Add({{"sink", "file"}}), now.audit_file_failures);
  RaiseTo(audit_failures_.Add({{"sink", "journal"}}), now.audit_journal_failures);
}

std::string Metrics::Text(const Snapshot& now) {
  Show(now);
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace cis2::metrics
