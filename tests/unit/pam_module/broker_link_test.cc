#include "pam_module/broker_link.h"

#include "tests/support/fake_broker.h"
#include "tests/support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace cis2::pam_module {
namespace {

using std::chrono::milliseconds;
using testing::FrameOf;
using testing::TempFolder;
using wire::MessageType;

constexpr uid_t kNobody = 65534;
constexpr long kShort = 150;       // a limit that a test waits for
constexpr long kGenerous = 19000;  // one that no test reaches

class Stopwatch {
 public:
  [[nodiscard]] long Milliseconds() const {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

wire::LoginRequest Request() {
  wire::LoginRequest request;
  request.service = "sshd";
  request.account = "op1";
  return request;
}

std::string Refusal() {
  return FrameOf(
      wire::Verdict{.kind = wire::VerdictKind::kRefuse, .text = "No.", .reference = "R", .ticket = ""});
}

// --- Connect: whom the module trusts -------------------------------------------------------------

class ConnectTest : public ::testing::Test {
 protected:
  // A listening socket; `listener` is the effective user at the time of listen(2).
  void Listen(int backlog = 8, uid_t listener = 0) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_GE(fd_, 0);
    ASSERT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
    ASSERT_EQ(::seteuid(listener), 0);
    const int listening = ::listen(fd_, backlog);
    ASSERT_EQ(::seteuid(0), 0);
    ASSERT_EQ(listening, 0);
  }
  void TearDown() override { ::close(fd_); }

  LinkStatus Connect(const std::string& path, long limit = kGenerous) {
    link_ = std::make_unique<BrokerLink>(kGenerous);
    return link_->Connect(path.c_str(), limit);
  }
  [[nodiscard]] std::string Why() const { return link_->why(); }

  TempFolder folder_;
  std::string path_ = folder_.File("pam.sock");
  int fd_ = -1;
  std::unique_ptr<BrokerLink> link_;
};

TEST_F(ConnectTest, TrustsASocketOfRootInAFolderOfRoot) {
  Listen();
  EXPECT_EQ(Connect(path_), LinkStatus::kOk) << Why();
}

TEST_F(ConnectTest, RefusesASocketOfAnotherUser) {
  Listen();
  ASSERT_EQ(::chown(path_.c_str(), kNobody, 0), 0);
  EXPECT_EQ(Connect(path_), LinkStatus::kUntrusted);
}

TEST_F(ConnectTest, RefusesAFolderOfAnotherUser) {
  Listen();
  ASSERT_EQ(::chown(folder_.path().c_str(), kNobody, 0), 0);
  EXPECT_EQ(Connect(path_), LinkStatus::kUntrusted);
}

TEST_F(ConnectTest, RefusesASocketThatOthersMayWriteTo) {
  Listen();
  for (const mode_t mode : {0602U, 0620U, 0666U, 0777U}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(Connect(path_), LinkStatus::kUntrusted) << std::oct << mode;
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
  EXPECT_EQ(Connect(path_), LinkStatus::kOk);
}

TEST_F(ConnectTest, RefusesAFolderThatOthersMayWriteTo) {
  Listen();
  for (const mode_t mode : {0702U, 0720U, 0777U, 01777U}) {
    ASSERT_EQ(::chmod(folder_.path().c_str(), mode), 0);
    EXPECT_EQ(Connect(path_), LinkStatus::kUntrusted) << std::oct << mode;
  }
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  EXPECT_EQ(Connect(path_), LinkStatus::kOk);
}

TEST_F(ConnectTest, RefusesAListenerThatIsNotRoot) {
  ASSERT_NO_FATAL_FAILURE(Listen(/*backlog=*/8, kNobody));
  EXPECT_EQ(Connect(path_), LinkStatus::kUntrusted);
  EXPECT_EQ(Why(), "another user than root listens on the broker's socket");
}

TEST_F(ConnectTest, RefusesWhatIsNoSocket) {
  folder_.Write("pam.sock", "");
  EXPECT_EQ(Connect(path_), LinkStatus::kUntrusted);
}

TEST_F(ConnectTest, RefusesSymbolicLinksInTheLastTwoPlaces) {
  Listen();
  const TempFolder other;
  std::filesystem::create_symlink(path_, other.File("pam.sock"));
  std::filesystem::create_symlink(folder_.path(), other.File("folder"));

  EXPECT_EQ(Connect(other.File("pam.sock")), LinkStatus::kUntrusted);
  EXPECT_EQ(Connect(other.File("folder/pam.sock")), LinkStatus::kUntrusted);
}

TEST_F(ConnectTest, WithoutASocketOrAListenerNobodyIsReached) {
  EXPECT_EQ(Connect(path_), LinkStatus::kUnreachable);
  EXPECT_EQ(link_->error(), ENOENT);
  EXPECT_EQ(Connect("/nonexistent/cis2/pam.sock"), LinkStatus::kUnreachable);
  EXPECT_EQ(link_->error(), ENOENT);

  Listen();
  ::close(fd_);
  EXPECT_EQ(Connect(path_), LinkStatus::kUnreachable);
  EXPECT_EQ(link_->error(), ECONNREFUSED);
}

TEST_F(ConnectTest, AFullQueueIsWaitedForOnlyAsLongAsTheLimit) {
  Listen(/*backlog=*/0);
  BrokerLink first(kGenerous);
  ASSERT_EQ(first.Connect(path_.c_str()), LinkStatus::kOk);
  const Stopwatch watch;

  EXPECT_EQ(Connect(path_, kShort), LinkStatus::kUnreachable);

  EXPECT_EQ(link_->error(), EAGAIN);
  EXPECT_GE(watch.Milliseconds(), kShort - 20);
  EXPECT_LT(watch.Milliseconds(), kGenerous);
}

TEST_F(ConnectTest, TheSocketIsCloseOnExecAndNeverAStandardDescriptor) {
  Listen();
  const int saved = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
  ::close(STDIN_FILENO);

  const LinkStatus status = Connect(path_);
  const bool standard_descriptor_taken = ::fcntl(STDIN_FILENO, F_GETFD) >= 0;
  if (saved >= 0) {
    ::dup2(saved, STDIN_FILENO);
    ::close(saved);
  }

  EXPECT_EQ(status, LinkStatus::kOk);
  EXPECT_FALSE(standard_descriptor_taken);
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    if (std::filesystem::read_symlink(entry.path()).string().starts_with("socket:")) {
      EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC) << fd;
    }
  }
}

// --- Send and Receive, over a socketpair ---------------------------------------------------------

class ExchangeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    module_end_ = ends[0];
    broker_end_ = ends[1];
  }
  void TearDown() override { BrokerCloses(); }

  BrokerLink& Link(long reply_milliseconds = kGenerous) {
    link_ = std::make_unique<BrokerLink>(reply_milliseconds);
    link_->Adopt(module_end_);
    return *link_;
  }
  // A link that has sent its request and may hear a screen or a verdict.
  BrokerLink& AskedLink(long reply_milliseconds = kGenerous) {
    BrokerLink& link = Link(reply_milliseconds);
    EXPECT_EQ(link.Send(MessageType::kLoginRequest, Request()), LinkStatus::kOk);
    return link;
  }
  void BrokerSends(const std::string& bytes) const {
    ASSERT_EQ(::send(broker_end_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void BrokerCloses() {
    if (broker_end_ >= 0) {
      ::close(broker_end_);
      broker_end_ = -1;
    }
  }

  char request_bytes_[16] = {};
  int module_end_ = -1;
  int broker_end_ = -1;
  std::unique_ptr<BrokerLink> link_;
};

TEST_F(ExchangeTest, ARequestArrivesAsAFrame) {
  AskedLink();
  std::string got(1000, '\0');
  got.resize(static_cast<std::size_t>(::recv(broker_end_, got.data(), got.size(), 0)));
  EXPECT_EQ(got, FrameOf(Request()));
}

TEST_F(ExchangeTest, AVerdictIsReceived) {
  BrokerLink& link = AskedLink();
  BrokerSends(Refusal());

  EXPECT_EQ(link.Receive(), LinkStatus::kOk);

  const auto verdict = wire::DecodeVerdict(link.body());
  ASSERT_TRUE(verdict.has_value());
  EXPECT_EQ(verdict->text, "No.");
}

TEST_F(ExchangeTest, AFrameThatComesByteByByteIsReceived) {
  BrokerLink& link = AskedLink();
  std::thread broker([this] {
    for (const char byte : Refusal()) {
      BrokerSends(std::string(1, byte));
    }
  });

  EXPECT_EQ(link.Receive(), LinkStatus::kOk);
  broker.join();
}

TEST_F(ExchangeTest, TwoFramesThatCameTogetherAreReceivedOneByOne) {
  BrokerLink& link = AskedLink();
  BrokerSends(FrameOf(wire::Screen{.info = "", .prompt = "Code: "}) + Refusal());

  EXPECT_EQ(link.Receive(), LinkStatus::kOk);
  EXPECT_TRUE(wire::DecodeScreen(link.body()).has_value());
  EXPECT_TRUE(link.HasInput());
  EXPECT_EQ(link.Receive(), LinkStatus::kOk);
  EXPECT_TRUE(wire::DecodeVerdict(link.body()).has_value());
  EXPECT_FALSE(link.HasInput());
}

TEST_F(ExchangeTest, SilenceEndsAtTheDeadline) {
  BrokerLink& link = AskedLink(kShort);
  const Stopwatch watch;

  EXPECT_EQ(link.Receive(), LinkStatus::kTimedOut);

  EXPECT_GE(watch.Milliseconds(), kShort - 20);
  EXPECT_LT(watch.Milliseconds(), kGenerous);
  EXPECT_TRUE(link.body().empty());
}

TEST_F(ExchangeTest, BytesThatDripDoNotPushTheDeadlineOut) {
  BrokerLink& link = AskedLink(kShort);
  const std::string screen = FrameOf(wire::Screen{.info = "", .prompt = std::string(4000, 'x')});
  std::jthread broker([&](const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any pace;
    for (std::size_t i = 0; i < screen.size() && !stop.stop_requested(); ++i) {
      BrokerSends(screen.substr(i, 1));
      pace.wait_for(lock, stop, milliseconds(5), [] { return false; });
    }
  });
  const Stopwatch watch;

  EXPECT_EQ(link.Receive(), LinkStatus::kTimedOut);

  EXPECT_LT(watch.Milliseconds(), kGenerous);
}

TEST_F(ExchangeTest, SignalsDoNotPushTheDeadlineOutNorEndTheWait) {
  struct sigaction action = {};
  struct sigaction old_action = {};
  action.sa_handler = [](int) {};  // without SA_RESTART, as sudo has it
  ASSERT_EQ(::sigaction(SIGALRM, &action, &old_action), 0);
  const itimerval often = {.it_interval = {.tv_sec = 0, .tv_usec = 7000},
                           .it_value = {.tv_sec = 0, .tv_usec = 7000}};
  const itimerval never = {};
  BrokerLink& link = AskedLink(kShort);
  const Stopwatch watch;
  ASSERT_EQ(::setitimer(ITIMER_REAL, &often, nullptr), 0);

  const LinkStatus status = link.Receive();
  const long elapsed = watch.Milliseconds();
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &old_action, nullptr);

  EXPECT_EQ(status, LinkStatus::kTimedOut);
  EXPECT_GE(elapsed, kShort - 20);
  EXPECT_LT(elapsed, kGenerous);
}

TEST_F(ExchangeTest, ABrokerThatTakesNothingEndsAtTheDeadline) {
  const int smallest = 1;
  ASSERT_EQ(::setsockopt(module_end_, SOL_SOCKET, SO_SNDBUF, &smallest, sizeof(smallest)), 0);
  BrokerLink& link = Link(kShort);
  wire::LoginRequest request = Request();
  const std::string large(wire::kMaxSshItem, 'k');
  request.ssh_connection = large;
  request.ssh_auth_info = large;

  EXPECT_EQ(link.Send(MessageType::kLoginRequest, request), LinkStatus::kTimedOut);
}

TEST_F(ExchangeTest, WhatABrokerLeftBehindIsReadAfterItsEnd) {
  BrokerLink& link = Link();
  BrokerSends(Refusal());
  BrokerCloses();

  EXPECT_EQ(link.Send(MessageType::kLoginRequest, Request()), LinkStatus::kClosed) << "and no SIGPIPE";
  EXPECT_EQ(link.Receive(), LinkStatus::kOk);
}

TEST_F(ExchangeTest, TheEndOfTheConnectionIsReportedAtOnce) {
  BrokerLink& link = AskedLink();
  BrokerSends(Refusal().substr(0, 7));
  BrokerCloses();

  EXPECT_TRUE(link.HasInput());
  EXPECT_EQ(link.Receive(), LinkStatus::kClosed);
  EXPECT_TRUE(link.body().empty());
}

TEST_F(ExchangeTest, HasInputOnlyWhenSomethingCame) {
  BrokerLink& link = AskedLink();
  EXPECT_FALSE(link.HasInput());
  BrokerSends("x");
  EXPECT_TRUE(link.HasInput());
}

TEST_F(ExchangeTest, MalformedFramesAreRefusedBeforeTheirBody) {
  for (const std::string& header :
       {std::string(4, '\0'), std::string("\x00\x00\x3f\xfd", 4), std::string(4, '\xff')}) {
    SetUp();
    BrokerLink& link = AskedLink(kGenerous);
    BrokerSends(header);
    EXPECT_EQ(link.Receive(), LinkStatus::kProtocol);
    BrokerCloses();
  }
}

TEST_F(ExchangeTest, ThePermitTableIsKeptOnBothSides) {
  BrokerLink& answers_first = Link();
  EXPECT_EQ(answers_first.Send(MessageType::kAnswer, wire::Answer{.text = "1"}), LinkStatus::kProtocol);

  SetUp();
  BrokerLink& hears_two_screens = AskedLink();
  const std::string screen = FrameOf(wire::Screen{.info = "", .prompt = "Code: "});
  BrokerSends(screen + screen);
  EXPECT_EQ(hears_two_screens.Receive(), LinkStatus::kOk);
  EXPECT_EQ(hears_two_screens.Receive(), LinkStatus::kProtocol);
  EXPECT_TRUE(hears_two_screens.body().empty());
}

TEST_F(ExchangeTest, AMessageThatDoesNotFitIsNotSent) {
  BrokerLink& link = Link();
  const std::string long_name(wire::kMaxName + 1, 'a');
  wire::LoginRequest request = Request();
  request.account = long_name;

  EXPECT_EQ(link.Send(MessageType::kLoginRequest, request), LinkStatus::kProtocol);
  EXPECT_EQ(::recv(broker_end_, request_bytes_, sizeof(request_bytes_), MSG_DONTWAIT), -1);
}

TEST_F(ExchangeTest, AnswersAndTicketsAreWipedWhenTheLinkEnds) {
  alignas(BrokerLink) static std::byte memory[sizeof(BrokerLink)];
  auto* const link = new (memory) BrokerLink(kGenerous);
  link->Adopt(module_end_);
  EXPECT_EQ(link->Send(MessageType::kLoginRequest, Request()), LinkStatus::kOk);
  BrokerSends(FrameOf(wire::Verdict{.kind = wire::VerdictKind::kAllow,
                                    .text = "",
                                    .reference = "",
                                    .ticket = testing::FakeBroker::kTicket}));
  EXPECT_EQ(link->Receive(), LinkStatus::kOk);
  const auto holds_the_ticket = [&] {
    return ::memmem(memory, sizeof(memory), testing::FakeBroker::kTicket, wire::kTicketSize) != nullptr;
  };
  ASSERT_TRUE(holds_the_ticket());

  link->~BrokerLink();

  EXPECT_FALSE(holds_the_ticket());
}

}  // namespace
}  // namespace cis2::pam_module
