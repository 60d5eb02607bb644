// cis2-brokerd: the confidential OpenID Connect client of this server, and the only process that decides
// about logins.
//
// Started as root without systemd it opens what needs root, starts the front as its own user, and drops to
// its own. Under systemd it gets its sockets passed and is never root.

#include "broker/app/app.h"
#include "broker/app/front_process.h"
#include "broker/app/sockets.h"
#include "broker/app/users.h"
#include "broker/audit/last_resort.h"
#include "broker/base/log.h"
#include "broker/config/check.h"
#include "broker/config/load.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <getopt.h>
#include <optional>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>

namespace cis2 {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitConfig = 78;  // EX_CONFIG: systemd shows it by name

struct Options {
  std::string config = "/etc/cis2-broker/broker.toml";
  std::string front;
  bool debug = false;
};

constexpr const char* kHelp =
    "Usage: cis2-brokerd [--config FILE] [--debug] [--front PATH]\n"
    "\n"
    "Signs operators in to this server with NHS CIS2 Authentication. Runs in the foreground.\n"
    "\n"
    "  --config FILE  the configuration (default /etc/cis2-broker/broker.toml, and broker.d/*.toml beside "
    "it)\n"
    "  --debug        log more; never a secret\n"
    "  --front PATH   the program that serves the pages, without systemd (default: beside this program,\n"
    "                 else /usr/libexec/cis2-broker/cis2-front)\n"
    "  --version      print the version\n"
    "  --help         print this\n"
    "\n"
    "Signals: SIGTERM stops and tells pending operators; SIGHUP reads the grants and host.networks again.\n"
    "\n"
    "Examples:\n"
    "  cis2ctl check-config --config ./broker.toml    find mistakes first\n"
    "  cis2-brokerd --config ./broker.toml --debug    try a configuration by hand\n";

std::string DefaultFront() {
  std::error_code ignored;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "cis2-front";
  return std::filesystem::exists(beside, ignored) ? beside.string() : "/usr/libexec/cis2-broker/cis2-front";
}

// The options, or the exit status after something was printed.
std::expected<Options, int> ParseArguments(int argc, char** argv) {
  static constexpr std::array<option, 6> kOptions = {{{"config", required_argument, nullptr, 'c'},
                                                      {"front", required_argument, nullptr, 'f'},
                                                      {"debug", no_argument, nullptr, 'd'},
                                                      {"version", no_argument, nullptr, 'v'},
                                                      {"help", no_argument, nullptr, 'h'},
                                                      {nullptr, 0, nullptr, 0}}};
  Options options;
  int found = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread yet
  while ((found = ::getopt_long(argc, argv, "", kOptions.data(), nullptr)) != -1) {
    switch (found) {
      case 'c':
        options.config = optarg;
        break;
      case 'f':
        options.front = optarg;
        break;
      case 'd':
        options.debug = true;
        break;
      case 'v':
        (void)std::puts("cis2-brokerd " CIS2_VERSION);
        return std::unexpected(0);
      case 'h':
        (void)std::fputs(kHelp, stdout);
        return std::unexpected(0);
      default:
        (void)std::fputs("Try cis2-brokerd --help.\n", stderr);
        return std::unexpected(kExitUsage);
    }
  }
  if (optind < argc) {
    std::fprintf(stderr, "cis2-brokerd: '%s' is not an option. Try cis2-brokerd --help.\n", argv[optind]);
    return std::unexpected(kExitUsage);
  }
  if (options.front.empty()) {
    options.front = DefaultFront();
  }
  return options;
}

// The configuration if everything about it is right; else every problem was printed.
std::optional<config::Config> LoadConfig(const std::string& path) {
  auto loaded = config::LoadFile(path);
  std::vector<config::Problem> problems = loaded ? config::CheckRules(*loaded) : loaded.error();
  if (problems.empty()) {
    problems = config::CheckFiles(*loaded);
  }
  for (const config::Problem& problem : problems) {
    base::LogError("the configuration is not usable", {{"PROBLEM", config::Format(problem)}});
  }
  if (!problems.empty()) {
    return std::nullopt;
  }
  for (const std::string& advice : config::Advice(*loaded)) {
    base::LogWarning("about the configuration", {{"ADVICE", advice}});
  }
  return *std::move(loaded);
}

// Keys are in this memory: no core dump, no debugger of the same user.
void ProtectMemory() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

base::Result<void> MakeSocketFolder(const std::string& socket) {
  const auto folder = std::filesystem::path(socket).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return error ? base::Result<void>(
                     base::Fail("cannot make the folder " + folder.string() + ": " + error.message()))
               : base::Result<void>();
}

base::Result<base::UniqueFd> StartFront(const config::Config& config, const Options& options,
                                        const app::SystemUser& user) {
  app::FrontCommand command{
      .program = options.front, .debug = options.debug, .uid = user.uid, .gid = user.gid, .listeners = {}};
  for (const std::string& address : config.web.listen) {
    CIS2_TRY(base::UniqueFd listener, app::ListenTcp("[web] listen", address));
    command.listeners.push_back(std::move(listener));
  }
  return app::StartFrontKeeper(std::move(command));
}

// What systemd passed; or else the front, started by us. The front comes before everything that is secret or
// ours: its keeper is forked, and must inherit neither.
base::Result<void> TakeSocketsOrStartFront(const config::Config& config, const Options& options,
                                           app::Opened& opened) {
  CIS2_TRY(app::PassedSockets passed, app::TakePassedSockets());
  CIS2_TRY(const app::SystemUser front_user, app::FindSystemUser(config.host.front_user));
  opened.front_uid = front_user.uid;
  opened.pam = std::move(passed.pam);
  opened.control = std::move(passed.control);
  opened.front = std::move(passed.front);
  opened.metrics = std::move(passed.metrics);
  if (!opened.pam.valid()) {
    CIS2_TRY(opened.keeper, StartFront(config, options, front_user));
  }
  return {};
}

// The sockets that systemd did not pass. Last, so that a broker that cannot start has never listened.
base::Result<void> MakeOwnSockets(const config::Config& config, app::Opened& opened) {
  if (opened.pam.valid()) {
    return {};
  }
  CIS2_CHECK(MakeSocketFolder(config.host.socket));
  CIS2_CHECK(MakeSocketFolder(config.host.control_socket));
  CIS2_TRY(opened.pam, ipc::ListenAt(config.host.socket, S_IRUSR | S_IWUSR, ::geteuid()));
  CIS2_TRY(opened.control, ipc::ListenAt(config.host.control_socket, S_IRUSR | S_IWUSR, ::geteuid()));
  return {};
}

// Where Prometheus asks; what systemd passed wins. A socket is for the group of our user: who reads the numbers is
// made a member.
base::Result<void> OpenMetrics(const config::Config& config, const app::SystemUser& user,
                               app::Opened& opened) {
  const std::string& listen = config.metrics.listen;
  if (opened.metrics.valid() || listen.empty()) {
    return {};
  }
  if (!listen.starts_with('/')) {
    CIS2_TRY(opened.metrics, app::ListenTcp("[metrics] listen", listen));
    return {};
  }
  CIS2_CHECK(MakeSocketFolder(listen));
  CIS2_TRY(opened.metrics,
           ipc::ListenAt(listen, S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP, ::geteuid(), user.gid));
  return {};
}

// When the file of the client key was made. Nothing for a key that is no file, and for a credential of systemd, which
// is written anew at each start.
std::optional<std::chrono::sys_seconds> ClientKeyMade(const config::Provider& provider) {
  struct stat st{};
  if (provider.client_auth != config::ClientAuth::kPrivateKeyJwt ||
      provider.client_key.starts_with("/run/credentials/") || ::stat(provider.client_key.c_str(), &st) != 0) {
    return std::nullopt;
  }
  return std::chrono::sys_seconds(std::chrono::seconds(st.st_mtime));
}

// The secrets that the configuration names.
base::Result<void> ReadSecrets(const config::Config& config, app::Opened& opened) {
  ProtectMemory();
  CIS2_TRY(opened.credential, oidc::ClientCredential::Load(config.provider));
  opened.client_key_made = ClientKeyMade(config.provider);
  CIS2_TRY(opened.page_certificate,
           base::ReadTrustedFile(config.web.certificate, base::Privacy::kPublic, config::kMaxPageFile));
  CIS2_TRY(std::string key,
           base::ReadTrustedFile(config.web.certificate_key, base::Privacy::kPrivate, config::kMaxPageFile));
  opened.page_key = base::Secret::Take(key);
  return {};
}

base::Result<void> OpenAudit(boost::asio::io_context& io, const config::Config& config, app::Opened& opened) {
  if (config.audit.file.empty()) {
    return {};
  }
  CIS2_TRY(opened.audit_file, audit::FileSink::Open(config.audit, [&io](std::function<void()> f) {
             boost::asio::post(io, std::move(f));
           }));
  return {};
}

// Says why in one line. The status: kExitConfig where starting again cannot help before a file is mended.
int CannotStart(const base::Error& error, int status) {
  base::LogError("cannot start", {{"ERROR", error.message}});
  return status;
}

int Run(int argc, char** argv) {
  const auto options = ParseArguments(argc, argv);
  if (!options) {
    return options.error();
  }
  base::Log::Start("cis2-brokerd", options->debug);
  // Whoever read the log, or a provider, is gone: no reason to go as well.
  std::ignore = std::signal(SIGPIPE, SIG_IGN);
  auto config = LoadConfig(options->config);
  if (!config) {
    return kExitConfig;
  }
  const auto user = app::FindSystemUser(config->host.user);
  if (!user) {
    return CannotStart(user.error(), 1);
  }
  boost::asio::io_context io(1);
  app::Opened opened;
  if (const auto front = TakeSocketsOrStartFront(*config, *options, opened); !front) {
    return CannotStart(front.error(), 1);
  }
  if (const auto secrets = ReadSecrets(*config, opened); !secrets) {
    return CannotStart(secrets.error(), kExitConfig);
  }
  if (const auto audit = OpenAudit(io, *config, opened); !audit) {
    return CannotStart(audit.error(), 1);
  }
  if (const auto sockets = MakeOwnSockets(*config, opened); !sockets) {
    return CannotStart(sockets.error(), 1);
  }
  if (const auto metrics = OpenMetrics(*config, *user, opened); !metrics) {
    return CannotStart(metrics.error(), 1);
  }
  opened.kernel_log = audit::OpenKernelLog();
  if (const auto dropped = app::DropPrivileges(*user); !dropped) {
    return CannotStart(dropped.error(), 1);
  }
  ProtectMemory();  // a change of uid sets "dumpable" anew
  app::App(io, *std::move(config), options->config, std::move(opened)).Run();
  return 0;
}

}  // namespace
}  // namespace cis2

int main(int argc, char** argv) { return cis2::Run(argc, argv); }
