// broker.toml: config::LoadText, config::CheckRules and config::Advice.
//
// Invariant: every problem has a place and a printable sentence, and one text always gives the same problems.
// What is accepted holds the floors of profile cis2.
#include "broker/config/check.h"
#include "broker/config/load.h"
#include "tests/fuzz/target.h"

#include <algorithm>

namespace cis2::fuzz {
namespace {

constexpr const char* kFile = "broker.toml";

void CheckProblems(const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    Require(!problem.message.empty() && IsPrintable(problem.message), "a problem is a printable sentence");
    Require(problem.place.line >= 0 && problem.place.column >= 0, "a place is in the file");
    Require(!config::Format(problem).empty(), "a problem can be shown");
  }
}

bool SameProblems(const std::vector<config::Problem>& a, const std::vector<config::Problem>& b) {
  return std::ranges::equal(a, b, {}, config::Format, config::Format);
}

void CheckAccepted(const config::Config& config) {
  Require(config.provider.issuer.starts_with("https://"), "an issuer is there");
  Require(!config.provider.client_id.empty(), "a client id is there");
  Require(config.web.public_url.starts_with("https://") && config.web.public_url.size() <= 65,
          "a public URL fits into the QR code");
  Require(config.provider.max_age > config::seconds(0), "a sign-in has an age");
  for (const policy::Grant& grant : config.grants) {
    Require(!grant.name.empty(), "a grant has a name");
  }
}

}  // namespace

Judgement Judge(std::string_view input) {
  const std::string text(input);
  const auto loaded = config::LoadText(text, kFile);
  if (!loaded) {
    Require(!loaded.error().empty(), "a refusal has a problem");
    CheckProblems(loaded.error());
    const auto again = config::LoadText(text, kFile);
    Require(!again && SameProblems(again.error(), loaded.error()), "the same problems every time");
    return Judgement::kRefused;
  }
  const auto problems = config::CheckRules(*loaded);
  CheckProblems(problems);
  for (const std::string& advice : config::Advice(*loaded)) {
    Require(!advice.empty() && IsPrintable(advice), "advice is a printable sentence");
  }
  if (!problems.empty()) {
    return Judgement::kRefused;
  }
  CheckAccepted(*loaded);
  return Judgement::kAccepted;
}

}  // namespace cis2::fuzz
