#include "broker/audit/fan_out.h"

namespace cis2::audit {

void FanOut::Write(const Event& event) {
  for (Sink* sink : sinks_) {
    sink->Write(event);
  }
}

void FanOut::WriteDurably(const Event& event, std::function<void(bool)> done) {
  sinks_.front()->WriteDurably(event, [this, event, done = std::move(done)](bool kept) {
    for (Sink* sink : sinks_) {
      if (kept && sink != sinks_.front()) {
        sink->Write(event);
      }
    }
    done(kept);
  });
}

}  // namespace cis2::audit
