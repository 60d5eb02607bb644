// Where audit events go. Called on the I/O thread; implementations do slow work elsewhere.
#ifndef CIS2_BROKER_AUDIT_SINK_H_
#define CIS2_BROKER_AUDIT_SINK_H_

#include "broker/audit/event.h"

#include <functional>

namespace cis2::audit {

class Sink {
 public:
  virtual ~Sink() = default;
  // Records the event and does not wait.
  virtual void Write(const Event& event) = 0;
  // Records the event so that it survives a power cut, then calls `done` on the I/O thread, once: true when
  // it is on disk (or durability is switched off), false when it could not be. Never calls `done` inside.
  virtual void WriteDurably(const Event& event, std::function<void(bool)> done) = 0;
};

}  // namespace cis2::audit

#endif  // CIS2_BROKER_AUDIT_SINK_H_
