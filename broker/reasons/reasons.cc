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

std::string FillIn(std::string_view text, const Args& args) {
  std::string filled;
  while (!text.empty()) {
    const auto open = text.find('{');
    filled += text.substr(0, open);
    if (open == std::string_view::npos) {
      break;
    }
    const auto close = text.find('}', open);
    const auto value = args.find(std::string(text.substr(open + 1, close - open - 1)));
    if (value != args.end()) {
      filled += value->second;
    }
    text.remove_prefix(close == std::string_view::npos ? text.size() : close + 1);
  }
  return filled;
}

std::string OperatorText(Reason reason, const Args& args) {
  return FillIn(RowOf(reason).operator_text, args);
}

}  // namespace cis2::reasons
