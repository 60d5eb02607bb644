#include "broker/app/app.h"

#include "broker/app/front_process.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/config/check.h"
#include "broker/config/load.h"
#include "broker/http/certificate.h"
#include "broker/ipc/pam_server.h"
#include "broker/metrics/endpoint.h"

#include <boost/asio/post.hpp>
#include <systemd/sd-daemon.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <unistd.h>

namespace cis2::app {
namespace {

std::string HostName(const config::Host& host) {
  if (!host.name.empty()) {
    return host.name;
  }
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return base::Printable(name.data());
}

http::ClientSettings ClientSettingsOf(const config::Provider& provider) {
  return {.ca_file = provider.ca_file, .proxy = provider.proxy, .timeout = provider.timeout};
}

// A scraper has one connection or two. Each gets little time: there is nothing to wait for.
http::ServerLimits MetricsLimits() {
  using std::chrono::seconds;
  return {.max_body = 0,
          .max_connections = 8,
          .max_connections_per_address = 8,
          .request_timeout = seconds{5},
          .idle_timeout = seconds{90},  // longer than the usual minute between two scrapes
          .handler_timeout = seconds{5}};
}

std::unique_ptr<metrics::Metrics> MakeMetrics(const Opened& opened, const config::Config& config,
                                              base::WallTime started) {
  if (!opened.metrics.valid()) {
    return nullptr;
  }
  auto numbers = std::make_unique<metrics::Metrics>(
      metrics::Facts{.version = CIS2_VERSION, .started = started, .client_key_made = opened.client_key_made});
  numbers->SetServices(config.grants);
  return numbers;
}

// FanOut over the journal and, if there are such, the file and the metrics.
std::vector<audit::Sink*> Sinks(audit::JournalSink& journal, audit::FileSink* file,
                                metrics::Metrics* metrics) {
  std::vector<audit::Sink*> sinks;
  if (file != nullptr) {
    sinks.push_back(file);
  }
  sinks.push_back(&journal);
  if (metrics != nullptr) {
    sinks.push_back(metrics);
  }
  return sinks;
}

base::Json ToJson(const std::vector<login::LoginSummary>& logins) {
  base::Json list = base::Json::array();
  for (const login::LoginSummary& login : logins) {
    list.push_back({{"reference", login.reference},
                    {"login_id", login.login_id},
                    {"account", login.account},
                    {"service", login.service},
                    {"from", login.from},
                    {"state", login::Name(login.phase)},
                    {"started", base::FormatWallTime(login.started)},
                    {"seconds_left", login.left.count()},
                    {"browser_addr", login.browser_addr}});
  }
  return list;
}

}  // namespace

App::App(boost::asio::io_context& io, config::Config config, std::string config_path, Opened opened)
    : io_(io),
      config_(std::move(config)),
      config_path_(std::move(config_path)),
      opened_(std::move(opened)),
      host_name_(HostName(config_.host)),
      started_(clock_.WallNow()),
      board_([this](std::function<void()> f) {
        boost::asio::post(io_, [this, f = std::move(f)] {
          f();
          ArmTimer();
        });
      }),
      metrics_(MakeMetrics(opened_, config_, started_)),
      journal_([this](std::function<void()> f) { boost::asio::post(io_, std::move(f)); }),
      audit_(Sinks(journal_, opened_.audit_file.get(), metrics_.get())),
      grants_(config_.grants),
      http_(ClientSettingsOf(config_.provider)),
      provider_(config_.provider, http_, clock_),
      sign_in_(config_.provider, provider_, http_, opened_.credential, clock_, random_),
      accounts_(io_),
      emergency_(io_, config_.break_glass.file, provider_, clock_, std::move(opened_.kernel_log)),
      workers_(io_, config_.limits.provider_workers, clock_),
      keeper_(
          io_, provider_, [this] { return sign_in_.IsRefused(config_.web.public_url + "/callback"); },
          [this] { UpdateFrontSettings(); }),
      host_side_({.config = config_,
                  .clock = clock_,
                  .random = random_,
                  .board = board_,
                  .audit = audit_,
                  .host_name = host_name_,
                  .grants = [this]() -> const std::vector<policy::Grant>& { return grants_.Current(); },
                  .look_up_account =
                      [this](std::string account, std::function<void(std::optional<std::uint32_t>)> done) {
                        accounts_.LookUp(std::move(account), std::move(done));
                      },
                  .provider_away = [this] { return provider_.Away(); },
                  .changed = [this] { ArmTimer(); },
                  .watcher = metrics_.get(),
                  .emergency = &emergency_}),
      web_side_(
          {.config = config_,
           .clock = clock_,
           .random = random_,
           .board = board_,
           .discovery = [this] { return provider_.CurrentDiscovery(); },
           .sign_in =
               [this](oidc::SignInRequest request, const std::string& browser_addr, web::SignInDone done) {
                 SignIn(std::move(request), browser_addr, std::move(done));
               },
           .changed = [this] { ArmTimer(); }}),
      front_link_(web_side_, opened_.credential.PublicJwks(config_.provider),
                  [this](reasons::Reason reason) {
                    if (metrics_ != nullptr) {
                      metrics_->PageRefused(reason);
                    }
                  }),
      timer_(io_,
             [this] {
               host_side_.OnTime();
               web_side_.OnTime();
               ArmTimer();
             }),
      watchdog_(io_),
      signals_(io_, SIGTERM, SIGINT, SIGHUP),
      front_keeper_(io_) {
  board_.OnToWeb([this](const board::ToWeb& m) { web_side_.OnBoard(m); });
  board_.OnToHost([this](const board::ToHost& m) { host_side_.OnBoard(m); });
}

void App::Run() {
  StartListening();
  WaitForSignal();
  UpdateFrontSettings();
  keeper_.Start();
  base::LogInfo("cis2-brokerd: ready", {{"VERSION", CIS2_VERSION},
                                        {"HOST", host_name_},
                                        {"ISSUER", config_.provider.issuer},
                                        {"GRANTS", std::to_string(config_.grants.size())}});
  ::sd_notify(0, "READY=1");
  watchdog_.Start();
  io_.run();
}

void App::StartListening() {
  const auto listen = [this](base::UniqueFd& fd, const char* name, uid_t uid, ipc::Acceptor::Serve serve) {
    acceptors_.push_back(
        std::make_unique<ipc::Acceptor>(io_, std::move(fd), name, uid, clock_, std::move(serve)));
  };
  listen(opened_.pam, "PAM socket", /*uid=*/0, [this](ipc::LocalSocket socket, const ipc::Peer& peer) {
    ipc::ServePam(std::move(socket), peer, host_side_);
  });
  listen(opened_.control, "control socket", /*uid=*/0,
         [this](ipc::LocalSocket socket, const ipc::Peer& peer) {
           ipc::ServeControl(std::move(socket), peer,
                             [this](const ipc::ControlRequest& request) { return Control(request); });
         });
  if (opened_.front.valid()) {
    listen(opened_.front, "front socket", opened_.front_uid,
           [this](ipc::LocalSocket socket, const ipc::Peer& /*peer*/) {
             front_link_.Connect(std::move(socket));
           });
  }
  if (opened_.metrics.valid()) {
    ServeMetrics();
  }
  if (opened_.keeper.valid()) {
    front_keeper_.assign(opened_.keeper.release());
    WaitForFront();
  }
}

void App::ServeMetrics() {
  metrics_server_ = std::make_unique<http::Server>(
      io_,
      [this](const http::ServerRequest& request, const http::Respond& respond) {
        respond(metrics::Answer(request, [this] { return metrics_->Text(MetricsNow()); }));
      },
      metrics::PlainAnswer, MetricsLimits());
  if (const auto listening = metrics_server_->Listen(std::move(opened_.metrics)); !listening) {
    base::LogError("the metrics are not served", {{"ERROR", listening.error().message}});
  }
}

metrics::Snapshot App::MetricsNow() const {
  metrics::Snapshot now;
  for (const login::LoginSummary& login : host_side_.Pending()) {
    now.pending.push_back(login.phase);
  }
  const auto keys = provider_.CurrentKeys();
  now.provider_up = !provider_.Away();
  now.provider_fetched = keeper_.fetched();
  now.provider_keys = keys == nullptr ? 0 : keys->size();
  now.front_connected = front_link_.connected();
  now.page_certificate_ends = http::FirstCertificateEnds(opened_.page_certificate);
  now.audit_file_failures = opened_.audit_file == nullptr ? 0 : opened_.audit_file->failures();
  now.audit_journal_failures = journal_.failures();
  return now;
}

// The keeper hands over the socket of each front that it starts.
void App::WaitForFront() {
  front_keeper_.async_wait(
      boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
        if (error) {
          return;
        }
        base::UniqueFd fd = ReceiveFront(front_keeper_.native_handle());
        if (!fd.valid()) {
          base::LogError("the process that starts cis2-front is gone; restart cis2-brokerd");
          return;
        }
        front_link_.Connect(ipc::LocalSocket(io_, boost::asio::local::stream_protocol(), fd.release()));
        WaitForFront();
      });
}

