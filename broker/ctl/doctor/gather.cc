#include "broker/ctl/doctor/gather.h"

#include "broker/base/clock.h"
#include "broker/base/fd.h"
#include "broker/base/text.h"
#include "broker/breakglass/store.h"
#include "broker/config/values.h"
#include "broker/ctl/accounts.h"
#include "broker/ctl/control_client.h"
#include "broker/ctl/front_socket.h"
#include "broker/ctl/run_command.h"
#include "broker/http/curl_client.h"
#include "broker/oidc/client_auth.h"
#include "broker/oidc/key_files.h"
#include "broker/oidc/provider.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <ifaddrs.h>
#include <netdb.h>
#include <sys/apparmor.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

namespace cis2::ctl::doctor {
namespace {

constexpr std::size_t kMaxPem = 48UL * 1024;
constexpr const char* kSshd = "/usr/sbin/sshd";
constexpr const char* kSudo = "/usr/bin/sudo";
constexpr const char* kTimedatectl = "/usr/bin/timedatectl";
constexpr const char* kProfiles = "/sys/kernel/security/apparmor/profiles";

FileState StateOf(const std::string& path) {
  struct stat st{};
  if (path.empty() || ::lstat(path.c_str(), &st) != 0) {
    return {};
  }
  return {.exists = true, .uid = st.st_uid, .mode = st.st_mode & 07777U, .written = st.st_mtime};
}

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

long NewestFile(const config::Config& config) {
  long newest = 0;
  for (const auto& [key, place] : config.places) {
    newest = std::max(newest, StateOf(place.file).written);
  }
  return newest;
}

// "2026-11-23T09:15:02.123Z", as the broker says when it was started.
long SecondsOf(const std::string& iso) {
  std::tm utc{};
  return ::strptime(iso.c_str(), "%Y-%m-%dT%H:%M:%S", &utc) == nullptr ? 0 : ::timegm(&utc);
}

// Passes requests on, and keeps what the last answer said besides its document.
class Witness final : public http::Client {
 public:
  explicit Witness(http::Client& client) : client_(client) {}

  http::ClientResult Send(const http::ClientRequest& request) override {
    http::ClientResult result = client_.Send(request);
    if (result) {
      answered_ = std::time(nullptr);
      date_ = std::string(http::FindHeader(result->headers, "Date").value_or(""));
      first_ = first_.empty() ? result->body : first_;
    } else {
      fault_ = result.error().detail;
    }
    return result;
  }

