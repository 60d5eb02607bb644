// The store of the emergency codes, and what somebody types for one: breakglass::Decode, ParseCode.
//
// Invariant: what is read is written back and read the same; no id is there twice, no hash costs more than is
// bearable, and time arithmetic holds for whatever times stand there. What is typed has one spelling.
#include "broker/breakglass/ledger.h"
#include "tests/fuzz/target.h"

#include <set>

namespace cis2::fuzz {
namespace {

constexpr breakglass::Time kNow{std::chrono::seconds{1'790'000'000}};

void CheckTyped(std::string_view typed) {
  const auto code = breakglass::ParseCode(typed);
  if (!code) {
    return;
  }
  Require(breakglass::IsCodeId(code->id), "the id is one");
  const base::Secret written = breakglass::FormatCode(*code);
  const auto again = breakglass::ParseCode(written.Reveal());
  Require(again && again->id == code->id && again->secret.Reveal() == code->secret.Reveal(),
          "a code has one spelling");
}

void CheckLedger(breakglass::Ledger ledger) {
  std::set<std::string> ids;
  for (const breakglass::Entry& entry : ledger) {
    Require(breakglass::IsCodeId(entry.id) && ids.insert(entry.id).second, "each id stands once");
    Require(!entry.account.empty(), "each code is some account's");
    Require(breakglass::IsBearable(entry.hash.cost), "each hash can be afforded");
    Require(breakglass::HasReadyCode(ledger, entry.account, kNow) ||
                breakglass::StateOf(entry, kNow) != breakglass::State::kReady,
            "a ready code is found by its account");
  }
  Require(breakglass::Decode(breakglass::Encode(ledger)) == ledger, "what is written is read the same");
  breakglass::Forget(ledger, kNow);
  Require(ledger.size() <= ids.size(), "nothing is made by forgetting");
}

}  // namespace

Judgement Judge(std::string_view input) {
  CheckTyped(input);
  auto ledger = breakglass::Decode(input);
  if (!ledger) {
    return Judgement::kRefused;
  }
  CheckLedger(*std::move(ledger));
  return Judgement::kAccepted;
}

}  // namespace cis2::fuzz
