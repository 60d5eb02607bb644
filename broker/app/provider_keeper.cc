#include "broker/app/provider_keeper.h"

#include "broker/base/log.h"

#include <boost/asio/post.hpp>

namespace cis2::app {

ProviderKeeper::ProviderKeeper(boost::asio::io_context& io, oidc::Provider& provider,
                               std::function<std::optional<bool>()> is_refused,
                               std::function<void()> on_refreshed)
    : io_(io),
      provider_(provider),
      is_refused_(std::move(is_refused)),
      on_refreshed_(std::move(on_refreshed)),
      timer_(io, [this] { RefreshNow(); }) {}

void ProviderKeeper::Start() { RefreshNow(); }

void ProviderKeeper::Reconsider() {
  if (!refreshing_) {
    timer_.Set(provider_.RefreshDue());
  }
}

std::string ProviderKeeper::State() const {
  if (!tried_) {
    return "starting";
  }
  return provider_.Away() ? "away" : "present";
}

void ProviderKeeper::Stop() {
  timer_.Stop();
  thread_.join();
}

void ProviderKeeper::RefreshNow() {
  refreshing_ = true;
  boost::asio::post(thread_, [this] {
    reasons::Checked<void> result = provider_.Refresh();
    if (result && provider_.ClientIsInDoubt()) {
      AskWhetherRefused();
    }
    boost::asio::post(io_, [this, result = std::move(result)] { OnRefreshed(result); });
  });
}

void ProviderKeeper::AskWhetherRefused() {
  const std::optional<bool> answer = is_refused_();
  provider_.ClientIs(answer);
  const bool refused = answer.value_or(was_refused_);
  if (refused && !was_refused_) {
    base::LogError(
        "the provider refuses this server as a client, whoever signs in; emergency codes are taken until it "
        "accepts it: "
        "check client_id, key and clock, and what is registered");
  } else if (!refused && was_refused_) {
    base::LogInfo("the provider accepts this server as a client again");
  }
  was_refused_ = refused;
}

void ProviderKeeper::OnRefreshed(const reasons::Checked<void>& result) {
  refreshing_ = false;
  const bool away = provider_.Away();
  if (!result && (!was_away_ || !tried_)) {
    base::LogWarning(
        "the provider cannot be used; new logins are told so until it is back",
        {{"REASON", std::string(reasons::Id(result.error().reason))}, {"DETAIL", result.error().detail}});
  } else if (result && was_away_) {
    base::LogInfo("the provider is present: discovery document and keys were fetched");
  }
  if (result) {
    fetched_ = base::SystemClock().WallNow();
  }
  tried_ = true;
  was_away_ = away;
  on_refreshed_();
  timer_.Set(provider_.RefreshDue());
}

}  // namespace cis2::app
