// The composition root: owns every object of a running broker and hands them to each other. No globals, no
// singletons.
//
//   PAM socket -> HostSide <-> Board <-> WebSide <-> FrontLink
//                    |                      |
//                  audit              provider workers -> SignIn -> Provider, http::Client
#ifndef CIS2_BROKER_APP_APP_H_
#define CIS2_BROKER_APP_APP_H_

#include "broker/app/boot_timer.h"
#include "broker/app/emergency_codes.h"
#include "broker/app/front_link.h"
#include "broker/app/grant_store.h"
#include "broker/app/provider_keeper.h"
#include "broker/app/provider_workers.h"
#include "broker/app/users.h"
#include "broker/audit/fan_out.h"
#include "broker/audit/file_sink.h"
#include "broker/audit/journal_sink.h"
#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "broker/board/memory_board.h"
#include "broker/config/config.h"
#include "broker/http/curl_client.h"
#include "broker/http/server.h"
#include "broker/ipc/acceptor.h"
#include "broker/ipc/control_server.h"
#include "broker/login/host_side.h"
#include "broker/metrics/metrics.h"
#include "broker/oidc/provider.h"
#include "broker/oidc/sign_in.h"
#include "broker/service/watchdog.h"
#include "broker/web/web_side.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace cis2::app {

// What had to be opened with the rights that the broker no longer has.
struct Opened {
  base::UniqueFd pam, control;
  base::UniqueFd front;    // the front socket, under systemd; else invalid
  base::UniqueFd keeper;   // the front keeper's socket, without systemd; else invalid
  base::UniqueFd metrics;  // where Prometheus asks; invalid without [metrics]
  uid_t front_uid = 0;
  oidc::ClientCredential credential;
  std::optional<std::chrono::sys_seconds> client_key_made;
  std::unique_ptr<audit::FileSink> audit_file;  // null without [audit] file
  std::string page_certificate;
  base::Secret page_key;
  base::UniqueFd kernel_log;  // for what the audit file cannot keep; may be invalid
};

class App {
 public:
  // `io` is the one that opened.audit_file posts to.
  App(boost::asio::io_context& io, config::Config config, std::string config_path, Opened opened);

  // Serves until SIGTERM or SIGINT. SIGHUP reads the grants and host.networks again.
  void Run();

 private:
  void StartListening();
  void ServeMetrics();
  [[nodiscard]] metrics::Snapshot MetricsNow() const;
  void WaitForFront();
  void WaitForSignal();
  void Stop();
  base::Result<void> ReloadGrants();
  void UpdateFrontSettings();
  void SignIn(oidc::SignInRequest request, const std::string& browser_addr, web::SignInDone done);
  void ArmTimer();
  base::Result<base::Json> Control(const ipc::ControlRequest& request);
  [[nodiscard]] base::Json Status();
  base::Result<base::Json> Cancel(const ipc::ControlRequest& request);
  base::Result<base::Json> Reload(const ipc::ControlRequest& request);

  boost::asio::io_context& io_;
  config::Config config_;
  std::string config_path_;
  Opened opened_;
  std::string host_name_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  base::WallTime started_;
  board::MemoryBoard board_;
  std::unique_ptr<metrics::Metrics> metrics_;  // null where nobody asks
  audit::JournalSink journal_;
  audit::FanOut audit_;
  GrantStore grants_;
  http::CurlClient http_;
  oidc::Provider provider_;
  oidc::SignIn sign_in_;
  AccountDirectory accounts_;
  EmergencyCodes emergency_;
  ProviderWorkers workers_;
  ProviderKeeper keeper_;
  login::HostSide host_side_;
  web::WebSide web_side_;
  FrontLink front_link_;
  std::unique_ptr<http::Server> metrics_server_;
  BootTimer timer_;
  service::Watchdog watchdog_;
  boost::asio::signal_set signals_;
  boost::asio::posix::stream_descriptor front_keeper_;
  std::vector<std::unique_ptr<ipc::Acceptor>> acceptors_;
};

}  // namespace cis2::app

#endif  // CIS2_BROKER_APP_APP_H_
