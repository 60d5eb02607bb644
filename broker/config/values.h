// The grammars of single settings. Pure.
#ifndef CIS2_BROKER_CONFIG_VALUES_H_
#define CIS2_BROKER_CONFIG_VALUES_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::config {

// A whole number and its unit: "90s", "5m", "12h". At most a year.
std::optional<std::chrono::seconds> ParseDuration(std::string_view text);
// The shortest of these spellings.
std::string FormatDuration(std::chrono::seconds d);

// "0.0.0.0:8443", "[::]:8443": a numeric address and a port from 1 to 65535.
struct ListenAddress {
  std::string address;  // without brackets
  std::uint16_t port = 0;
  bool ipv6 = false;
};
std::optional<ListenAddress> ParseListenAddress(std::string_view text);
// One that only this host can reach: in 127.0.0.0/8, or ::1.
bool IsLoopbackListener(std::string_view text);

// A URL of this project's settings: no user information, a host that is a DNS name or a numeric address.
struct Url {
  std::string scheme;
  std::string host;        // with brackets if IPv6
  std::uint16_t port = 0;  // 0: none was written
  std::string path;        // from the first '/' on, without query and fragment
  bool has_query_or_fragment = false;
};
std::optional<Url> ParseUrl(std::string_view text);

// The entry of `known` that is meant by `word`, misspelt by a letter or two; empty if none is near.
std::string Nearest(std::string_view word, const std::vector<std::string>& known);
// "; did you mean issuer?" for the end of a sentence; empty if none is near.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& known);

}  // namespace cis2::config

#endif  // CIS2_BROKER_CONFIG_VALUES_H_
