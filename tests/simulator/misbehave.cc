#include "tests/simulator/misbehave.h"

#include "tests/simulator/jws.h"
#include "tests/simulator/misbehave_rows.h"

#include <algorithm>
#include <utility>

namespace cis2::simulator {
namespace {

std::vector<Misbehaviour> Joined() {
  std::vector<Misbehaviour> rows;
  for (const auto& part : {DiscoveryRows(), KeyRows(), CallbackRows(), TokenRows(), IdTokenFormRows(),
                           IdTokenClaimRows(), UserinfoRows()}) {
    rows.insert(rows.end(), part.begin(), part.end());
  }
  return rows;
}

}  // namespace

std::string JwsDraft::Sign() const {
  return SignCompact(header_text.empty() ? Text(header) : header_text,
                     payload.empty() ? Text(claims) : payload, alg,
                     signer == nullptr ? nullptr : signer->key.get());
}

void CallbackDraft::Set(std::string_view name, std::string value) {
  const auto found = std::ranges::find(parameters, name, &http::FormField::first);
  if (found == parameters.end()) {
    parameters.emplace_back(name, std::move(value));
  } else {
    found->second = std::move(value);
  }
}

std::span<const Misbehaviour> KnownMisbehaviours() {
  static const std::vector<Misbehaviour> rows = Joined();
  return rows;
}

bool Misbehaviours::Set(std::string_view name, unsigned times) {
  const auto rows = KnownMisbehaviours();
  const auto found = std::ranges::find(rows, name, &Misbehaviour::name);
  if (found == rows.end()) {
    return false;
  }
  const Misbehaviour* const row = &*found;
  std::erase_if(active_, [row](const Active& entry) { return entry.row == row; });
  active_.push_back({row, times});
  return true;
}

void ClaimOverrides::ApplyTo(Json& claims) const {
  for (const auto& [name, value] : changes_) {
    if (value) {
      claims[name] = *value;
    } else {
      claims.erase(name);
    }
  }
}

}  // namespace cis2::simulator
