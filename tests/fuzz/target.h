// What a fuzz target is: one function that hands a foreign input to the code under test and judges what came
// of it. docs/fuzzing.md lists the targets and how they are run.
//
// A target is linked with libfuzzer.cc (preset fuzz) or with replay.cc (every other build, ctest -L
// fuzz-replay). That nothing crashes is not enough: each target states an invariant and holds it with
// Require(). An input must give the same judgement whenever it is given, so targets take no time and no
// chance from outside.
#ifndef CIS2_TESTS_FUZZ_TARGET_H_
#define CIS2_TESTS_FUZZ_TARGET_H_

#include "broker/base/text.h"
#include "broker/reasons/reasons.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <initializer_list>
#include <iostream>
#include <span>
#include <string>
#include <string_view>

namespace cis2::fuzz {

enum class Judgement { kRefused, kAccepted };

// Every target defines this one.
Judgement Judge(std::string_view input);

inline Judgement AcceptedIf(bool accepted) { return accepted ? Judgement::kAccepted : Judgement::kRefused; }

// Ends the process when the invariant does not hold, as a sanitizer does.
inline void Require(bool holds, std::string_view invariant) {
  if (!holds) {
    std::cerr << "invariant broken: " << invariant << '\n';
    std::abort();
  }
}

inline bool IsPrintable(std::string_view s) {
  return std::ranges::all_of(s, [](char c) { return c >= 0x20 && c < 0x7f; });
}

// A refusal gives one of the reasons that its function documents, and a detail that a log may carry.
inline void RequireRefusal(const reasons::Refusal& refusal,
                           std::initializer_list<reasons::Reason> documented) {
  Require(std::ranges::find(documented, refusal.reason) != documented.end(),
          "the reason is a documented one");
  Require(!reasons::Id(refusal.reason).empty(), "every reason has an id");
  Require(IsPrintable(refusal.detail) && refusal.detail.size() <= 1024, "the detail is short and printable");
  Require(IsPrintable(reasons::OperatorText(refusal.reason, refusal.args)), "the sentence is printable");
}

// The text up to the first newline, taken off `rest`.
inline std::string_view TakeLine(std::string_view& rest) {
  const auto end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

inline std::span<const std::byte> Bytes(std::string_view s) { return std::as_bytes(std::span(s)); }

}  // namespace cis2::fuzz

#endif  // CIS2_TESTS_FUZZ_TARGET_H_
