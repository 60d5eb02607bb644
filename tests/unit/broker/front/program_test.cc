// cis2-front as a process: arguments, inherited sockets, sandbox, log, end.
#include "broker/front/form_check.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_front_broker.h"
#include "tests/support/raw_client.h"
#include "tests/support/service_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cis2::front {
namespace {

using testing::HasSubstr;
using testing::Not;
using tests::FakeFrontBroker;
using tests::RawClient;

// Descriptors as the program gets them: 3 and 4.
constexpr int kListenerFd = 3;
constexpr int kBrokerFd = 4;

// As RestrictAddressFamilies=AF_UNIX of the unit does it.
bool AllowUnixSocketsAlone() {
  sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
  };
  const sock_fprog program{.len = std::size(rules), .filter = rules};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

class Program {
 public:
  struct Setup {
    std::vector<std::string> arguments;
    std::vector<std::string> environment;
    base::UniqueFd listener;  // becomes descriptor 3
    base::UniqueFd broker;    // becomes descriptor 4
    bool unix_sockets_alone = false;
  };

  explicit Program(Setup setup) {
    int pipe_fds[2] = {-1, -1};
    EXPECT_EQ(::pipe2(pipe_fds, O_CLOEXEC), 0);
    log_ = base::UniqueFd(pipe_fds[0]);
    const base::UniqueFd write_end(pipe_fds[1]);
    std::vector<char*> argv;
    setup.arguments.insert(setup.arguments.begin(), "cis2-front");
    for (std::string& argument : setup.arguments) {
      argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    std::vector<char*> envp;
    for (std::string& variable : setup.environment) {
      envp.push_back(variable.data());
    }
    envp.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      Become(setup, write_end.get(), argv, envp);
    }
  }
  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }

  // Reads the log until `text` is in it or the program closes it.
  std::string LogUntil(const std::string& text) {
    while (all_.find(text) == std::string::npos && ReadMore()) {
    }
    return all_;
  }
  // The rest of the log, and the exit status; -1 if a signal ended it.
  std::pair<int, std::string> Finish() {
    while (ReadMore()) {
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, all_};
  }

