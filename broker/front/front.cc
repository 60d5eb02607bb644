#include "broker/front/front.h"

#include "broker/base/log.h"

#include <utility>

namespace cis2::front {
namespace {

// Long enough to write the answers that are due.
constexpr std::chrono::milliseconds kFarewell{500};

http::TlsIdentity IdentityOf(const front_wire::Settings& settings) {
  return {.certificate_chain_pem = settings.certificate_chain_pem,
          .private_key_pem = base::Secret(settings.private_key_pem)};
}

// Long enough to make a page of the broker's silence.
constexpr std::chrono::seconds kPageTime{5};

}  // namespace

http::ServerLimits LimitsFor(const front_wire::Settings& settings,
                             std::chrono::milliseconds request_timeout) {
  http::ServerLimits limits;
  limits.handler_timeout = std::chrono::ceil<std::chrono::seconds>(request_timeout) + kPageTime;
  // Behind a proxy every connection has the proxy's address, so a limit for one address would be one for all.
  if (!settings.trusted_proxies.empty()) {
    limits.max_connections_per_address = limits.max_connections;
  }
  return limits;
}

Front::Front(FrontParts parts)
    : parts_(std::move(parts)),
      link_(parts_.io, {.request_timeout = parts_.request_timeout,
                        .on_settings = [this](const front_wire::Settings& settings) { OnSettings(settings); },
                        .on_lost = [this] { OnLost(); }}),
      site_(link_, parts_.clock, parts_.random),
      farewell_(parts_.io) {}

void Front::OnSettings(const front_wire::Settings& settings) {
  site_.Apply(settings);
  if (server_ == nullptr) {
    if (auto begun = Begin(settings); !begun) {
      parts_.on_end(begun.error().message);
    }
    return;
  }
  if (auto used = server_->UseTls(IdentityOf(settings)); !used) {
    base::LogError("the new certificate was not taken, the old one stays in use",
                   {{"WHY", used.error().message}});
  }
}

void Front::OnLost() {
  farewell_.expires_after(kFarewell);
  farewell_.async_wait([this](const boost::system::error_code& ec) {
    if (!ec) {
      parts_.on_end("the broker is gone");
    }
  });
}

base::Result<void> Front::Begin(const front_wire::Settings& settings) {
  auto server = std::make_unique<http::Server>(
      parts_.io,
      [this](http::ServerRequest request, const http::Respond& respond) {
        site_.Handle(std::move(request), respond);
      },
      [this](int status) { return site_.FaultPage(status); }, LimitsFor(settings, parts_.request_timeout));
  CIS2_CHECK(server->UseTls(IdentityOf(settings)));
  for (base::UniqueFd& listener : parts_.listeners) {
    CIS2_CHECK(server->Listen(std::move(listener)));
  }
  parts_.listeners.clear();
  server_ = std::move(server);
  base::LogInfo("serving", {{"URL", settings.public_url}});
  return {};
}

void Front::Stop() { server_.reset(); }

}  // namespace cis2::front
