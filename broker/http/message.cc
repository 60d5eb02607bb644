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

std::optional<FormField> ParseField(std::string_view text) {
  const auto equals = text.find('=');
  auto name = DecodeComponent(text.substr(0, equals));
  auto value = DecodeComponent(equals == std::string_view::npos ? "" : text.substr(equals + 1));
  if (!name || !value) {
    return std::nullopt;
  }
  return FormField(std::move(*name), std::move(*value));
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
  std::vector<FormField> fields;
  while (!text.empty()) {
    const auto end = text.find('&');
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (piece.empty()) {
      continue;  // "a=1&&b=2" and a final '&' say nothing
    }
    auto field = ParseField(piece);
    if (!field || fields.size() == max_fields) {
      return std::nullopt;
    }
    fields.push_back(std::move(*field));
  }
  return fields;
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
