// The numbers of a running broker, in the text format of Prometheus. docs/metrics.md lists and explains them.
//
// Labels have values from fixed lists alone: outcomes, reasons, events, phases, and the services that grants name
// ("other" for every further one). Never the name of a person, an account or an address: whoever may read the
// numbers learns nothing of them, and no stranger can make more series. I/O thread only.
#ifndef CIS2_BROKER_METRICS_METRICS_H_
#define CIS2_BROKER_METRICS_METRICS_H_

#include "broker/audit/sink.h"
#include "broker/base/clock.h"
#include "broker/login/watcher.h"
#include "broker/policy/policy.h"
#include "broker/reasons/reasons.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <set>
#include <string>
#include <vector>

namespace cis2::metrics {

// What does not change while the broker runs.
struct Facts {
  std::string version;
  base::WallTime started{};
  std::optional<std::chrono::sys_seconds> client_key_made;  // nothing for a key in hardware and for a secret
};

// What is looked up at each scrape.
struct Snapshot {
  std::vector<login::Phase> pending = {};  // of each pending login
  bool provider_up = false;
  std::optional<base::WallTime> provider_fetched = {};  // discovery and keys, the last time that both were
  std::size_t provider_keys = 0;
  bool front_connected = false;
  std::optional<std::chrono::sys_seconds> page_certificate_ends = {};
  std::uint64_t audit_file_failures = 0, audit_journal_failures = 0;
};

class Metrics final : public login::Watcher, public audit::Sink {
 public:
  explicit Metrics(const Facts& facts);

  // Which services have a name of their own in labels; again after the grants were reloaded.
  void SetServices(const std::vector<policy::Grant>& grants);

  // login::Watcher
  void Began(const std::string& service) override;
  void Left(login::Phase phase, base::Duration stayed) override;
  void Ended(const std::string& service, audit::Outcome outcome, reasons::Reason reason,
             std::optional<base::Duration> lasted) override;

  // audit::Sink: counts what is recorded. Behind another in a FanOut, since it keeps nothing.
  void Write(const audit::Event& event) override;
  void WriteDurably(const audit::Event& event, std::function<void(bool)> done) override;

  // One exchange with the provider, from the callback to the checked identity or the refusal.
  void Exchanged(bool succeeded, base::Duration took);
  // A browser was turned away with this reason.
  void PageRefused(reasons::Reason reason);

  // Everything, for a scrape.
  std::string Text(const Snapshot& now);

 private:
  [[nodiscard]] std::string ServiceLabel(const std::string& service) const;
  void Show(const Snapshot& now);

  std::set<std::string> services_;  // families
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>&started_, &ended_, &events_, &pages_refused_, &audit_failures_;
  prometheus::Family<prometheus::Histogram>&login_seconds_, &phase_seconds_, &exchange_seconds_;
  prometheus::Family<prometheus::Gauge>& pending_;
  prometheus::Gauge &provider_up_, &provider_keys_, &front_connected_;
  prometheus::Family<prometheus::Gauge>&provider_fetched_, &certificate_ends_;
};

}  // namespace cis2::metrics

#endif  // CIS2_BROKER_METRICS_METRICS_H_
