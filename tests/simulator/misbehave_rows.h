// The rows of misbehave.h, one table an artefact, and what they share.
//
// A row is short: its name, its sentence, and a hook as long as its rule. Names begin with the artefact.
// docs/relying-party.md says of each row what it stands for and what a client must do;
// tests/lint/relying_party.py holds that no row is missing there or in tests/system/test_20_misbehaviours.py.
#ifndef CIS2_TESTS_SIMULATOR_MISBEHAVE_ROWS_H_
#define CIS2_TESTS_SIMULATOR_MISBEHAVE_ROWS_H_

#include "tests/simulator/misbehave.h"

#include <span>
#include <string>
#include <string_view>

namespace cis2::simulator {

std::span<const Misbehaviour> DiscoveryRows();
std::span<const Misbehaviour> KeyRows();
std::span<const Misbehaviour> CallbackRows();
std::span<const Misbehaviour> TokenRows();
std::span<const Misbehaviour> IdTokenFormRows();
std::span<const Misbehaviour> IdTokenClaimRows();
std::span<const Misbehaviour> UserinfoRows();

// --- answers in place of an honest one

Answer ServerError();
Answer Hang();
Answer Refused(int status, std::string_view error, std::string_view description);
// 302 to a page that would answer.
Answer RedirectElsewhere();
// 200 with `text` called `content_type`.
Answer TextAnswer(std::string_view content_type, std::string text);

// --- texts that are JSON, or nearly

// `object` with its member `name` twice, both times the same.
std::string WithTwice(const Json& object, std::string_view name);
// `object` with a member that is `text`, byte for byte: what no JSON writer would write.
std::string WithRaw(const Json& object, std::string_view name, std::string_view text);
// Lists in lists, as deep as no honest document is.
std::string_view DeepList();
// `object` with a member so long that the whole has more than `size` bytes.
std::string Padded(const Json& object, std::size_t size);

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_MISBEHAVE_ROWS_H_
