#include "broker/oidc/provider.h"

#include "broker/base/result.h"
#include "broker/oidc/response_rules.h"

#include <algorithm>

namespace cis2::oidc {
namespace {

using base::Duration;
using base::TimePoint;
using reasons::Checked;
using reasons::Reason;
using reasons::Refusal;
using reasons::Refuse;
using std::chrono::seconds;

constexpr seconds kGrace{3600};  // how long a lapsed copy may still serve
constexpr seconds kFirstRetry{5};
constexpr seconds kLastRetry{30};
constexpr seconds kRefetchInterval{10};
constexpr seconds kSuspectInterval{10};

// A document and how long it is fresh.
template <class T>
struct Fetched {
  std::shared_ptr<const T> value;
  seconds fresh_for{0};
};

// OIDC Discovery 4.1. By appending: resolving a relative URL would drop the last segment of the issuer.
std::string DiscoveryUrl(std::string issuer) {
  if (issuer.ends_with('/')) {
    issuer.pop_back();
  }
  return issuer + "/.well-known/openid-configuration";
}

http::ClientRequest GetJson(const std::string& url) {
  http::ClientRequest request(http::Method::kGet, url);
  request.headers = {{"Accept", "application/json"}};
  return request;
}

Checked<Fetched<Discovery>> FetchDiscovery(http::Client& client, const config::Provider& settings) {
  const auto result = client.Send(GetJson(DiscoveryUrl(settings.issuer)));
  if (auto refusal = Unavailable(result, "discovery")) {
    return std::unexpected(*std::move(refusal));
  }
  if (result->status != 200) {
    return Refuse(Reason::kDiscoveryMalformed, StatusDetail("discovery", result->status));
  }
  if (!HasMediaType(result->headers, "application/json")) {
    return Refuse(Reason::kDiscoveryMalformed, "the document is not application/json");
  }
  CIS2_TRY(Discovery discovery, ParseDiscovery(result->body, settings));
  return Fetched<Discovery>{.value = std::make_shared<const Discovery>(std::move(discovery)),
                            .fresh_for = FreshFor(result->headers)};
}

Checked<Fetched<jose::KeySet>> FetchKeys(http::Client& client, const config::Provider& settings,
                                         const std::string& jwks_uri) {
  const auto alg = jose::AlgorithmFromName(settings.id_token_alg);
  const auto result = client.Send(GetJson(jwks_uri));
  if (auto refusal = Unavailable(result, "jwks")) {
    return std::unexpected(*std::move(refusal));
  }
  if (result->status != 200) {
    return Refuse(Reason::kJwksMalformed, StatusDetail("jwks", result->status));
  }
  if (!HasMediaType(result->headers, "application/json") &&
      !HasMediaType(result->headers, "application/jwk-set+json")) {
    return Refuse(Reason::kJwksMalformed, "the keys are not application/json or application/jwk-set+json");
  }
  auto keys = alg ? jose::KeySet::Parse(result->body, *alg) : std::nullopt;
  if (!keys || keys->size() == 0) {
    return Refuse(Reason::kJwksMalformed,
                  keys ? "no key can be used with " + settings.id_token_alg : "the keys cannot be read");
  }
  return Fetched<jose::KeySet>{.value = std::make_shared<const jose::KeySet>(*std::move(keys)),
                               .fresh_for = FreshFor(result->headers)};
}

}  // namespace

// The shared pointers have two owners: this, and whoever is in the middle of using a copy that a refresh
// replaces.
struct Provider::State {
  std::shared_ptr<const Discovery> discovery;
  TimePoint discovery_lapses;
  std::shared_ptr<const jose::KeySet> keys;
  TimePoint keys_lapse;
  TimePoint keys_asked;    // when the request for `keys` was sent
  Duration keys_grace{0};  // nothing after a failed refetch

  bool last_attempt_failed = false;
  bool client_in_doubt = false;
  bool client_refused = false;
  TimePoint last_attempt;
  TimePoint due;
  seconds retry_after = kFirstRetry;

  std::mutex refetching;  // held through a refetch, so that those who wait share its outcome
  std::optional<TimePoint> last_refetch;
  std::optional<Refusal> last_refetch_refusal;

  void Keep(const Fetched<Discovery>& fetched, TimePoint asked) {
    discovery = fetched.value;
    discovery_lapses = asked + fetched.fresh_for;
  }
  void Keep(const Fetched<jose::KeySet>& fetched, TimePoint asked) {
    if (asked < keys_asked) {
      return;  // a refetch that began later was faster
    }
    keys = fetched.value;
    keys_asked = asked;
    keys_lapse = asked + fetched.fresh_for;
    keys_grace = kGrace;
  }
  [[nodiscard]] bool DiscoveryUsable(TimePoint now) const {
    return discovery != nullptr && now < discovery_lapses + kGrace;
  }
  [[nodiscard]] bool KeysUsable(TimePoint now) const {
    return keys != nullptr && now < keys_lapse + keys_grace;
  }

