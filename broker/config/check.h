// The rules across keys, and the files that the configuration names. cis2ctl check-config and the broker call
// the same functions.
#ifndef CIS2_BROKER_CONFIG_CHECK_H_
#define CIS2_BROKER_CONFIG_CHECK_H_

#include "broker/config/config.h"
#include "broker/config/load.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::config {

inline constexpr const char* kLiveIssuer =
    "https://am.nhsidentity.spineservices.nhs.uk:443/openam/oauth2/realms/root/realms/NHSIdentity/realms/"
    "Healthcare";

// Of the page certificate and of its key: what fits into a frame to the front.
inline constexpr std::size_t kMaxPageFile = 48UL * 1024;
// Of web.trusted_proxies: likewise.
inline constexpr std::size_t kMaxTrustedProxies = 64;
// Of provider.timeout: the front waits for an answer that waits for the provider.
inline constexpr std::chrono::seconds kLongestProviderTimeout{60};

// Rules that need no file: keys that must be set, floors of profile cis2 (design section 6), public_url,
// users, client authentication, grants. Pure.
std::vector<Problem> CheckRules(const Config& config);
// Things worth a word that do not stop the broker: scopes that a grant needs, grants that can never match,
// lifetimes against sshd's grace time, no grant at all. Pure.
std::vector<std::string> Advice(const Config& config);
// Opens the files named: client key or secret (permissions, form), page certificate and key (permissions,
// fit, dates), CA file.
std::vector<Problem> CheckFiles(const Config& config);
// Of these the page certificate and its key alone.
std::vector<Problem> CheckPageFiles(const Config& config);
// What else the files tell: a page certificate that ends within 30 days or does not name public_url's host.
std::vector<std::string> FileAdvice(const Config& config);

// The highest authentication assurance level that a sign-in asked for with `acr_values` can have; empty is
// CIS2's default, AAL3. Nothing for a value that CIS2 does not have (facts: "AAL" level "_" authenticator).
std::optional<int> HighestAal(std::string_view acr_values);
// The problem with the key "provider.issuer", "grant[0].name", ...: at the place where the key was set, else
// where its grant begins, else in the configuration's main file.
Problem ProblemAt(const Config& config, const std::string& key, std::string message);

}  // namespace cis2::config

#endif  // CIS2_BROKER_CONFIG_CHECK_H_
