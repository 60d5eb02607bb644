// cis2-sim: builds everything, serves until it is told to stop.

#include "broker/base/clock.h"
#include "broker/base/fd.h"
#include "broker/base/random.h"
#include "broker/base/result.h"
#include "broker/http/server.h"
#include "tests/simulator/bench.h"
#include "tests/simulator/control.h"
#include "tests/simulator/endpoints.h"
#include "tests/simulator/keys.h"
#include "tests/simulator/listen.h"
#include "tests/simulator/options.h"
#include "tests/simulator/pages.h"
#include "tests/simulator/registration.h"
#include "tests/simulator/request_log.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cis2::simulator {
namespace {

constexpr std::size_t kMaxFile = 256UL * 1024;

base::Result<std::string> ReadFile(const std::string& path, base::Privacy privacy) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  return base::ReadTrustedFile(error ? path : absolute.string(), privacy, kMaxFile);
}

base::Result<base::Secret> ReadSecret(const std::string& path) {
  CIS2_TRY(std::string text, ReadFile(path, base::Privacy::kPrivate));
  while (text.ends_with('\n')) {
    text.pop_back();
  }
  if (text.empty()) {
    return base::Fail(path + " holds no secret");
  }
  return base::Secret::Take(text);
}

base::Result<Registration> Register(const Options& options, std::uint16_t first_port) {
  Registration registration;
  CIS2_TRY(registration.issuer, CompleteIssuer(options.issuer, first_port));
  registration.client.id = options.client_id;
  registration.client.redirect_uris = options.redirect_uris;
  registration.iss_parameter = options.iss_parameter;
  registration.sign_userinfo = options.sign_userinfo;
  registration.document_age = std::chrono::seconds(options.document_age);
  if (options.client_jwks.empty()) {
    CIS2_TRY(registration.client.secret, ReadSecret(options.client_secret_file));
    return registration;
  }
  registration.client.read_jwks = [path = options.client_jwks] {
    return ReadFile(path, base::Privacy::kPublic);
  };
  CIS2_TRY(const std::string jwks, registration.client.read_jwks());
  CIS2_CHECK(ParseClientJwks(jwks));
  return registration;
}

base::Result<KeyRing> MakeKeys(const Options& options) {
  if (options.signing_key.empty()) {
    return KeyRing::Make(std::nullopt);
  }
  CIS2_TRY(const std::string pem, ReadFile(options.signing_key, base::Privacy::kPrivate));
  return KeyRing::Make(pem);
}

base::Result<http::TlsIdentity> ReadTlsIdentity(const Options& options) {
  http::TlsIdentity identity;
  CIS2_TRY(identity.certificate_chain_pem, ReadFile(options.certificate, base::Privacy::kPublic));
  CIS2_TRY(std::string key, ReadFile(options.certificate_key, base::Privacy::kPrivate));
  identity.private_key_pem = base::Secret::Take(key);
  return identity;
}

base::Result<RequestLog> OpenLog(const Options& options) {
  return options.log.empty() ? base::Result<RequestLog>(RequestLog()) : RequestLog::Open(options.log);
}

base::Result<std::vector<Listener>> ListenAll(const std::vector<std::string>& addresses) {
  std::vector<Listener> listeners;
  for (const auto& address : addresses) {
    CIS2_TRY(Listener listener, ListenOn(address));
    listeners.push_back(std::move(listener));
  }
  return listeners;
}

http::ServerLimits Limits() {
  http::ServerLimits limits;
  limits.max_body = 64UL * 1024;
  limits.max_connections_per_address = limits.max_connections;  // every client is on loopback
  limits.handler_timeout = std::chrono::minutes(10);  // longer than any client waits for an answer held
  return limits;
}

// The server and the requests that a misbehaviour holds: each for as long as its connection.
class Front {
 public:
  template <class Endpoint>
  Front(boost::asio::io_context& io, Endpoint& endpoint, const RequestLog& log, const base::Clock& clock)
      : server_(
            io,
            [this, &endpoint, &log, &clock](const http::ServerRequest& request, http::Respond respond) {
              Answer answer = endpoint.Handle(request);
              log.Write(clock.WallNow(), request, answer);
              if (answer.hang) {
                held_.push_back(std::move(respond));
              } else {
                respond(std::move(answer.response));
              }
            },
            [](int status) { return PageAnswer(status, ErrorPage("The request cannot be read.")).response; },
            Limits()) {}

  http::Server& server() { return server_; }
  base::Result<void> ServeAll(std::vector<Listener>& listeners) {
    for (auto& listener : listeners) {
      CIS2_CHECK(server_.Listen(std::move(listener.fd)));
    }
    return {};
  }

 private:
  std::vector<http::Respond> held_;
  http::Server server_;
};

// In one write, so that whoever reads the first line may close the pipe.
void SayReady(const Registration& registration, const std::vector<Listener>& listeners,
              const std::vector<Listener>& controls) {
  std::string text = "cis2-sim: ready on https://" + listeners.front().HostAndPort() + "\n";
  for (std::size_t i = 1; i < listeners.size(); ++i) {
    text += "cis2-sim: also on https://" + listeners[i].HostAndPort() + "\n";
  }
  for (const auto& control : controls) {
    text += "cis2-sim: control on http://" + control.HostAndPort() + "\n";
  }
  text += "cis2-sim: issuer " + registration.issuer + "\n";
  (void)std::fwrite(text.data(), 1, text.size(), stdout);
  (void)std::fflush(stdout);
}

base::Result<void> Serve(const Options& options) {
  CIS2_TRY(std::vector<Listener> listeners, ListenAll(options.listen));
  CIS2_TRY(std::vector<Listener> controls, ListenAll(options.control));
  CIS2_TRY(const Registration registration, Register(options, listeners.front().port));
  CIS2_TRY(KeyRing keys, MakeKeys(options));
  CIS2_TRY(http::TlsIdentity identity, ReadTlsIdentity(options));
  CIS2_TRY(const RequestLog log, OpenLog(options));

  const base::SystemClock clock;
  base::SystemRandom random;
  Bench bench(clock, random);
  if (!options.robot.empty()) {
    bench.robot = options.robot;
  }
  Endpoints endpoints(registration, keys, bench, clock, random);
  Control control(bench);

  boost::asio::io_context io(1);
  const RequestLog no_log;
  Front provider(io, endpoints, log, clock);
  Front tests(io, control, no_log, clock);
  CIS2_CHECK(provider.server().UseTls(std::move(identity)));
  CIS2_CHECK(provider.ServeAll(listeners));
  CIS2_CHECK(tests.ServeAll(controls));

  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](const boost::system::error_code& /*error*/, int /*signal*/) { io.stop(); });
  SayReady(registration, listeners, controls);
  io.run();
  provider.server().Stop();
  tests.server().Stop();
  return {};
}

int Run(int argc, char** argv) {
  (void)std::signal(SIGPIPE, SIG_IGN);
  const auto options = ParseCommandLine(argc, argv);
  if (!options) {
    return options.error();
  }
  if (const auto served = Serve(*options); !served) {
    (void)std::fprintf(stderr, "cis2-sim: %s\n", served.error().message.c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace cis2::simulator

// NOLINTNEXTLINE(bugprone-exception-escape): an exception ends the simulator, and the test sees it
int main(int argc, char** argv) { return cis2::simulator::Run(argc, argv); }
