#include "broker/ctl/test_login.h"

#include "broker/base/fd.h"
#include "broker/base/json.h"
#include "broker/base/text.h"
#include "broker/ctl/folder_watch.h"

#include <security/pam_appl.h>
#include <security/pam_misc.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cis2::ctl {
namespace {

using base::Result;

constexpr std::chrono::milliseconds kPatience{3000};
constexpr std::size_t kMaxAudit = 1024UL * 1024;  // what one login writes is some lines

// How the child ends: a code of libpam, and these.
constexpr int kAccountPhase = 64;  // added to the code
constexpr int kWithoutLink = 128;  // added too: nobody was asked to sign in
constexpr int kNotStarted = 255;

// --- the private folder

class PamFolder {
 public:
  PamFolder() = default;
  PamFolder(const PamFolder&) = delete;
  PamFolder& operator=(const PamFolder&) = delete;
  ~PamFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  Result<void> Fill(const std::string& pam_folder, const std::map<std::string, std::string>& files) {
    path_ = (std::filesystem::temp_directory_path() / "cis2ctl-pam-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) {
      return base::FailErrno("cannot make a folder for the PAM files of the test", errno);
    }
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(pam_folder, error)) {
      const std::string name = entry.path().filename();
      if (!files.contains(name)) {
        std::filesystem::create_symlink(entry.path(), path_ + "/" + name, error);
      }
    }
    for (const auto& [name, text] : files) {
      std::ofstream(path_ + "/" + name) << text;
    }
    return {};
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// --- the child

struct Watch {
  std::string link_start;
  bool saw_link = false;
};

// libpam's own conversation, one message at a time, with an eye on what is shown.
int Converse(int count, const pam_message** messages, pam_response** responses, void* data) {
  auto* const watch = static_cast<Watch*>(data);
  auto* const answers =
      static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
  if (answers == nullptr) {
    return PAM_BUF_ERR;
  }
  for (int i = 0; i < count; ++i) {
    const pam_message* message = messages[i];
    watch->saw_link =
        watch->saw_link || std::string_view(message->msg).find(watch->link_start) != std::string_view::npos;
    if (message->msg_style == PAM_TEXT_INFO) {
      (void)std::fprintf(stderr, "%s\n", message->msg);  // misc_conv would mix it into what --json prints
      continue;
    }
    pam_response* answer = nullptr;
    if (const int status = ::misc_conv(1, &message, &answer, nullptr); status != PAM_SUCCESS) {
      std::for_each(answers, answers + i, [](pam_response& each) { std::free(each.resp); });
      std::free(answers);
      return status;
    }
    answers[i] = *answer;
    std::free(answer);
  }
  *responses = answers;
  return PAM_SUCCESS;
}

void SetItems(pam_handle_t* pamh, const TestLoginAsk& ask) {
  const char* terminal = ::ttyname(STDIN_FILENO);  // NOLINT(concurrency-mt-unsafe): cis2ctl has one thread
  const bool ssh = ask.service == "sshd";
  ::pam_set_item(pamh, PAM_TTY, ssh ? "ssh" : terminal == nullptr ? "" : terminal);
  ::pam_set_item(pamh, PAM_RUSER, ask.ruser.c_str());
  if (!ssh) {
    return;
  }
  ::pam_set_item(pamh, PAM_RHOST, ask.client_address.c_str());
  ::pam_putenv(pamh, ("SSH_CONNECTION=" + ask.client_address + " 0 " + ask.client_address + " 22").c_str());
  if (!ask.accepted_key.empty()) {
    ::pam_putenv(pamh, ("SSH_AUTH_INFO_0=" + ask.accepted_key + "\n").c_str());
  }
}

int LogInThere(const TestLoginAsk& ask, const std::string& folder) {
  if (ask.uid && ::setresuid(*ask.uid, ::geteuid(), ::geteuid()) != 0) {
    return kNotStarted;
  }
  Watch watch{.link_start = ask.link_start};
  const pam_conv conversation = {.conv = Converse, .appdata_ptr = &watch};
  pam_handle_t* pamh = nullptr;
  if (::pam_start_confdir(ask.service.c_str(), ask.account.c_str(), &conversation, folder.c_str(), &pamh) !=
      PAM_SUCCESS) {
    return kNotStarted;
  }
  SetItems(pamh, ask);
  int end = ::pam_authenticate(pamh, 0);
  if (end == PAM_SUCCESS) {
    const int account = ::pam_acct_mgmt(pamh, 0);
    end = account == PAM_SUCCESS ? PAM_SUCCESS : account + kAccountPhase;
  }
  ::pam_end(pamh, end == PAM_SUCCESS ? PAM_SUCCESS : PAM_AUTH_ERR);
  return end + (watch.saw_link ? 0 : kWithoutLink);
}

// In a process of its own, as in sshd: the modules of a stack may do to it what they like, and for the broker, which
// counts sshd's grace time from the start of the parent, that is this program and not the shell.
Result<int> LogInApart(const TestLoginAsk& ask, const std::string& folder) {
  const pid_t child = ::fork();
  if (child < 0) {
    return base::FailErrno("cannot start a process for the test", errno);
  }
  if (child == 0) {
    ::_exit(LogInThere(ask, folder));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) == kNotStarted) {
    return base::Fail("libpam could not run the stack; its messages are in the log of authpriv");
  }
  return WEXITSTATUS(status);
}

// --- what came of it

// What was written to the file since it had `from` bytes; all of it if it was turned over.
std::string AuditSince(const std::string& path, std::uintmax_t from) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) {
    return "";
  }
  std::ifstream file(path);
  file.seekg(static_cast<std::streamoff>(size < from ? 0 : from));
  std::string text(kMaxAudit, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::uintmax_t SizeOf(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

// The outcome that was recorded since then. An allow is on disk before the terminal hears of it, a refusal may come
// after: it is waited for.
TestLoginEnd RecordedOutcome(const TestLoginAsk& ask, std::uintmax_t from, bool recorded) {
  using std::chrono::milliseconds;
  using std::chrono::steady_clock;
  FolderWatch watch(std::filesystem::path(ask.audit_file).parent_path());
  const auto deadline = steady_clock::now() + (recorded ? kPatience : milliseconds{0});
  while (true) {
    watch.Forget();
    if (const auto outcome = LastOutcome(AuditSince(ask.audit_file, from), ask.service, ask.account)) {
      return *outcome;
    }
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    pollfd changed{.fd = watch.fd(), .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&changed, 1, static_cast<int>(left.count())) == 0) {
      return {};
    }
  }
}

std::string Field(const base::Json& event, std::string_view name) {
  return base::Printable(base::StringMember(event, name).value_or(""), 256);
}

}  // namespace

