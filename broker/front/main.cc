// cis2-front: the web pages, in a process that holds the TLS key of the pages and no other secret.
#include "broker/base/clock.h"
#include "broker/base/fd.h"
#include "broker/base/log.h"
#include "broker/base/random.h"
#include "broker/front/front.h"
#include "broker/front/listen_fds.h"
#include "broker/front/sandbox.h"
#include "broker/service/watchdog.h"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <openssl/ssl.h>
#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/stat.h>

namespace cis2::front {
namespace {

struct Arguments {
  int broker_fd = -1;
  std::string broker_socket;
  bool debug = false;
};

// The exit status when there is nothing to run.
std::optional<int> ParseArguments(int argc, char** argv, Arguments& arguments) {
  CLI::App app(
      "The web pages of pam-cis2. Started by systemd or by cis2-brokerd, with its listening sockets as "
      "LISTEN_FDS; everything else it needs comes from the broker.",
      "cis2-front");
  app.set_version_flag("--version", std::string("cis2-front ") + CIS2_VERSION);
  auto* const fd =
      app.add_option("--broker-fd", arguments.broker_fd, "An inherited connection to cis2-brokerd")
          ->check(CLI::Range(0, 65535))
          ->type_name("N");
  auto* const socket =
      app.add_option("--broker-socket", arguments.broker_socket, "The socket of cis2-brokerd")
          ->excludes(fd)
          ->type_name("PATH");
  app.add_flag("--debug", arguments.debug, "Log more; never a secret");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EXIT_SUCCESS : 2;
  }
  if (fd->count() + socket->count() != 1) {
    base::LogError("give either --broker-fd or --broker-socket");
    return 2;
  }
  return std::nullopt;
}

int Fail(const std::string& why) {
  base::LogError("cis2-front ends", {{"WHY", why}});
  return EXIT_FAILURE;
}

int Serve(const Arguments& arguments, std::vector<base::UniqueFd> listeners) {
  boost::asio::io_context io(1);
  const base::SystemClock clock;
  base::SystemRandom random;
  int status = EXIT_SUCCESS;
  Front front({.io = io,
               .clock = clock,
               .random = random,
               .listeners = std::move(listeners),
               .on_end = [&](const std::string& why) {
                 status = Fail(why);
                 io.stop();
               }});
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code& ec, int /*number*/) {
    if (!ec) {
      base::LogInfo("told to end");
      io.stop();
    }
  });
  if (arguments.broker_socket.empty()) {
    if (::fcntl(arguments.broker_fd, F_SETFD, FD_CLOEXEC) != 0) {
      return Fail("--broker-fd " + std::to_string(arguments.broker_fd) + " is not open");
    }
    if (auto adopted = front.UseBrokerFd(base::UniqueFd(arguments.broker_fd)); !adopted) {
      return Fail(adopted.error().message);
    }
  } else {
    front.UseBrokerSocket(arguments.broker_socket);
  }
  // It has its ports and its sandbox. It does not wait for the broker, which may not be configured yet.
  ::sd_notify(0, "READY=1");
  service::Watchdog watchdog(io);
  watchdog.Start();
  io.run();
  ::sd_notify(0, "STOPPING=1");
  front.Stop();
  return status;
}

int Run(int argc, char** argv) {
  base::Log::Start("cis2-front", false);
  Arguments arguments;
  if (const auto status = ParseArguments(argc, argv, arguments)) {
    return *status;
  }
  base::Log::Start("cis2-front", arguments.debug);
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // a client that is gone is an error value
  auto listeners = TakeListeningSockets();
  if (!listeners) {
    return Fail(listeners.error().message);
  }
  // OpenSSL reads its configuration file now; afterwards there are no files.
  ::OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, nullptr);
  if (auto entered = EnterSandbox(); !entered) {
    return Fail(entered.error().message);
  }
  return Serve(arguments, std::move(*listeners));
}

}  // namespace
}  // namespace cis2::front

#if defined(__SANITIZE_ADDRESS__)
// The leak checker attaches to its own process, which EnterSandbox() forbids.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

int main(int argc, char** argv) {
  try {
    return cis2::front::Run(argc, argv);
  } catch (const std::exception& error) {
    cis2::base::LogError("cis2-front ends after an exception", {{"WHY", error.what()}});
    return EXIT_FAILURE;
  }
}
