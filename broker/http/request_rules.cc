#include "broker/http/request_rules.h"

#include "broker/base/text.h"

#include <algorithm>

namespace cis2::http {
namespace {

constexpr unsigned kHttp10 = 10;
constexpr unsigned kHttp11 = 11;

bool IsDigits(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsVisibleAscii(char c) { return c > 0x20 && c < 0x7f; }

// RFC 9112 section 3.2: 400 for none with HTTP/1.1, and for more than one always.
bool HostIsRight(unsigned version, const Headers& headers) {
  const std::size_t count = FindHeaders(headers, "Host").size();
  return count == 1 || (count == 0 && version == kHttp10);
}

// RFC 9112 section 6: exactly one way to say where the body ends.
bool FramingIsRight(unsigned version, const Headers& headers) {
  const auto lengths = FindHeaders(headers, "Content-Length");
  const auto codings = FindHeaders(headers, "Transfer-Encoding");
  if (!codings.empty()) {
    return version == kHttp11 && lengths.empty() && codings.size() == 1 &&
           base::EqualWithoutCase(codings[0], "chunked");
  }
  return lengths.empty() || (lengths.size() == 1 && IsDigits(lengths[0]));
}

// "https://host/path" without scheme and authority; "/" when there is no path.
std::optional<std::string_view> WithoutAuthority(std::string_view target) {
  const std::size_t mark = target.find("://");
  if (mark == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view scheme = target.substr(0, mark);
  if (!base::EqualWithoutCase(scheme, "https") && !base::EqualWithoutCase(scheme, "http")) {
    return std::nullopt;
  }
  const std::string_view rest = target.substr(mark + 3);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  if (end == 0) {
    return std::nullopt;
  }
  return rest.substr(end);
}

}  // namespace

std::optional<int> HeadFault(unsigned version, const Headers& headers) {
  if (!HostIsRight(version, headers) || !FramingIsRight(version, headers)) {
    return 400;
  }
  const auto expectations = FindHeaders(headers, "Expect");
  if (!expectations.empty() && !ExpectsContinue(headers)) {
    return 417;
  }
  return std::nullopt;
}

std::optional<Target> ParseTarget(std::string_view target) {
  if (target == "*") {
    return Target{.path = "*", .query = ""};
  }
  if (target.find('#') != std::string_view::npos ||
      !std::all_of(target.begin(), target.end(), IsVisibleAscii)) {
    return std::nullopt;
  }
  std::string_view local = target;
  if (!target.starts_with('/')) {
    const auto rest = WithoutAuthority(target);
    if (!rest) {
      return std::nullopt;
    }
    local = *rest;
  }
  const std::size_t mark = local.find('?');
  Target result{.path = std::string(local.substr(0, mark)), .query = ""};
  if (mark != std::string_view::npos) {
    result.query = local.substr(mark + 1);
  }
  if (result.path.empty()) {
    result.path = "/";
  }
  return result;
}

bool ExpectsContinue(const Headers& headers) {
  const auto expectations = FindHeaders(headers, "Expect");
  return expectations.size() == 1 && base::EqualWithoutCase(expectations[0], "100-continue");
}

bool IsWritableHeader(std::string_view name, std::string_view value) {
  const auto is_token = [](char c) { return IsVisibleAscii(c) && c != ':'; };
  const auto is_value = [](char c) { return IsVisibleAscii(c) || c == ' ' || c == '\t'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_token) &&
         std::all_of(value.begin(), value.end(), is_value);
}

}  // namespace cis2::http
