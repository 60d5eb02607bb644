// The broker as the pages see it. The real one is broker_link.h; tests have a scripted one.
//
// Threads: the I/O thread alone.
#ifndef CIS2_BROKER_FRONT_BROKER_H_
#define CIS2_BROKER_FRONT_BROKER_H_

#include "broker/front/wire/messages.h"

#include <functional>
#include <optional>

namespace cis2::front {

class Broker {
 public:
  // Nothing when there is no answer: not connected, connection lost, too late.
  using Done = std::function<void(std::optional<front_wire::ToFront>)>;

  virtual ~Broker() = default;
  // Sends `request` under an id of its own choice and calls `done` exactly once, at once or later.
  virtual void Ask(front_wire::ToBroker request, Done done) = 0;
  [[nodiscard]] virtual bool connected() const = 0;
};

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_BROKER_H_
