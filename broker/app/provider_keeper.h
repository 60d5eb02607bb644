// Keeps the provider's discovery document and keys warm, on a thread of its own, and says when the provider
// comes and goes. Nothing here depends on a login: a scanner on port 22 costs the provider nothing. I/O
// thread only.
#ifndef CIS2_BROKER_APP_PROVIDER_KEEPER_H_
#define CIS2_BROKER_APP_PROVIDER_KEEPER_H_

#include "broker/app/boot_timer.h"
#include "broker/oidc/provider.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <optional>
#include <string>

namespace cis2::app {

class ProviderKeeper {
 public:
  // Calls `on_refreshed` after every attempt. `is_refused` asks whether the provider refuses us, nothing for
  // no answer; it blocks, and is called on the keeper's thread while that is in doubt.
  ProviderKeeper(boost::asio::io_context& io, oidc::Provider& provider,
                 std::function<std::optional<bool>()> is_refused, std::function<void()> on_refreshed);
  void Start();
  // After a sign-in failed: the next attempt may be due earlier now.
  void Reconsider();
  // "starting", "present" or "away".
  [[nodiscard]] std::string State() const;
  // When discovery and keys were both fetched the last time.
  [[nodiscard]] std::optional<base::WallTime> fetched() const { return fetched_; }
  void Stop();

 private:
  void RefreshNow();
  void AskWhetherRefused();
  void OnRefreshed(const reasons::Checked<void>& result);

  boost::asio::io_context& io_;
  oidc::Provider& provider_;
  std::function<std::optional<bool>()> is_refused_;
  std::function<void()> on_refreshed_;
  boost::asio::thread_pool thread_{1};
  BootTimer timer_;
  bool refreshing_ = false;
  bool tried_ = false;
  bool was_away_ = true;
  std::optional<base::WallTime> fetched_;
  bool was_refused_ = false;  // the keeper's thread's
};

}  // namespace cis2::app

#endif  // CIS2_BROKER_APP_PROVIDER_KEEPER_H_