 private:
  // Between fork and exec: system calls alone.
  [[noreturn]] static void Become(const Setup& setup, int log, std::vector<char*>& argv,
                                  std::vector<char*>& envp) {
    constexpr int kOutOfTheWay = 50;
    const int listener = ::fcntl(setup.listener.get(), F_DUPFD_CLOEXEC, kOutOfTheWay);
    const int broker = ::fcntl(setup.broker.get(), F_DUPFD_CLOEXEC, kOutOfTheWay);
    ::dup2(log, STDERR_FILENO);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(listener, kListenerFd);
    ::dup2(broker, kBrokerFd);
    if (setup.unix_sockets_alone && !AllowUnixSocketsAlone()) {
      ::_exit(126);
    }
    ::execve(CIS2_FRONT_PROGRAM, argv.data(), envp.data());
    ::_exit(127);
  }
  bool ReadMore() {
    pollfd waiting{.fd = log_.get(), .events = POLLIN, .revents = 0};
    char buffer[4096];
    if (::poll(&waiting, 1, 30'000) != 1) {
      return false;
    }
    const ssize_t size = ::read(log_.get(), buffer, sizeof(buffer));
    if (size <= 0) {
      return false;
    }
    all_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }

  pid_t pid_ = -1;
  base::UniqueFd log_;
  std::string all_;
};

front_wire::Settings ExampleSettings() {
  tests::CertificateSpec spec;
  const tests::CertificateAndKey certificate = tests::SelfSigned(spec);
  front_wire::Settings settings;
  settings.public_url = "https://server.example:8443";
  settings.certificate_chain_pem = certificate.certificate_pem;
  settings.private_key_pem = certificate.key_pem;
  return settings;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A program that serves, with its log at debug.
class RunningProgramTest : public testing::Test {
 protected:
  RunningProgramTest() {
    auto [broker, theirs] = FakeFrontBroker::Pair();
    broker_.emplace(std::move(broker));
    program_.emplace(Program::Setup{.arguments = {"--broker-fd", "4", "--debug"},
                                    .environment = {"LISTEN_FDS=1"},
                                    .listener = tests::ListenOnLoopback("127.0.0.1", &port_),
                                    .broker = std::move(theirs)});
    EXPECT_TRUE(broker_->Send(settings_));
    EXPECT_THAT(program_->LogUntil("serving"), HasSubstr("serving"));
  }
  std::unique_ptr<RawClient> Send(const std::string& request) {
    auto client = std::make_unique<RawClient>(port_);
    EXPECT_TRUE(client->StartTls());
    EXPECT_TRUE(client->Send(request));
    return client;
  }

  front_wire::Settings settings_ = ExampleSettings();
  std::optional<FakeFrontBroker> broker_;
  std::optional<Program> program_;
  std::uint16_t port_ = 0;
};

TEST_F(RunningProgramTest, ServesUntilToldToEnd) {
  EXPECT_THAT(Send("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")->ReadToEnd(),
              HasSubstr("200 OK"));
  ::kill(program_->pid(), SIGTERM);
  EXPECT_EQ(program_->Finish().first, EXIT_SUCCESS);
}

TEST_F(RunningProgramTest, EndsWithALogLineWhenTheBrokerIsGone) {
  broker_->Close();
  const auto [status, log] = program_->Finish();
  EXPECT_EQ(status, EXIT_FAILURE);
  EXPECT_THAT(log, HasSubstr("the broker is gone"));
}

TEST_F(RunningProgramTest, HasGivenUpWhatItDoesNotNeed) {
  const std::string process = "/proc/" + std::to_string(program_->pid());
  EXPECT_THAT(ReadFile(process + "/status"), HasSubstr("NoNewPrivs:\t1"));
  EXPECT_TRUE(std::ifstream(process + "/limits").good());
  EXPECT_THAT(ReadFile(process + "/limits"), testing::ContainsRegex("Max core file size +0 +0 "));
}

// What a browser sends and gets is in no line, even at debug.
TEST_F(RunningProgramTest, LogsNoSecret) {
  const std::string key(43, 'q');
  const std::string cookie = "Cookie: __Host-cis2-BCDFGHJK=1795425302." + key + "\r\n";
  const std::string tail = "Host: h\r\nConnection: close\r\n" + cookie;
  const auto show = Send("GET /l/BCDF-GHJK HTTP/1.1\r\n" + tail + "\r\n");
  front_wire::Page page;
  page.request = broker_->Expect<front_wire::ShowLogin>().request;
  page.outcome = front_wire::PageOutcome::kCode;
  page.confirmation_code = "482913";
  EXPECT_TRUE(broker_->Send(page));
  EXPECT_THAT(show->ReadToEnd(), HasSubstr("<span>482</span>"));
  const auto callback = Send("GET /callback?code=secretcode&state=secretstate HTTP/1.1\r\n" + tail + "\r\n");
  front_wire::RedirectTo redirect;
  redirect.request = broker_->Expect<front_wire::Callback>().request;
  redirect.location = "/l/BCDF-GHJK";
  EXPECT_TRUE(broker_->Send(redirect));
  EXPECT_THAT(callback->ReadToEnd(), HasSubstr("303"));
  Send("GET /callback?code=secretcode&code=x&state=secretstate HTTP/1.1\r\n" + tail + "\r\n")->ReadToEnd();
  Send("GET /?code=BCDF-GHJK HTTP/1.1\r\n" + tail + "\r\n")->ReadToEnd();
  Send("GET /secretcode?secretstate HTTP/1.1\r\n" + tail + "\r\n")->ReadToEnd();
  Send("secretcode secretstate\r\n\r\n")->ReadToEnd();

  ::kill(program_->pid(), SIGTERM);
  const auto [status, log] = program_->Finish();

  EXPECT_THAT(log, HasSubstr("ROUTE=\"callback\""));
  const std::string key_line = settings_.private_key_pem.substr(30, 40);
  for (const std::string& secret :
       {key, std::string("482913"), std::string("secretcode"), std::string("secretstate"),
        std::string("BCDF"), FormToken(key, "BCDFGHJK"), key_line}) {
    EXPECT_THAT(log, Not(HasSubstr(secret)));
  }
}

// A broker that is not there must not hold up whoever starts the front: there are no settings here.
TEST(ProgramTest, TellsTheServiceManagerThatItIsReadyThatItLivesAndThatItEnds) {
  const tests::ServiceManager manager;
  std::uint16_t port = 0;
  Program program({.arguments = {"--broker-socket", "/run/none"},
                   .environment = {"LISTEN_FDS=1", "NOTIFY_SOCKET=" + manager.path(), "WATCHDOG_USEC=20000"},
                   .listener = tests::ListenOnLoopback("127.0.0.1", &port),
                   .broker = {}});
  EXPECT_EQ(manager.Hears(), "READY=1");
  EXPECT_EQ(manager.Hears(), "WATCHDOG=1");
  EXPECT_EQ(manager.Hears(), "WATCHDOG=1");
  ::kill(program.pid(), SIGTERM);
  EXPECT_EQ(program.Finish().first, EXIT_SUCCESS);
  std::string last;
  for (std::string said = manager.Heard(); !said.empty(); said = manager.Heard()) {
    last = said;
  }
  EXPECT_EQ(last, "STOPPING=1");
}

TEST(ProgramTest, NeedsNoSocketOfTheNetworkToServe) {
  auto [broker, theirs] = FakeFrontBroker::Pair();
  std::uint16_t port = 0;
  Program program({.arguments = {"--broker-fd", "4"},
                   .environment = {"LISTEN_FDS=1"},
                   .listener = tests::ListenOnLoopback("127.0.0.1", &port),
                   .broker = std::move(theirs),
                   .unix_sockets_alone = true});
  ASSERT_TRUE(broker.Send(ExampleSettings()));
  EXPECT_THAT(program.LogUntil("serving"), HasSubstr("serving"));
  RawClient client(port);
  ASSERT_TRUE(client.StartTls());
  ASSERT_TRUE(client.Send("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_THAT(client.ReadToEnd(), HasSubstr("200 OK"));
}

TEST(ProgramTest, RefusesWrongArguments) {
  const std::vector<std::vector<std::string>> wrong = {{},
                                                       {"--broker-fd", "4", "--broker-socket", "/x"},
                                                       {"--broker-fd", "x"},
                                                       {"--broker-fd", "-1"},
                                                       {"--unknown"},
                                                       {"extra"}};
  for (const auto& arguments : wrong) {
    Program program({.arguments = arguments, .environment = {"LISTEN_FDS=1"}, .listener = {}, .broker = {}});
    EXPECT_EQ(program.Finish().first, 2);
  }
}

TEST(ProgramTest, SaysItsVersion) {
  Program program({.arguments = {"--version"}, .environment = {}, .listener = {}, .broker = {}});
  const auto [status, text] = program.Finish();
  EXPECT_EQ(status, 0);
  EXPECT_THAT(text, testing::StartsWith("cis2-front "));
}

TEST(ProgramTest, RefusesToStartWithoutListeningSockets) {
  const std::vector<std::vector<std::string>> environments = {{},
                                                              {"LISTEN_FDS=0"},
                                                              {"LISTEN_FDS=x"},
                                                              {"LISTEN_FDS=-1"},
                                                              {"LISTEN_FDS=65"},
                                                              {"LISTEN_FDS=1", "LISTEN_PID=1"},
                                                              {"LISTEN_FDS=2"}};
  for (const auto& environment : environments) {
    auto [broker, theirs] = FakeFrontBroker::Pair();
    std::uint16_t port = 0;
    Program program({.arguments = {"--broker-fd", "4"},
                     .environment = environment,
                     .listener = tests::ListenOnLoopback("127.0.0.1", &port),
                     .broker = std::move(theirs)});
    const auto [status, log] = program.Finish();
    EXPECT_EQ(status, EXIT_FAILURE);
    EXPECT_THAT(
        log, testing::AnyOf(HasSubstr("no listening sockets"), HasSubstr("is not a listening TCP socket")));
  }
}

TEST(ProgramTest, RefusesABrokerDescriptorThatIsNone) {
  std::uint16_t port = 0;
  Program program({.arguments = {"--broker-fd", "9"},
                   .environment = {"LISTEN_FDS=1"},
                   .listener = tests::ListenOnLoopback("127.0.0.1", &port),
                   .broker = {}});
  const auto [status, log] = program.Finish();
  EXPECT_EQ(status, EXIT_FAILURE);
  EXPECT_THAT(log, HasSubstr("--broker-fd 9 is not open"));
}

}  // namespace
}  // namespace cis2::front
