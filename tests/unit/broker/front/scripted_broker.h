// A broker for tests of the site: keeps what it was asked, answers with what a test told it to.
#ifndef CIS2_TESTS_UNIT_BROKER_FRONT_SCRIPTED_BROKER_H_
#define CIS2_TESTS_UNIT_BROKER_FRONT_SCRIPTED_BROKER_H_

#include "broker/front/broker.h"

#include <optional>
#include <utility>
#include <vector>

namespace cis2::tests {

class ScriptedBroker final : public front::Broker {
 public:
  void Ask(front_wire::ToBroker request, Done done) override {
    asked.push_back(std::move(request));
    done(reply);
  }
  [[nodiscard]] bool connected() const override { return is_connected; }

  template <class Message>
  [[nodiscard]] const Message& Last() const {
    return std::get<Message>(asked.back());
  }

  std::vector<front_wire::ToBroker> asked;
  std::optional<front_wire::ToFront> reply;
  bool is_connected = true;
};

}  // namespace cis2::tests

#endif  // CIS2_TESTS_UNIT_BROKER_FRONT_SCRIPTED_BROKER_H_