// --- the provider

void App::SignIn(oidc::SignInRequest request, const std::string& browser_addr, web::SignInDone done) {
  const std::string bucket = base::AddressBucket(browser_addr).value_or("unknown");
  // std::function must be copyable, a request with secrets is not.
  const auto shared = std::make_shared<oidc::SignInRequest>(std::move(request));
  workers_.Submit(bucket, [this, shared, done = std::move(done)] {
    const base::TimePoint began = clock_.Now();
    reasons::Checked<identity::Identity> identity = sign_in_.Run(*shared);
    const bool succeeded = identity.has_value();
    const base::Duration took = clock_.Now() - began;
    return ProviderWorkers::Done{.succeeded = succeeded,
                                 .then = [this, done, succeeded, took, identity = std::move(identity)] {
                                   if (metrics_ != nullptr) {
                                     metrics_->Exchanged(succeeded, took);
                                   }
                                   keeper_.Reconsider();
                                   done(identity);
                                   ArmTimer();
                                 }};
  });
}

void App::UpdateFrontSettings() {
  const auto discovery = provider_.CurrentDiscovery();
  front_link_.SetSettings(
      {.public_url = config_.web.public_url,
       .certificate_chain_pem = opened_.page_certificate,
       .private_key_pem = std::string(opened_.page_key.Reveal()),
       .form_action_origin =
           discovery == nullptr ? "" : oidc::OriginOf(discovery->authorization_endpoint).value_or(""),
       .hsts = config_.web.hsts,
       .serve_jwks = config_.web.serve_jwks,
       .trusted_proxies = config_.web.trusted_proxies});
}

