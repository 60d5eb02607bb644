// The state of one running simulator that endpoints and control interface share.
//
// Threads: none; both run on one I/O thread.
#ifndef CIS2_TESTS_SIMULATOR_BENCH_H_
#define CIS2_TESTS_SIMULATOR_BENCH_H_

#include "tests/simulator/memory.h"
#include "tests/simulator/misbehave.h"

#include <optional>
#include <string>
#include <string_view>

namespace cis2::simulator {

// The name that stands for "does not sign in", where an operator's name may stand.
inline constexpr std::string_view kDeny = "deny";

// Requests since the start or the last reset.
struct Counters {
  unsigned authorize = 0;
  unsigned token = 0;
  unsigned token_refused = 0;
  unsigned userinfo = 0;
  unsigned discovery = 0;
  unsigned jwks = 0;
};

struct Bench {
  Bench(const base::Clock& clock, base::Random& random) : memory(clock, random) {}

  // Honest again, page shown again, counters at zero. What was remembered stays.
  void Reset() {
    misbehaviours.Reset();
    id_token_overrides.Reset();
    userinfo_overrides.Reset();
    robot.reset();
    counters = {};
  }

  Memory memory;
  Misbehaviours misbehaviours;
  ClaimOverrides id_token_overrides;
  ClaimOverrides userinfo_overrides;
  std::optional<std::string> robot;  // an operator's name or kDeny; nothing: the page is shown
  Counters counters;
};

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_BENCH_H_
