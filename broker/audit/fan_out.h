// One sink over several: the first is the one that a durable event waits for, the others get copies. A
// durable event that the first could not keep is not copied either: what becomes of the login it allowed is
// for the caller to say, who records that in its turn.
#ifndef CIS2_BROKER_AUDIT_FAN_OUT_H_
#define CIS2_BROKER_AUDIT_FAN_OUT_H_

#include "broker/audit/sink.h"

#include <utility>
#include <vector>

namespace cis2::audit {

class FanOut final : public Sink {
 public:
  // Borrows the sinks, at least one, for its own lifetime.
  explicit FanOut(std::vector<Sink*> sinks) : sinks_(std::move(sinks)) {}

  void Write(const Event& event) override;
  void WriteDurably(const Event& event, std::function<void(bool)> done) override;

 private:
  std::vector<Sink*> sinks_;
};

}  // namespace cis2::audit

#endif  // CIS2_BROKER_AUDIT_FAN_OUT_H_