  // Three quarters of the way to the earlier lapse.
  void Succeeded(TimePoint asked) {
    last_attempt_failed = false;
    retry_after = kFirstRetry;
    due = asked + (std::min(discovery_lapses, keys_lapse) - asked) * 3 / 4;
  }
  void Failed(TimePoint now) {
    last_attempt_failed = true;
    due = now + retry_after;
    retry_after = std::min(retry_after * 2, kLastRetry);
  }
  void Suspect(TimePoint now) { due = std::min(due, std::max(now, last_attempt + kSuspectInterval)); }
};

Provider::Provider(const config::Provider& settings, http::Client& client, const base::Clock& clock)
    : settings_(settings), client_(client), clock_(clock), state_(std::make_unique<State>()) {
  state_->due = clock_.Now();
}

Provider::~Provider() = default;

std::shared_ptr<const Discovery> Provider::CurrentDiscovery() const {
  const std::lock_guard lock(mutex_);
  return state_->DiscoveryUsable(clock_.Now()) ? state_->discovery : nullptr;
}

std::shared_ptr<const jose::KeySet> Provider::CurrentKeys() const {
  const std::lock_guard lock(mutex_);
  return state_->KeysUsable(clock_.Now()) ? state_->keys : nullptr;
}

Checked<void> Provider::Refresh() {
  const TimePoint asked = clock_.Now();
  const auto fetch = [&]() -> Checked<void> {
    CIS2_TRY(const Fetched<Discovery> discovery, FetchDiscovery(client_, settings_));
    CIS2_TRY(const Fetched<jose::KeySet> keys, FetchKeys(client_, settings_, discovery.value->jwks_uri));
    const std::lock_guard lock(mutex_);
    state_->Keep(discovery, asked);
    state_->Keep(keys, asked);
    return {};
  };
  auto result = fetch();
  const std::lock_guard lock(mutex_);
  state_->last_attempt = clock_.Now();
  result ? state_->Succeeded(asked) : state_->Failed(state_->last_attempt);
  return result;
}

Checked<std::shared_ptr<const jose::KeySet>> Provider::RefetchKeys() {
  const std::lock_guard one_at_a_time(state_->refetching);
  const auto discovery = CurrentDiscovery();
  if (discovery == nullptr) {
    return Refuse(Reason::kProviderNotReady);
  }
  const TimePoint asked = clock_.Now();
  if (!state_->last_refetch || asked - *state_->last_refetch >= kRefetchInterval) {
    const auto keys = FetchKeys(client_, settings_, discovery->jwks_uri);
    const std::lock_guard lock(mutex_);
    state_->last_refetch = clock_.Now();
    state_->last_refetch_refusal = keys ? std::nullopt : std::optional(keys.error());
    if (keys) {
      state_->Keep(*keys, asked);
    } else {
      state_->keys_grace = Duration{0};
      state_->Suspect(clock_.Now());
    }
  }
  if (state_->last_refetch_refusal) {
    return std::unexpected(*state_->last_refetch_refusal);
  }
  auto keys = CurrentKeys();
  return keys == nullptr ? Checked<std::shared_ptr<const jose::KeySet>>(Refuse(Reason::kProviderNotReady))
                         : keys;
}

TimePoint Provider::RefreshDue() const {
  const std::lock_guard lock(mutex_);
  return state_->due;
}

bool Provider::Away() const {
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.Now();
  return state_->last_attempt_failed || !state_->DiscoveryUsable(now) || !state_->KeysUsable(now);
}

bool Provider::FoundAway() const {
  const std::lock_guard lock(mutex_);
  return state_->last_attempt_failed || state_->client_refused;
}

void Provider::DoubtClient() {
  const std::lock_guard lock(mutex_);
  state_->client_in_doubt = true;
  state_->Suspect(clock_.Now());
}

bool Provider::ClientIsInDoubt() const {
  const std::lock_guard lock(mutex_);
  return state_->client_in_doubt;
}

void Provider::ClientIs(std::optional<bool> refused) {
  const std::lock_guard lock(mutex_);
  state_->client_refused = refused.value_or(state_->client_refused);
  state_->client_in_doubt = refused.value_or(true);
  if (state_->client_in_doubt) {
    state_->due = std::min(state_->due, clock_.Now() + kLastRetry);
  }
}

void Provider::Suspect() {
  const std::lock_guard lock(mutex_);
  state_->Suspect(clock_.Now());
}

}  // namespace cis2::oidc
