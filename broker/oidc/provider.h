// The provider as this relying party knows it: discovery document and keys, fetched at run time and kept
// warm.
//
// Design section 6. Cached for Cache-Control's max-age, at most an hour; refreshed before they lapse; the
// last good copy serves one more hour while the provider is away, never past a failed refetch for an unknown
// kid. The issuer is compared byte for byte; the discovery URL is the issuer, without a final slash, and the
// path, by appending. Threads: any. The fetching calls block and belong on the provider workers.
#ifndef CIS2_BROKER_OIDC_PROVIDER_H_
#define CIS2_BROKER_OIDC_PROVIDER_H_

#include "broker/base/clock.h"
#include "broker/config/config.h"
#include "broker/http/client.h"
#include "broker/jose/jwk.h"
#include "broker/reasons/reasons.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cis2::oidc {

// What of a discovery document is used.
struct Discovery {
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string userinfo_endpoint;  // may be empty when [provider] userinfo is false
  std::string jwks_uri;
  bool iss_parameter_promised = false;  // authorization_response_iss_parameter_supported
};

// Checks a discovery document (OIDC Discovery 4.3). Pure.
reasons::Checked<Discovery> ParseDiscovery(std::string_view json, const config::Provider& settings);

// "https://host:port" of an https URL, the port always written; nothing for anything else.
std::optional<std::string> OriginOf(std::string_view url);

class Provider {
 public:
  // Borrows everything for its own lifetime.
  Provider(const config::Provider& settings, http::Client& client, const base::Clock& clock);

  // The discovery document if one may be used now, else null. Never blocks on the network.
  [[nodiscard]] std::shared_ptr<const Discovery> CurrentDiscovery() const;
  // The keys if they may be used now, else null.
  [[nodiscard]] std::shared_ptr<const jose::KeySet> CurrentKeys() const;
  // For a kid that CurrentKeys() does not have: fetches once, at most every 10 s for all callers together.
  // The new keys; or why there are none, and then the old ones are not to be used for this token either.
  reasons::Checked<std::shared_ptr<const jose::KeySet>> RefetchKeys();

  // Fetches discovery and keys. Success makes the provider present, a failure away.
  reasons::Checked<void> Refresh();
  // When Refresh() should be called next: before a copy lapses, or soon while the provider is away.
  [[nodiscard]] base::TimePoint RefreshDue() const;
  // True when nothing usable is held, or the last attempt of our own to reach the provider failed. A new
  // login is then answered with "unavailable" before any link is shown.
  [[nodiscard]] bool Away() const;
  // A request of a login failed in transport: makes RefreshDue() soon, at most every 10 s.
  void Suspect();

  // Whether our own newest requests found the provider away, or refusing us: the only time when emergency
  // codes count (docs/adr/0015-break-glass.md). Narrower than Away(), which is also true before anything was
  // asked. What happens in a login or a browser does not make it true, only makes us ask.
  [[nodiscard]] bool FoundAway() const;
  // A login's token request was answered with invalid_client. Makes RefreshDue() soon; SignIn::IsRefused()
  // finds out.
  void DoubtClient();
  // Whether to ask SignIn::IsRefused() after the next Refresh(): since DoubtClient(), until the answer is no.
  [[nodiscard]] bool ClientIsInDoubt() const;
  // What came of it. Nothing, no answer, leaves things as they were; RefreshDue() is soon.
  void ClientIs(std::optional<bool> refused);

 private:
  struct State;
  const config::Provider& settings_;
  http::Client& client_;
  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::unique_ptr<State> state_;

 public:
  ~Provider();
};

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_PROVIDER_H_