  [[nodiscard]] std::optional<long> Behind() const {
    std::tm utc{};
    if (::strptime(date_.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &utc) == nullptr) {
      return std::nullopt;
    }
    return ::timegm(&utc) - answered_;
  }
  [[nodiscard]] std::string Issuer() const {
    const auto document = base::ParseJson(first_);
    return document ? base::StringMember(*document, "issuer").value_or("") : "";
  }
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  http::Client& client_;
  std::string date_, first_, fault_;
  std::time_t answered_ = 0;
};

TlsTarget ProviderTarget(const config::Provider& provider) {
  const auto url = config::ParseUrl(provider.issuer);
  const auto proxy = config::ParseUrl(provider.proxy);
  TlsTarget target{.address = url ? url->host : "",
                   .port = url && url->port != 0 ? url->port : std::uint16_t{443},
                   .server_name = url ? url->host : "",
                   .proxy_host = proxy ? proxy->host : "",
                   .proxy_port = proxy ? proxy->port : std::uint16_t{0},
                   .ca_file = provider.ca_file,
                   .timeout = provider.timeout};
  return target;
}

// Without systemd there is nobody to ask, and no output.
TimeClient AskTimeClient() {
  return ParseTimeClient(RunCommand({kTimedatectl, "show", "--property=CanNTP", "--property=NTP"}).output);
}

bool KernelClockIsKept() {
  timex state{};
  return ::adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

std::uint32_t PermissionsOf(FileUse use) {
  switch (use) {
    case FileUse::kRead:
      return AA_MAY_READ;
    case FileUse::kMap:
      return AA_MAY_READ | AA_EXEC_MMAP;
    case FileUse::kWrite:
      return AA_MAY_READ | AA_MAY_WRITE;
    case FileUse::kKeep:
      break;
  }
  return AA_MAY_READ | AA_MAY_WRITE | AA_MAY_LOCK;
}

// What the kernel says of the loaded profile. What it cannot say is no refusal. Not by aa_query_file_path(), which leaves out
// the last character of the path (libapparmor 3 and 4): the query is the label, a zero byte, the class and the path, behind
// room for the command.
bool ProfileRefuses(const NeededFile& file) {
  std::string query(AA_QUERY_CMD_LABEL_SIZE, '\0');
  query += kBrokerProfile;
  query += '\0';
  query += static_cast<char>(AA_CLASS_FILE);
  query += file.path;
  int allowed = 0;
  int audited = 0;
  return ::aa_query_label(PermissionsOf(file.use), query.data(), query.size(), &allowed, &audited) == 0 &&
         allowed == 0;
}

// Whether a file is read as a credential, since the broker's user may not open it.
bool IsHandedOver(const NeededFile& file, std::optional<std::uint32_t> broker) {
  const FileState state = StateOf(file.path);
  return file.use == FileUse::kRead && state.exists && state.uid != broker && (state.mode & S_IROTH) == 0;
}

std::vector<std::string> OwnAddresses() {
  std::vector<std::string> addresses;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) {
    return addresses;
  }
  for (const ifaddrs* i = all; i != nullptr; i = i->ifa_next) {
    const int family = i->ifa_addr == nullptr ? AF_UNSPEC : i->ifa_addr->sa_family;
    char text[NI_MAXHOST];
    const socklen_t size = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    if ((family == AF_INET || family == AF_INET6) &&
        ::getnameinfo(i->ifa_addr, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0) {
      const std::string address(text);
      addresses.push_back(address.substr(0, address.find('%')));
    }
  }
  ::freeifaddrs(all);
  return addresses;
}

PortFacts LookAtPort(const std::string& listen, const std::string& host) {
  PortFacts port{.listen = listen, .tls = {}, .status = 0};
  const auto parsed = config::ParseListenAddress(listen);
  if (!parsed) {
    port.tls.failure = "no address";
    return port;
  }
  const bool any = parsed->address == "0.0.0.0" || parsed->address == "::";
  const std::string here = parsed->ipv6 ? "::1" : "127.0.0.1";
  const Looked looked = Look({.address = any ? here : parsed->address,
                              .port = parsed->port,
                              .server_name = host,
                              .proxy_host = {},
                              .ca_file = {}},
                             "GET /healthz HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  port.tls = looked.tls;
  port.status = StatusOf(looked.answer);
  return port;
}

// One that a grant names, this host knows, and a code may be for without more ado.
std::string OrdinaryAccount(const config::Config& config) {
  for (const policy::Grant& grant : config.grants) {
    for (const std::string& account : grant.accounts) {
      if (UidOf(account).value_or(0) >= kFirstOrdinaryUid) {
        return account;
      }
    }
  }
  return "";
}

// sshd writes its process id anew when it starts, and when it reads its files again (SIGHUP).
std::optional<long> LoadedAt(const std::string& pid_file) {
  const FileState state = StateOf(pid_file);
  return state.exists ? std::optional(state.written) : std::nullopt;
}

}  // namespace

std::vector<std::string> MissingUsers(const config::Host& host) {
  std::vector<std::string> missing = {host.user, host.front_user};
  std::erase_if(missing, [](const std::string& user) { return UidOf(user).has_value(); });
  return missing;
}

BrokerFacts GatherBroker(const config::Config& config) {
  const config::Host& host = config.host;
  BrokerFacts facts{.status = {},
                    .no_answer = {},
                    .version = CIS2_VERSION,
                    .pam_socket = StateOf(host.socket),
                    .control_socket = StateOf(host.control_socket),
                    .front_socket = StateOf(host.front_socket),
                    .folder = StateOf(FolderOf(host.socket)),
                    .front_uid = UidOf(host.front_user),
                    .configuration_written = NewestFile(config),
                    .started = 0};
  auto status = Ask(host.control_socket, "status");
  if (status) {
    facts.started = SecondsOf(base::StringMember(*status, "started").value_or(""));
    facts.status = *std::move(status);
  } else {
    facts.no_answer = status.error().message;
  }
  return facts;
}

KeyFacts GatherKey(const config::Provider& provider) {
  KeyFacts facts;
  facts.now = std::time(nullptr);
  const bool by_key = provider.client_auth == config::ClientAuth::kPrivateKeyJwt;
  facts.file = StateOf(by_key ? provider.client_key : provider.client_secret_file);
  if (by_key) {
    const auto files = oidc::FilesOf(provider.client_key);
    facts.is_file = files.has_value();
    if (files) {
      facts.next = StateOf(files->next);
      facts.previous = StateOf(files->previous);
    }
  }
  if (const auto credential = oidc::ClientCredential::Load(provider); !credential) {
    facts.problem = credential.error().message;
  }
  return facts;
}

std::vector<std::string> KeyIds(const config::Provider& provider) {
  std::vector<std::string> ids;
  const auto credential = oidc::ClientCredential::Load(provider);
  const auto jwks = credential ? base::ParseJson(credential->PublicJwks(provider)) : std::nullopt;
  const base::Json* keys = jwks ? base::Member(*jwks, "keys") : nullptr;
  if (keys != nullptr && keys->is_array()) {
    for (const base::Json& key : *keys) {
      ids.push_back(base::StringMember(key, "kid").value_or(""));
    }
  }
  return ids;
}

CodesFacts GatherCodes(const config::Config& config) {
  const std::string& path = config.break_glass.file;
  CodesFacts facts;
  facts.now = std::chrono::floor<std::chrono::seconds>(base::SystemClock().WallNow());
  facts.folder = StateOf(FolderOf(path));
  facts.file = StateOf(path);
  facts.owner = UidOf(config.host.user);
  facts.somebody = OrdinaryAccount(config);
  if (!facts.owner) {
    return facts;
  }
  if (auto ledger = breakglass::Store(path, *facts.owner).Load(); ledger) {
    facts.ledger = *std::move(ledger);
  } else {
    facts.problem = ledger.error().message;
  }
  for (const breakglass::Entry& entry : facts.ledger) {
    if (UidOf(entry.account)) {
      facts.known.insert(entry.account);
    }
  }
  return facts;
}

std::optional<std::vector<NeededFile>> GatherRefused(const Tree& tree, const config::Config& config) {
  const std::vector<std::string> profiles = Lines(tree.Read(kProfiles).value_or(""));
  if (std::ranges::find(profiles, std::string(kBrokerProfile) + " (enforce)") == profiles.end()) {
    return std::nullopt;
  }
  const auto broker = UidOf(config.host.user);
  std::vector<NeededFile> refused;
  for (NeededFile file : FilesOfBroker(config)) {
    std::error_code error;
    // Rules are about the file itself, not about a link to it.
    if (const auto real = std::filesystem::canonical(file.path, error); !error) {
      file.path = real.string();
    }
    if (!IsHandedOver(file, broker) && ProfileRefuses(file)) {
      refused.push_back(std::move(file));
    }
  }
  return refused;
}

ProviderLook GatherProvider(const config::Config& config) {
  const config::Provider& settings = config.provider;
  http::CurlClient client(
      {.ca_file = settings.ca_file, .proxy = settings.proxy, .timeout = settings.timeout});
  Witness witness(client);
  const base::SystemClock clock;
  oidc::Provider provider(settings, witness, clock);
  ProviderLook look;
  if (const auto fetched = provider.Refresh(); !fetched) {
    look.facts.refusal = fetched.error();
  }
  const auto keys = provider.CurrentKeys();
  look.keys = keys == nullptr ? 0 : keys->size();
  TlsTarget target = ProviderTarget(settings);
  if (settings.proxy.starts_with("https:")) {
    look.facts.tls.stage = TlsStage::kProxy;  // curl alone goes through TLS in TLS
    look.facts.tls.failure = witness.fault();
  } else {
    look.facts.tls = Look(target).tls;
  }
  look.facts.issuer_found = witness.Issuer();
  if (!settings.ca_file.empty() && !look.facts.tls.trusted) {
    target.ca_file.clear();
    look.facts.trusted_by_system = Look(target).tls.trusted;
  }
  look.clock = {.behind = witness.Behind(), .synchronised = KernelClockIsKept(), .client = AskTimeClient()};
  return look;
}

PageFacts GatherPages(const config::Config& config, std::vector<std::string> problems) {
  const auto url = config::ParseUrl(config.web.public_url);
  const std::string host = url ? url->host : "";
  PageFacts facts;
  std::string failure;
  facts.addresses = Resolve(host, failure);
  facts.own_addresses = OwnAddresses();
  facts.now = std::time(nullptr);
  facts.certificate_file = StateOf(config.web.certificate);
  facts.key_file = StateOf(config.web.certificate_key);
  facts.file_problems = std::move(problems);
  if (const auto pem = base::ReadTrustedFile(config.web.certificate, base::Privacy::kPublic, kMaxPem)) {
    facts.certificate = ReadCertificate(*pem, host);
  }
  for (const std::string& listen : config.web.listen) {
    facts.ports.push_back(LookAtPort(listen, host));
  }
  facts.ports_differ = AdviceOnPorts(config.web.listen, ShowFrontSocket());
  return facts;
}

std::optional<base::Result<SshdFacts>> GatherSshd(const Tree& tree, const std::string& config,
                                                  const SshdLogin& login) {
  if (::access(kSshd, X_OK) != 0) {
    return std::nullopt;
  }
  std::vector<std::string> command = {kSshd, "-T", "-f", config};
  if (!login.account.empty()) {
    command.insert(command.end(),
                   {"-C", "user=" + login.account + ",host=" + login.address + ",addr=" + login.address});
  }
  const CommandResult said = RunCommand(command);
  if (said.status != 0) {
    return base::Fail(base::Printable(said.errors.empty() ? said.output : said.errors, 512));
  }
  SshdFacts facts{.config = config,
                  .settings = ParseSshdDump(said.output),
                  .lines = ReadSshdFiles(tree, config),
                  .newest = tree.Written(config),
                  .loaded = {}};
  for (const SshdLine& line : facts.lines) {
    facts.newest = std::max(facts.newest, tree.Written(line.file));
  }
  facts.loaded = LoadedAt(facts.settings["pidfile"]);
  return facts;
}

std::optional<std::string> GatherSudo() {
  if (::access(kSudo, X_OK) != 0) {
    return std::nullopt;
  }
  return RunCommand({kSudo, "-V"}).output;
}

bool IsModuleInstalled() {
  const Tree host;
  for (const char* pattern : {"/lib/*/security/pam_cis2.so", "/usr/lib/*/security/pam_cis2.so",
                              "/lib/security/pam_cis2.so", "/usr/lib64/security/pam_cis2.so"}) {
    if (!host.Glob(pattern).empty()) {
      return true;
    }
  }
  return false;
}

}  // namespace cis2::ctl::doctor
