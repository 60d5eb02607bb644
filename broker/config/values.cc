#include "broker/config/values.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>

namespace cis2::config {
namespace {

constexpr std::int64_t kYear = 366LL * 24 * 3600;

// A decimal number without sign, blanks or leading zeros.
std::optional<std::int64_t> ParseNumber(std::string_view text, std::int64_t max) {
  if (text.empty() || text.size() > 10 || text[0] < '0' || text[0] > '9' ||
      (text.size() > 1 && text[0] == '0')) {
    return std::nullopt;
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number <= max ? std::optional(number)
                                                                                   : std::nullopt;
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  const auto number = ParseNumber(text, 65535);
  return number && *number > 0 ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
}

bool IsNumeric(int family, std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
    return false;
  }
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(family, std::string(text).c_str(), bytes.data()) == 1;
}

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// RFC 1123 section 2.1; an IPv4 address is of this form too.
bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > 253) {
    return false;
  }
  while (true) {
    const auto label = host.substr(0, host.find('.'));
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-' ||
        !std::all_of(label.begin(), label.end(), [](char c) { return IsLetterOrDigit(c) || c == '-'; })) {
      return false;
    }
    if (label.size() == host.size()) {
      return true;
    }
    host.remove_prefix(label.size() + 1);
  }
}

bool IsUrlHost(std::string_view host) {
  if (host.starts_with('[')) {
    return host.ends_with(']') && IsNumeric(AF_INET6, host.substr(1, host.size() - 2));
  }
  return IsHostName(host);
}

// Where "host:port" is cut; npos without a port.
std::size_t PortColon(std::string_view authority) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  return colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)
             ? colon
             : std::string_view::npos;
}

// How many letters must be changed, left out, put in or swapped with the next one.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::optional<std::chrono::seconds> ParseDuration(std::string_view text) {
  if (text.empty()) {
    return std::nullopt;
  }
  const char unit = text.back();
  const std::int64_t factor = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 0;
  const auto number = ParseNumber(text.substr(0, text.size() - 1), kYear);
  if (factor == 0 || !number || *number * factor > kYear) {
    return std::nullopt;
  }
  return std::chrono::seconds{*number * factor};
}

std::string FormatDuration(std::chrono::seconds d) {
  const auto s = d.count();
  if (s != 0 && s % 3600 == 0) {
    return std::to_string(s / 3600) + "h";
  }
  return s != 0 && s % 60 == 0 ? std::to_string(s / 60) + "m" : std::to_string(s) + "s";
}

std::optional<ListenAddress> ParseListenAddress(std::string_view text) {
  const auto colon = PortColon(text);
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const auto port = ParsePort(text.substr(colon + 1));
  std::string_view address = text.substr(0, colon);
  const bool ipv6 = address.starts_with('[') && address.ends_with(']');
  if (ipv6) {
    address = address.substr(1, address.size() - 2);
  }
  if (!port || !IsNumeric(ipv6 ? AF_INET6 : AF_INET, address)) {
    return std::nullopt;
  }
  return ListenAddress{std::string(address), *port, ipv6};
}

bool IsLoopbackListener(std::string_view text) {
  const auto listener = ParseListenAddress(text);
  return listener && (listener->ipv6 ? listener->address == "::1" : listener->address.starts_with("127."));
}

std::optional<Url> ParseUrl(std::string_view text) {
  // Nothing but printable ASCII without blanks: what a URL is made of (RFC 3986 section 2).
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; })) {
    return std::nullopt;
  }
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) {
    return std::nullopt;
  }
  Url url;
  url.scheme = text.substr(0, scheme_end);
  text.remove_prefix(scheme_end + 3);
  const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  text.remove_prefix(authority.size());
  url.path = text.substr(0, text.find_first_of("?#"));
  url.has_query_or_fragment = url.path.size() != text.size();
  const auto colon = PortColon(authority);
  url.host = authority.substr(0, colon);
  if (colon != std::string_view::npos) {
    const auto port = ParsePort(authority.substr(colon + 1));
    if (!port) {
      return std::nullopt;
    }
    url.port = *port;
  }
  // A user name ("user@host") is no host name, so it is refused here.
  return IsUrlHost(url.host) ? std::optional(std::move(url)) : std::nullopt;
}

std::string Nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string nearest;
  std::size_t best = std::max<std::size_t>(1, word.size() / 4) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = EditDistance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& known) {
  const std::string nearest = Nearest(word, known);
  return nearest.empty() ? "" : "; did you mean " + nearest + "?";
}

}  // namespace cis2::config