// --- time and signals

void App::ArmTimer() {
  auto next = host_side_.NextDeadline();
  if (const auto web = web_side_.NextDeadline(); web && (!next || *web < *next)) {
    next = web;
  }
  timer_.Set(next);
}

void App::WaitForSignal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) {
      return;
    }
    if (signal != SIGHUP) {
      Stop();
      return;
    }
    static_cast<void>(ReloadGrants());  // the log has why not
    WaitForSignal();
  });
}

void App::Stop() {
  base::LogInfo("cis2-brokerd is stopping", {{"PENDING", std::to_string(host_side_.Pending().size())}});
  ::sd_notify(0, "STOPPING=1");
  for (const auto& acceptor : acceptors_) {
    acceptor->Stop();
  }
  if (metrics_server_ != nullptr) {
    metrics_server_->Stop();
  }
  // Pending operators are told now: their verdicts go into the sockets, and wait there for the next Enter.
  host_side_.ShutDown();
  http_.GiveUp();
  keeper_.Stop();
  if (opened_.audit_file != nullptr) {
    opened_.audit_file->Flush();
  }
  // After what was posted: the pages' side hears of the ends before the front goes, and an emergency login whose line could
  // not be written is told elsewhere.
  boost::asio::post(io_, [this] {
    emergency_.Join();
    journal_.Flush();
    io_.stop();
  });
}

base::Result<void> App::ReloadGrants() {
  auto loaded = config::LoadFile(config_path_);
  std::vector<config::Problem> problems = loaded ? config::CheckRules(*loaded) : loaded.error();
  for (const config::Problem& problem : problems) {
    base::LogError("the configuration was not reloaded", {{"PROBLEM", config::Format(problem)}});
  }
  if (!problems.empty()) {
    return base::Fail(config::Format(problems.front()));
  }
  grants_.Replace(std::move(loaded->grants));
  config_.host.networks = std::move(loaded->host.networks);  // the pages warn by what the grants compare
  if (metrics_ != nullptr) {
    metrics_->SetServices(grants_.Current());
  }
  base::LogInfo("the grants were reloaded; other settings take a restart",
                {{"GRANTS", std::to_string(grants_.Current().size())}});
  return {};
}

// --- cis2ctl

base::Result<base::Json> App::Control(const ipc::ControlRequest& request) {
  if (request.command == "status") {
    return Status();
  }
  if (request.command == "logins") {
    return base::Json{{"logins", ToJson(host_side_.Pending())}};
  }
  if (request.command == "cancel") {
    return Cancel(request);
  }
  if (request.command == "reload") {
    return Reload(request);
  }
  return base::Fail("this broker knows no such command");
}

base::Json App::Status() {
  const auto keys = provider_.CurrentKeys();
  return {{"version", CIS2_VERSION},
          {"host", host_name_},
          {"started", base::FormatWallTime(started_)},
          {"pending", host_side_.Pending().size()},
          {"grants", grants_.Current().size()},
          {"provider",
           {{"issuer", config_.provider.issuer},
            {"state", keeper_.State()},
            {"keys", keys == nullptr ? 0 : keys->size()}}},
          {"front", front_link_.connected() ? "connected" : "absent"}};
}

// cis2ctl sends the certificate of the pages and its key, which root alone may read, or neither.
base::Result<base::Json> App::Reload(const ipc::ControlRequest& request) {
  CIS2_CHECK(ReloadGrants());
  const auto certificate = base::StringMember(request.json, "certificate");
  auto key = base::StringMember(request.json, "key");
  if (certificate && key) {
    opened_.page_certificate = *certificate;
    opened_.page_key = base::Secret::Take(*key);
    UpdateFrontSettings();
    base::LogInfo("cis2-front was given the certificate of the pages anew");
  }
  return base::Json{{"grants", grants_.Current().size()}, {"certificate", certificate && key}};
}

base::Result<base::Json> App::Cancel(const ipc::ControlRequest& request) {
  CIS2_TRY(const login::Cancellation which, login::ParseCancellation(request.json));
  const std::string who =
      login::Canceller(request.peer.uid, base::StringMember(request.json, "sudo_user").value_or(""));
  return base::Json{{"cancelled", ToJson(host_side_.Cancel(which, who))}};
}

}  // namespace cis2::app
