#include "broker/http/message.h"

#include "broker/base/text.h"

#include <algorithm>

namespace cis2::http {
namespace {

// A NUL is refused in either spelling: behind C interfaces it would end the value early.
std::optional<std::string> DecodeComponent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+') {
      c = ' ';
    } else if (c == '%') {
      const auto byte = base::PercentByte(text, i);
      if (!byte) {
        return std::nullopt;
      }
      c = *byte;
      i += 2;
    }
    if (c == '\0') {
      return std::nullopt;
    }
    out += c;
  }
  return out;
}

// Reads every field whose name `is_wanted`, at most `max_fields`. Of the others the name alone is looked at.
template <class Predicate>
std::optional<std::vector<FormField>> ReadFields(std::string_view text, std::size_t max_fields,
                                                 Predicate is_wanted) {
  std::vector<FormField> fields;
  while (!text.empty()) {
    const auto end = text.find('&');
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (piece.empty()) {
      continue;  // "a=1&&b=2" and a final '&' say nothing
    }
    const auto equals = piece.find('=');
    auto name = DecodeComponent(piece.substr(0, equals));
    if (!name) {
      return std::nullopt;
    }
    if (!is_wanted(*name)) {
      continue;
    }
    auto value = DecodeComponent(equals == std::string_view::npos ? "" : piece.substr(equals + 1));
    if (!value || fields.size() == max_fields) {
      return std::nullopt;
    }
    fields.emplace_back(std::move(*name), std::move(*value));
  }
  return fields;
}

}  // namespace

std::vector<std::string_view> FindHeaders(const Headers& headers, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [header, value] : headers) {
    if (base::EqualWithoutCase(header, name)) {
      values.emplace_back(value);
    }
  }
  return values;
}

std::optional<std::string_view> FindHeader(const Headers& headers, std::string_view name) {
  const auto values = FindHeaders(headers, name);
  return values.size() == 1 ? std::optional(values.front()) : std::nullopt;
}

std::optional<std::vector<FormField>> ParseForm(std::string_view text, std::size_t max_fields) {
  return ReadFields(text, max_fields, [](std::string_view) { return true; });
}

std::optional<std::vector<FormField>> ParseKnownFields(std::string_view text,
                                                       std::span<const std::string_view> names) {
  return ReadFields(text, kMaxFields,
                    [names](std::string_view name) { return std::ranges::find(names, name) != names.end(); });
}

std::optional<std::optional<std::string>> SingleField(const std::vector<FormField>& fields,
                                                      std::string_view name) {
  std::optional<std::string> found;
  for (const auto& [field, value] : fields) {
    if (field != name) {
      continue;
    }
    if (found) {
      return std::nullopt;
    }
    found = value;
  }
  return std::make_optional(std::move(found));
}

std::string BuildForm(const std::vector<FormField>& fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    form += (form.empty() ? "" : "&") + base::UrlEncode(name) + "=" + base::UrlEncode(value);
  }
  return form;
}

}  // namespace cis2::http