std::optional<TestLoginEnd> LastOutcome(std::string_view audit_lines, std::string_view service,
                                        std::string_view account) {
  std::optional<TestLoginEnd> last;
  while (!audit_lines.empty()) {
    const std::string_view line = audit_lines.substr(0, audit_lines.find('\n'));
    audit_lines.remove_prefix(std::min(line.size() + 1, audit_lines.size()));
    const auto event = base::ParseJson(line);
    if (event && Field(*event, "event") == "login.outcome" && Field(*event, "service") == service &&
        Field(*event, "account") == account) {
      last = {.allowed = Field(*event, "outcome") == "allowed",
              .saw_link = false,
              .what = "",
              .reference = Field(*event, "reference"),
              .reason = Field(*event, "reason"),
              .grant = Field(*event, "grant"),
              .sub = Field(*event, "sub")};
    }
  }
  return last;
}

std::optional<std::string> AcceptedKeyLine(std::string_view public_key) {
  const auto first = public_key.find(' ');
  const std::string_view type = public_key.substr(0, first);
  const std::string_view rest = first == std::string_view::npos ? "" : public_key.substr(first + 1);
  const std::string_view key = rest.substr(0, rest.find_first_of(" \r\n"));
  const auto is_word = [](std::string_view word, std::string_view more) {
    return !word.empty() && std::ranges::all_of(word, [&](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             more.find(c) != std::string_view::npos;
    });
  };
  // Every key begins with the length of its type, of which three bytes are zero.
  return is_word(type, "-@.") && is_word(key, "+/=") && key.starts_with("AAAA")
             ? std::optional("publickey " + std::string(type) + " " + std::string(key))
             : std::nullopt;
}

Result<TestLoginEnd> RunTestLogin(const TestLoginAsk& ask, const std::string& pam_folder,
                                  const std::map<std::string, std::string>& files) {
  PamFolder folder;
  CIS2_CHECK(folder.Fill(pam_folder, files));
  const std::uintmax_t audit_size = SizeOf(ask.audit_file);
  CIS2_TRY(const int status, LogInApart(ask, folder.path()));
  const bool account_phase = (status & kAccountPhase) != 0;
  const int code = status & (kAccountPhase - 1);
  const bool saw_link = (status & kWithoutLink) == 0;
  TestLoginEnd end = RecordedOutcome(ask, audit_size, saw_link && !ask.audit_file.empty());
  end.saw_link = saw_link;
  end.allowed = code == PAM_SUCCESS && !account_phase && end.saw_link;
  end.what =
      std::string(account_phase ? "account phase: " : "authentication: ") + ::pam_strerror(nullptr, code);
  return end;
}

}  // namespace cis2::ctl
