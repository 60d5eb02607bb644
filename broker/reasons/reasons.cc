#include "broker/reasons/reasons.h"

#include <array>

namespace cis2::reasons {
namespace {

struct Row {
  Reason reason;
  std::string_view id;
  std::string_view operator_text;
  std::string_view administrator_text;
};

constexpr std::array kRows = {
#define X(name, id, operator_text, administrator_text) \
  Row{Reason::name, id, operator_text, administrator_text},
#include "broker/reasons/list.inc"
#undef X
};

const Row& RowOf(Reason reason) { return kRows.at(static_cast<std::size_t>(reason)); }

}  // namespace

std::string_view Id(Reason reason) { return RowOf(reason).id; }

std::optional<Reason> FromId(std::string_view id) {
  for (const Row& row : kRows) {
    if (row.id == id) {
      return row.reason;
    }
  }
  return std::nullopt;
}

std::string_view AdministratorText(Reason reason) { return RowOf(reason).administrator_text; }

std::string OperatorText(Reason reason, const Args& args) {
  std::string_view rest = RowOf(reason).operator_text;
  std::string text;
  while (!rest.empty()) {
    const auto open = rest.find('{');
    text += rest.substr(0, open);
    if (open == std::string_view::npos) {
      break;
    }
    const auto close = rest.find('}', open);
    const auto value = args.find(std::string(rest.substr(open + 1, close - open - 1)));
    if (value != args.end()) {
      text += value->second;
    }
    rest.remove_prefix(close == std::string_view::npos ? rest.size() : close + 1);
  }
  return text;
}

}  // namespace cis2::reasons
