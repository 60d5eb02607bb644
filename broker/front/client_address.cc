#include "broker/front/client_address.h"

#include "broker/base/text.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace cis2::front {
namespace {

std::string_view Trim(std::string_view s) {
  while (s.starts_with(' ') || s.starts_with('\t')) {
    s.remove_prefix(1);
  }
  while (s.ends_with(' ') || s.ends_with('\t')) {
    s.remove_suffix(1);
  }
  return s;
}

bool IsTrusted(std::string_view address, const std::vector<policy::Network>& trusted) {
  return std::any_of(trusted.begin(), trusted.end(),
                     [&](const auto& network) { return network.Contains(address); });
}

// "192.0.2.7" of "::ffff:192.0.2.7", so that one client has one spelling.
std::string Unmapped(std::string_view address) {
  const auto bucket = base::AddressBucket(address);
  const bool is_v4 = bucket && bucket->find(':') == std::string::npos;
  return is_v4 ? *bucket : std::string(address);
}

// Every element of every X-Forwarded-For, as the proxies appended them.
std::vector<std::string_view> ForwardedFor(const http::Headers& headers) {
  std::vector<std::string_view> elements;
  for (std::string_view field : http::FindHeaders(headers, "X-Forwarded-For")) {
    while (true) {
      const std::size_t comma = field.find(',');
      elements.push_back(Trim(field.substr(0, comma)));
      if (comma == std::string_view::npos) {
        break;
      }
      field.remove_prefix(comma + 1);
    }
  }
  return elements;
}

}  // namespace

std::string ClientAddress(const http::ServerRequest& request,
                          const std::vector<policy::Network>& trusted_proxies) {
  std::string client = request.peer_address;
  if (!IsTrusted(client, trusted_proxies)) {
    return client;
  }
  const auto elements = ForwardedFor(request.headers);
  for (auto it = elements.rbegin(); it != elements.rend(); ++it) {
    if (!base::IsNumericAddress(*it)) {
      return client;
    }
    client = Unmapped(*it);
    if (!IsTrusted(client, trusted_proxies)) {
      return client;
    }
  }
  return client;
}

}  // namespace cis2::front
