// The control interface of the simulator: CONTROL.md, for tests alone. No I/O.
//
// Every answer is JSON. What cannot be done is 400 with {"error":"sentence"}.
#ifndef CIS2_TESTS_SIMULATOR_CONTROL_H_
#define CIS2_TESTS_SIMULATOR_CONTROL_H_

#include "broker/base/json.h"
#include "broker/http/message.h"
#include "tests/simulator/answer.h"
#include "tests/simulator/bench.h"

#include <string_view>

namespace cis2::simulator {

class Control {
 public:
  // Borrows `bench` for its own lifetime.
  explicit Control(Bench& bench) : bench_(bench) {}

  Answer Handle(const http::ServerRequest& request);

 private:
  struct Call {
    http::Method method;
    std::string_view path;
    Answer (Control::*answer)(const base::Json& body);  // for GET an empty object
  };
  static const Call kCalls[];

  Answer Robot(const base::Json& body);
  Answer Misbehave(const base::Json& body);
  Answer Claims(const base::Json& body);
  Answer Reset(const base::Json& body);
  Answer Requests(const base::Json& body);
  Answer Secrets(const base::Json& body);
  Answer Known(const base::Json& body);

  Bench& bench_;
};

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_CONTROL_H_
