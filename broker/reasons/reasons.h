// The stable list of reasons, and the type of a refusal.
//
// A Refusal is an outcome, not an error: the login ends, the operator is told the reason's sentence, the
// administrator's line gets the detail. The list is list.inc; its ids are an interface.
#ifndef CIS2_BROKER_REASONS_REASONS_H_
#define CIS2_BROKER_REASONS_REASONS_H_

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cis2::reasons {

enum class Reason : std::uint8_t {
#define X(name, id, operator_text, administrator_text) name,
#include "broker/reasons/list.inc"
#undef X
};

// "levels.aal_too_low". Never empty.
std::string_view Id(Reason reason);
std::optional<Reason> FromId(std::string_view id);
std::string_view AdministratorText(Reason reason);

// Values for the {names} in an operator's sentence, such as {"server_aal", "3"}. Printable ASCII only.
using Args = std::map<std::string, std::string>;
// `text` with `args` filled in. A name without a value stays out, never shows as {name}.
std::string FillIn(std::string_view text, const Args& args);
// The operator's sentence in English. What operators are shown comes from texts::Sentence.
std::string OperatorText(Reason reason, const Args& args = {});

struct Refusal {
  Reason reason = Reason::kLoginInternal;
  std::string detail;  // for the administrator's line: printable, no secret, may be empty
  Args args;
};

// A value, or why the login is refused.
template <class T>
class [[nodiscard]] Checked : public std::expected<T, Refusal> {
 public:
  using std::expected<T, Refusal>::expected;
};

inline std::unexpected<Refusal> Refuse(Reason reason, std::string detail = {}, Args args = {}) {
  return std::unexpected<Refusal>(Refusal{reason, std::move(detail), std::move(args)});
}

}  // namespace cis2::reasons

#endif  // CIS2_BROKER_REASONS_REASONS_H_
